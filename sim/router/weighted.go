package router

import "github.com/roofserve/roofserve/hw/units"

// weighted is llm-d's scheduler: what it knows of a replica becomes scores from 0 to 1, whose weighted sum is
// largest for the one it takes, of equal ones any (its max-score picker). Scores are
//   - of the prompt in the cache, among the replicas that have any of it, from 0 for the least to 1 for the
//     most, or 1 where all have alike; the others have 0 (llm-d-inference-scheduler,
//     precise-prefix-cache-scorer)
//   - of the queue, from 1 for the shortest to 0 for the longest, 1 where all are alike
//     (gateway-api-inference-extension, queue-scorer)
//   - of the cache, the share that no sequence holds (kv-cache-utilization-scorer).
//
// Queues and caches are those published last, with what was sent since.
type weighted struct {
	by       ScoreWeights
	seed     uint64
	replicas []Member
	stats    []Notice // with what was sent since they were published
	sums     []float64
	best     []int // reused
}

func newWeighted(s *Terms) Router {
	n := len(s.Replicas)
	return &weighted{by: s.Scorers, seed: s.Seed, replicas: s.Replicas, stats: make([]Notice, n),
		sums: make([]float64, n)}
}

// Probes tells whether prompts in caches count.
func (w *weighted) Probes() bool { return w.by.PrefixCache > 0 }

// Publish replaces what is known of a replica.
func (w *weighted) Publish(replica int, s Notice) { w.stats[replica] = s }

// Choose is the replica with the largest sum.
func (w *weighted) Choose(q *Request) int {
	clear(w.sums)
	if q.Overlap != nil {
		w.scorePrefixes(q.Overlap)
	}
	w.scoreQueues()
	for i := range w.sums {
		w.sums[i] += float64(w.by.KVUtilization * (1 - used(&w.stats[i], w.replicas[i])))
	}
	w.best = append(w.best[:0], 0)
	for i := 1; i < len(w.sums); i++ {
		if most := w.sums[w.best[0]]; w.sums[i] > most {
			w.best = append(w.best[:0], i)
		} else if w.sums[i] == most {
			w.best = append(w.best, i)
		}
	}
	i := w.best[0]
	if len(w.best) > 1 {
		i = w.best[anyOf(len(w.best), w.seed, q.Index)]
	}
	send(&w.stats[i], w.replicas[i], q)
	return i
}

func (w *weighted) scorePrefixes(overlap []int) {
	least, most := 0, 0 // of those that have any
	for _, tokens := range overlap {
		if most = max(most, tokens); tokens > 0 && (least == 0 || tokens < least) {
			least = tokens
		}
	}
	for i, tokens := range overlap {
		switch {
		case tokens == 0:
		case least == most:
			w.sums[i] += w.by.PrefixCache
		default:
			w.sums[i] += float64(w.by.PrefixCache * (float64(tokens-least) / float64(most-least)))
		}
	}
}

func (w *weighted) scoreQueues() {
	least, most := w.stats[0].Waiting, w.stats[0].Waiting
	for i := range w.stats {
		least, most = min(least, w.stats[i].Waiting), max(most, w.stats[i].Waiting)
	}
	for i := range w.stats {
		score := 1.0
		if least < most {
			score = float64(most-w.stats[i].Waiting) / float64(most-least)
		}
		w.sums[i] += float64(w.by.QueueDepth * score)
	}
}

// used is the share of a replica's cache that sequences hold, what was sent since included.
func used(s *Notice, r Member) float64 { return float64(s.Held) / float64(max(1, r.Blocks)) }

// send adds a request to what is known of a replica, until that publishes.
func send(s *Notice, r Member, q *Request) {
	s.Waiting++
	s.Held += units.CeilDiv(q.Input, max(1, r.BlockTokens))
}
