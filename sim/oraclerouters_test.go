package sim

import (
	"maps"
	"math"
	"slices"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/internal/portable"
	"github.com/roofserve/roofserve/sim/router"
	"github.com/roofserve/roofserve/workloads"
)

// What routers that look into caches, or at what replicas publish, know and choose, from whole lists each
// time.

// oracleStats are a replica's, as a router knows them.
type oracleStats struct{ waiting, held int }

// hop is a request that Dynamo's router has sent.
type hop struct {
	index, replica, missing, blocks int
	job                             *job // nil where it was refused
}

// memory is what a rank's cache had at an instant.
type memory struct {
	at   units.Picoseconds
	keys map[blockKey]bool
}

func (p *oracleReplica) held() (n int) {
	for _, r := range p.ranks {
		n += r.held()
	}
	return n
}

// keys are the blocks of known context that a cache has.
func (b *blockCache) keys() map[blockKey]bool {
	list := map[blockKey]bool{}
	if b == nil {
		return list
	}
	for key, same := range b.named {
		if len(same) > 0 && !key.private && key.group == 0 && key.part == 0 {
			list[key] = true
		}
	}
	return list
}

// remember keeps what all caches have, where a router will know of it later.
func (o *oracle) remember() {
	some := probes(&o.c)
	for _, desk := range o.desks {
		some = some || probes(&desk.c)
	}
	if o.c.EventsDelay == 0 || !some {
		return
	}
	for _, p := range o.replicas {
		for _, r := range p.ranks {
			now := r.cache.keys()
			if n := len(r.memories); n == 0 || !maps.Equal(r.memories[n-1].keys, now) {
				r.memories = append(r.memories, memory{o.now, now})
			}
		}
	}
}

// probes tells whether a configuration's router looks into caches.
func probes(c *Config) bool {
	switch c.Router {
	case router.KV:
		return c.Options.OverlapWeight > 0
	case router.Weighted:
		return c.Options.Scorers.PrefixCache > 0
	}
	return c.Router == router.PrefixAffinity
}

// seen is what a router knows of a rank's cache.
func (o *oracle) seen(r *oracleRank) map[blockKey]bool {
	if o.c.EventsDelay == 0 {
		return r.cache.keys()
	}
	var known map[blockKey]bool
	for _, m := range r.memories {
		if m.at+o.c.EventsDelay <= o.now {
			known = m.keys
		}
	}
	return known
}

// look is how many of a prompt's tokens each replica is known to have, and how many blocks it has.
func (o *oracle) look(q *workloads.Request) (overlap, blocks []int) {
	for _, p := range o.replicas {
		best, all := 0, 0
		for _, r := range p.ranks {
			if !probes(&o.c) || r.cache == nil {
				continue
			}
			keys := o.seen(r)
			all += len(keys)
			j := &job{Finished: Finished{Input: q.Input}, content: q.Blocks}
			n := 0
			for size := p.pool.c.Layout.BlockTokens; (n+1)*size <= q.Input; n++ {
				if key := r.cache.key(j, n); key.private || !keys[key] {
					break
				}
			}
			best = max(best, n*p.pool.c.Layout.BlockTokens)
		}
		overlap, blocks = append(overlap, best), append(blocks, all)
	}
	return overlap, blocks
}

// uniform is a number from 0 to 1 that a router draws for a request.
func (o *oracle) uniform(index int) float64 {
	spread := func(x uint64) uint64 {
		for _, factor := range []uint64{18397679294719823053, 14181476777654086739} {
			x ^= x / (1 << 33)
			x *= factor
		}
		return x ^ x/(1<<33)
	}
	const golden = 11400714819323198485
	return float64(spread(spread(o.c.Seed+golden)+uint64(index+1)*golden)/2048) / 9007199254740992
}

// nearest has most of the prompt, among those that are not too busy.
func (o *oracle) nearest(q *workloads.Request, _ int) *oracleReplica {
	overlap, _ := o.look(q)
	all := 0
	for _, p := range o.replicas {
		all += p.outstanding()
	}
	mean := o.c.Options.MaxLoadRatio * float64(all) / float64(len(o.replicas))
	var best *oracleReplica
	most := 0
	for i, p := range o.replicas {
		if float64(p.outstanding()) > mean {
			continue
		}
		if best == nil || overlap[i] > most || overlap[i] == most && p.outstanding() < best.outstanding() {
			best, most = p, overlap[i]
		}
	}
	return best
}

