package router

import (
	"math"
	"slices"

	"github.com/roofserve/roofserve/internal/portable"
	"github.com/roofserve/roofserve/sim/internal/agenda"
	"github.com/roofserve/roofserve/sim/internal/register"
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
// of them counts. Before prefill pools, where nothing decodes, blocks are left out (track_active_blocks=false
// in Dynamo's documentation of disaggregated serving).
//
// Of many replicas only few can be the cheapest: those that have some of the prompt, and of the others those
// with least in hand.
type dynamoKV struct {
	weight, temperature float64
	promptsAlone        bool
	seed                uint64
	replicas            []Member
	prompts             []int         // tokens to compute, by replica
	blocks              []int         // in hand, by replica
	even                bool          // all have blocks of one size, and less to compute never costs more
	loads               agenda.Agenda // the replicas by what they have in hand, where even
	sent                register.Register[hop]
	chances             []float64 // reused
	list, equal         []int     // reused
}

// hop is a request that was sent to a replica, with what it adds to that.
type hop struct{ replica, prompt, blocks int }

func newKV(s *Terms) Router {
	n := len(s.Replicas)
	k := &dynamoKV{weight: s.OverlapWeight, temperature: s.Temperature, promptsAlone: s.PromptsAlone,
		seed: s.Seed, replicas: s.Replicas, prompts: make([]int, n), blocks: make([]int, n),
		loads: agenda.New(n, 0)}
	k.even = k.weight >= 0
	for _, m := range k.replicas {
		k.even = k.even && m.BlockTokens == k.replicas[0].BlockTokens
	}
	return k
}

// Probes tells that caches are looked at, unless that makes no difference.
func (k *dynamoKV) Probes() bool { return k.weight > 0 }

// Choose is the cheapest replica, or a drawn one.
func (k *dynamoKV) Choose(q *Request) int {
	i := 0
	if k.temperature > 0 {
		i = k.drawn(q)
	} else {
		i = k.cheapest(q)
	}
	h := hop{i, q.Input - overlapOf(q, i), k.holds(q, i)}
	k.add(i, h.prompt, h.blocks)
	*k.sent.Put(q.Index) = h
	return i
}

// blockTokens is the size of a replica's blocks.
func (k *dynamoKV) blockTokens(i int) int { return max(1, k.replicas[i].BlockTokens) }

// holds is how many blocks a request has in hand at a replica, as far as these count.
func (k *dynamoKV) holds(q *Request, i int) int {
	if k.promptsAlone {
		return 0
	}
	return q.Input / k.blockTokens(i)
}

// overlapOf is how much of a request's prompt a replica is known to have.
func overlapOf(q *Request, i int) int {
	if q.Overlap == nil {
		return 0
	}
	return q.Overlap[i]
}

// add adds to what a replica has in hand.
func (k *dynamoKV) add(i, prompt, blocks int) {
	k.prompts[i] += prompt
	k.blocks[i] += blocks
	if k.even {
		k.loads.Set(i, order(k.inHand(i)))
	}
}

// inHand is what a replica has to do already, in blocks.
func (k *dynamoKV) inHand(i int) float64 {
	return float64(k.weight*float64(k.prompts[i])/float64(k.blockTokens(i))) + float64(k.blocks[i])
}

// order makes of numbers that are not negative whole ones in the same order.
func order(x float64) int64 { return int64(math.Float64bits(x)) }

// cost is a replica's, with a request.
func (k *dynamoKV) cost(q *Request, i int) float64 {
	size := k.blockTokens(i)
	tokens := k.prompts[i] + q.Input - overlapOf(q, i)
	return float64(k.weight*float64(tokens)/float64(size)) + float64(k.blocks[i]+k.holds(q, i))
}

// candidates are replicas one of which is the cheapest, in order.
func (k *dynamoKV) candidates(q *Request) []int {
	k.list = k.list[:0]
	if !k.even {
		for i := range k.replicas {
			k.list = append(k.list, i)
		}
		return k.list
	}
	// What has nothing of the prompt costs as much more than it has in hand as every other, but for rounding.
	first, _ := k.loads.Top()
	rounding := float64(1e-9 * (1 + k.cost(q, first) + k.inHand(first)))
	k.list = k.loads.Within(k.list, order(k.inHand(first)+rounding))
	for _, i := range q.Holders {
		if at, found := slices.BinarySearch(k.list, i); !found {
			k.list = slices.Insert(k.list, at, i)
		}
	}
	return k.list
}

// cheapest is the replica with the smallest cost, of equal ones any with the fewest cached blocks.
func (k *dynamoKV) cheapest(q *Request) int {
	least := math.Inf(1)
	for _, i := range k.candidates(q) {
		switch c := k.cost(q, i); {
		case c < least:
			least, k.equal = c, append(k.equal[:0], i)
		case c == least:
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
	costs := k.chances[:0]
	for i := range k.replicas {
		costs = append(costs, k.cost(q, i))
	}
	k.chances = costs
	least, most := slices.Min(costs), slices.Max(costs)
	if least == most {
		return anyOf(len(costs), k.seed, q.Index)
	}
	sum := 0.0
	for i, c := range costs {
		sum += portable.Exp((least - c) / float64((most-least)*k.temperature))
		k.chances[i] = sum
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
	if h := k.sent.At(index); h != nil {
		k.add(h.replica, -h.prompt, 0)
		h.prompt = 0
	}
}

// Ended takes a request off its replica's.
func (k *dynamoKV) Ended(index int) {
	if h := k.sent.At(index); h != nil {
		k.add(h.replica, -h.prompt, -h.blocks)
		k.sent.Drop(index)
	}
}
