package router

import (
	"math"
	"slices"

	"github.com/roofserve/roofserve/internal/portable"
)

// dynamoKV is Dynamo's router by KV caches (lib/kv-router: scheduling/selector.rs, sequences). A replica's
// cost is, in blocks, the prompt tokens that it has to compute, with those of the request, times a weight,
// and the full blocks of the prompts that it has in hand. At temperature 0 the cheapest is taken, of equal
// ones the one with the fewest cached blocks, and of these any. Else replicas are drawn by a softmax of
// their costs, which the range of the costs is divided out of before the temperature is.
//
// The router adds up both from what it has sent and what has passed it since: prompts until their first
// token, blocks until the answer's end; generated tokens are left out, as with its default
// (--router-track-output-blocks). Dynamo counts a block that several running requests share once, here each
// of them counts.
type dynamoKV struct {
	weight, temperature float64
	seed                uint64
	replicas            []Member
	prompts             []int       // tokens to compute, by replica
	blocks              []int       // in hand, by replica
	sent                map[int]hop // by request
	costs, chances      []float64   // reused
	equal               []int       // reused
	nothing             []int       // overlaps of a request whose prompt nobody looked for
}

// hop is a request that was sent to a replica, with what it adds to that.
type hop struct{ replica, prompt, blocks int }

func newKV(s *Terms) Router {
	n := len(s.Replicas)
	return &dynamoKV{weight: s.OverlapWeight, temperature: s.Temperature, seed: s.Seed, replicas: s.Replicas,
		prompts: make([]int, n), blocks: make([]int, n), sent: map[int]hop{},
		costs: make([]float64, n), nothing: make([]int, n)}
}

// Probes tells that caches are looked at, unless that makes no difference.
func (k *dynamoKV) Probes() bool { return k.weight > 0 }

// Choose is the cheapest replica, or a drawn one.
func (k *dynamoKV) Choose(q *Request) int {
	overlap := q.Overlap
	if overlap == nil {
		overlap = k.nothing
	}
	size, prompt := -1, 0 // of the replica before, in tokens and in blocks
	costs := k.costs
	// as long as costs, of which the compiler is told
	replicas, prompts, blocks := k.replicas[:len(costs)], k.prompts[:len(costs)], k.blocks[:len(costs)]
	overlap = overlap[:len(costs)]
	for i := range costs {
		if s := replicas[i].BlockTokens; s != size {
			size = s
			prompt = q.Input / max(1, s)
		}
		tokens := prompts[i] + q.Input - overlap[i]
		costs[i] = float64(k.weight*float64(tokens)/float64(max(1, size))) + float64(blocks[i]+prompt)
	}
	i := 0
	if k.temperature > 0 {
		i = k.drawn(q)
	} else {
		i = k.cheapest(q)
	}
	h := hop{i, q.Input - overlap[i], q.Input / max(1, k.replicas[i].BlockTokens)}
	k.prompts[i] += h.prompt
	k.blocks[i] += h.blocks
	k.sent[q.Index] = h
	return i
}

// cheapest is the replica with the smallest cost, of equal ones any with the fewest cached blocks.
func (k *dynamoKV) cheapest(q *Request) int {
	least := k.costs[0]
	for _, c := range k.costs {
		if c < least {
			least = c
		}
	}
	k.equal = k.equal[:0]
	for i, c := range k.costs {
		if c == least {
			k.equal = append(k.equal, i)
		}
	}
	if len(k.equal) == 1 {
		return k.equal[0]
	}
	if q.Cached != nil {
		fewest := math.MaxInt
		for _, i := range k.equal {
			fewest = min(fewest, q.Cached(i))
		}
		k.equal = slices.DeleteFunc(k.equal, func(i int) bool { return q.Cached(i) > fewest })
	}
	return k.equal[anyOf(len(k.equal), k.seed, q.Index)]
}

// drawn is a replica by the softmax of the negative costs.
func (k *dynamoKV) drawn(q *Request) int {
	least, most := k.costs[0], k.costs[0]
	for _, c := range k.costs {
		least, most = min(least, c), max(most, c)
	}
	if least == most {
		return anyOf(len(k.costs), k.seed, q.Index)
	}
	k.chances = k.chances[:0]
	sum := 0.0
	for _, c := range k.costs {
		sum += portable.Exp((least - c) / float64((most-least)*k.temperature))
		k.chances = append(k.chances, sum)
	}
	at := draw(k.seed, q.Index) * sum
	for i, upTo := range k.chances {
		if at < upTo {
			return i
		}
	}
	return len(k.chances) - 1
}

// Begun takes a prompt that is computed off its replica's.
func (k *dynamoKV) Begun(index int) {
	if h, found := k.sent[index]; found {
		k.prompts[h.replica] -= h.prompt
		h.prompt = 0
		k.sent[index] = h
	}
}

// Ended takes a request off its replica's.
func (k *dynamoKV) Ended(index int) {
	h := k.sent[index]
	k.prompts[h.replica] -= h.prompt
	k.blocks[h.replica] -= h.blocks
	delete(k.sent, index)
}