// cheapest is Dynamo's choice.
func (o *oracle) cheapest(q *workloads.Request, index int) *oracleReplica {
	overlap, cached := o.look(q)
	var costs []float64
	for i, p := range o.replicas {
		size := p.pool.c.Layout.BlockTokens
		missing, blocks := q.Input-overlap[i], q.Input/size
		if o.c.Options.PromptsAlone {
			blocks = 0
		}
		for _, h := range o.hops {
			if h.replica != i || h.job == nil || h.job.isOver() {
				continue
			}
			blocks += h.blocks
			if h.job.generated == 0 {
				missing += h.missing
			}
		}
		costs = append(costs, float64(o.c.Options.OverlapWeight*float64(missing)/float64(size))+float64(blocks))
	}
	i := 0
	if o.c.Options.Temperature > 0 {
		i = o.softmax(costs, index)
	} else {
		i = o.least(costs, cached, index)
	}
	sent := hop{index: index, replica: i, missing: q.Input - overlap[i],
		blocks: q.Input / o.replicas[i].pool.c.Layout.BlockTokens}
	if o.c.Options.PromptsAlone {
		sent.blocks = 0
	}
	o.hops = append(o.hops, sent)
	return o.replicas[i]
}

// least is one with the smallest cost, and of those one with the smallest tree.
func (o *oracle) least(costs []float64, trees []int, index int) int {
	smallest, tree := math.Inf(1), 0
	var equal []int
	for i, c := range costs {
		if c < smallest || c == smallest && trees[i] < tree {
			smallest, tree, equal = c, trees[i], nil
		}
		if c == smallest && trees[i] == tree {
			equal = append(equal, i)
		}
	}
	return equal[int(o.uniform(index)*float64(len(equal)))]
}

// softmax draws one by its cost.
func (o *oracle) softmax(costs []float64, index int) int {
	low, high := math.Inf(1), math.Inf(-1)
	for _, c := range costs {
		low, high = math.Min(low, c), math.Max(high, c)
	}
	if low == high {
		return int(o.uniform(index) * float64(len(costs)))
	}
	weight := func(c float64) float64 {
		return portable.Exp((low - c) / float64((high-low)*o.c.Options.Temperature))
	}
	sum := 0.0
	for _, c := range costs {
		sum += weight(c)
	}
	at, sofar := o.uniform(index)*sum, 0.0
	for i, c := range costs {
		if sofar += weight(c); at < sofar {
			return i
		}
	}
	return len(costs) - 1
}

// highest has the largest sum of llm-d's scores.
func (o *oracle) highest(q *workloads.Request, index int) *oracleReplica {
	overlap, _ := o.look(q)
	weights := o.c.Options.Scorers
	var some []int
	for _, tokens := range overlap {
		if tokens > 0 {
			some = append(some, tokens)
		}
	}
	longest, shortest := 0, math.MaxInt
	for _, s := range o.stats {
		longest, shortest = max(longest, s.waiting), min(shortest, s.waiting)
	}
	best := math.Inf(-1)
	var equal []int
	for i := range o.replicas {
		prefix := 0.0
		if tokens := overlap[i]; tokens > 0 {
			least, most := some[0], some[0]
			for _, other := range some {
				least, most = min(least, other), max(most, other)
			}
			prefix = 1
			if least < most {
				prefix = float64(tokens-least) / float64(most-least)
			}
		}
		queue := 1.0
		if shortest < longest {
			queue = float64(longest-o.stats[i].waiting) / float64(longest-shortest)
		}
		sum := float64(weights.PrefixCache*prefix) + float64(weights.QueueDepth*queue)
		sum += float64(weights.KVUtilization * (1 - o.share(i)))
		if sum > best {
			best, equal = sum, nil
		}
		if sum == best {
			equal = append(equal, i)
		}
	}
	i := equal[0]
	if len(equal) > 1 {
		i = equal[int(o.uniform(index)*float64(len(equal)))]
	}
	o.addSent(i, q)
	return o.replicas[i]
}

// emptiest has the smallest share of its cache in use.
func (o *oracle) emptiest(q *workloads.Request) *oracleReplica {
	best := 0
	for i := range o.replicas {
		if o.share(i) < o.share(best) {
			best = i
		}
	}
	o.addSent(best, q)
	return o.replicas[best]
}

func (o *oracle) share(i int) float64 {
	c := &o.replicas[i].pool.c
	return float64(o.stats[i].held) / float64(max(1, c.DP*c.Blocks))
}

// addSent counts a request that was sent until the replica publishes.
func (o *oracle) addSent(i int, q *workloads.Request) {
	size := o.replicas[i].pool.c.Layout.BlockTokens
	o.stats[i].waiting++
	o.stats[i].held += (q.Input + size - 1) / size
}

// count takes note of where a request goes.
func (o *oracle) count(q *workloads.Request, to *oracleReplica) {
	o.gone[slices.Index(o.replicas, to)]++
	o.judge(q, to)
}

// judge takes note of whether a request goes where its prompt was computed.
func (o *oracle) judge(q *workloads.Request, to *oracleReplica) {
	i := slices.Index(o.replicas, to)
	if overlap, _ := o.look(q); len(o.replicas) > 1 && slices.Max(overlap) > 0 {
		to.pool.account.Found++
		if overlap[i] == slices.Max(overlap) {
			to.pool.account.Taken++
		}
	}
}
