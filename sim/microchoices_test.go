package sim

import (
	"testing"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/internal/fixture"
	"github.com/roofserve/roofserve/sim/router"
	"github.com/roofserve/roofserve/workloads"
)

// behindKV are two replicas behind Dynamo's router, with caches.
func behindKV(tokens int, weight float64) Config {
	c := vllmMicro(tokens, cache)
	c.Replicas, c.Router = 2, router.KV
	c.Options = router.Options{OverlapWeight: weight}
	return c
}

// delayed has the router know caches so many ms late.
func delayed(ms float64, c Config) Config {
	c.EventsDelay = units.Picoseconds(ms * float64(tickTime))
	return c
}

// What the rules say of a request but for the same replica as an earlier one's.
const (
	anywhere  = -1
	otherwise = -2 // another replica than that of the request before
)

// choicesByHand are schedules in which the router's choice was worked out by hand: with which of the earlier
// requests a request goes to one replica.
var choicesByHand = []struct {
	rule     string // in one sentence, with where it is written down
	c        Config
	requests []workloads.Request
	with     []int // for each request an earlier one of the same replica, or what stands below
}{{
	// At 5 the first replica has five blocks in hand and three of the prompt's four, the second one and none.
	rule: "blocks to compute and blocks in hand are added up (specification, 8: 1+5 and 4+1; lib/kv-router, selector.rs)",
	c:    behindKV(100, 1), requests: []workloads.Request{told(80, 100, 1, 2, 3, 7, 8), told(16, 100, 11),
		atMs(5, told(64, 2, 1, 2, 3, 9))}, with: []int{anywhere, otherwise, 1},
}, {
	rule: "with the weight of the former (specification, 8: 2+5 and 8+1)",
	c:    behindKV(100, 2), requests: []workloads.Request{told(80, 100, 1, 2, 3, 7, 8), told(16, 100, 11),
		atMs(5, told(64, 2, 1, 2, 3, 9))}, with: []int{anywhere, otherwise, 0},
}, {
	// What the first has come to hold at 0 is known at 3. Until then its one block in hand more decides.
	rule: "what a cache holds is known late, and what was sent at once (specification, 8: kv_events_delay_ms)",
	c:    delayed(3, behindKV(100, 1)), requests: []workloads.Request{told(80, 100, ids(5)...),
		told(64, 1, 6, 7, 8, 9),
		atMs(2, told(64, 1, 1, 2, 3, 4)), atMs(3, told(64, 1, 1, 2, 3, 14)), atMs(3.5, told(16, 1, 21))},
	// at 2: 4+5 and 4+0; at 3: 1+5 and 4+0; at 3.5: 1+5, and 1+4 with 4 that are not computed
	with: []int{anywhere, otherwise, 1, 1, 0},
}, {
	rule: "and once it is known it counts (specification, 8)",
	c:    delayed(3, behindKV(100, 2)), requests: []workloads.Request{told(80, 100, ids(5)...),
		told(64, 1, 6, 7, 8, 9),
		atMs(2, told(64, 1, 1, 2, 3, 4)), atMs(3, told(64, 1, 1, 2, 3, 14)), atMs(5, told(64, 1, 1, 2, 3, 15))},
	// at 2: 8+5 and 8+0; at 3: 2+5 and 8+0; at 5: 2+5 and 2+0
	with: []int{anywhere, otherwise, 1, 0, 1},
}, {
	// Both are idle, and only one cache holds anything.
	rule: "of equal costs the fewest cached blocks decide (lib/kv-router until 2026, selector.rs: tree sizes)",
	c:    behindKV(100, 1), requests: []workloads.Request{told(64, 1, ids(4)...),
		atMs(2, told(64, 1, 5, 6, 7, 8)),
		atMs(4, told(80, 1, 11, 12, 13, 14, 15)), atMs(6, told(16, 1, 21))},
	// 4 and 0 cached; then 4 and 4, which is drawn; then five more decide
	with: []int{anywhere, otherwise, anywhere, otherwise},
}, {
	rule: "generated tokens are not counted (router-track-output-blocks is off by default)",
	// At 201 the first replica's request has 217 tokens, of which a block of the prompt counts.
	c: behindKV(100, 1), requests: []workloads.Request{told(16, 300, 1), atMs(200, told(32, 200, 2, 3)),
		atMs(202, told(16, 1, 4))}, with: []int{anywhere, otherwise, 0},
}, {
	rule: "a prompt counts whole until its first token (sequences: active prefill tokens until mark_prefill_completed)",
	c:    behindKV(32, 1), requests: []workloads.Request{told(128, 50, ids(8)...),
		told(160, 1, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20),
		atMs(3.5, told(16, 1, 31)), atMs(4, told(16, 1, 32))},
	// At 3.5 the first has 8+8 and the second 10+10; at 4 the first has none to compute: 1+9 and 10+10.
	with: []int{anywhere, otherwise, 0, 0},
}}

func TestChoicesByHand(t *testing.T) {
	for _, m := range choicesByHand {
		sent := make([]int, len(m.requests))
		c := m.c
		c.Watching.Sent = func(q, replica int, _ units.Picoseconds) { sent[q] = replica }
		r, finished := outcome(t, c, &fixture.List{Requests: m.requests, Chunk: 16}, engine)
		for q, with := range m.with {
			if with >= 0 && sent[q] != sent[with] || with == otherwise && sent[q] == sent[q-1] {
				t.Errorf("%s: request %d: the replicas are %v", m.rule, q, sent)
			}
		}
		again, the := outcome(t, m.c, &fixture.List{Requests: m.requests, Chunk: 16}, simulate)
		if d := sameRun(again, r, the, finished); d != "" {
			t.Errorf("%s: oracle (-) and engine (+) differ:\n%s", m.rule, d)
		}
	}
}

// llm-d's sums, by hand, for a prompt of which three replicas have 4, 2 and no blocks, with queues of 4, 2
// and 0 and caches held to a half, a quarter and not at all: prefixes score 1, 0 (the least of those that
// have any) and 0, queues 0, 1/2 and 1, caches 1/2, 3/4 and 1 (llm-d-inference-scheduler,
// precise-prefix-cache-scorer, whose scores are normalised over the pods that have one;
// gateway-api-inference-extension, queue-scorer and kv-cache-utilization-scorer). A lone holder scores 1.
func TestScoresByHand(t *testing.T) {
	for _, x := range []struct {
		weights router.ScoreWeights
		blocks  [3]int
		want    int
	}{
		{router.ScoreWeights{PrefixCache: 2, QueueDepth: 1, KVUtilization: 1}, [3]int{4, 2, 0}, 0}, // 2.5, 1.25, 2
		{router.ScoreWeights{PrefixCache: 1, QueueDepth: 1, KVUtilization: 1}, [3]int{4, 2, 0}, 2}, // 1.5, 1.25, 2
		{router.ScoreWeights{PrefixCache: 3, QueueDepth: 1, KVUtilization: 1}, [3]int{0, 1, 0}, 1}, // 0.5, 4.25, 2
		{router.ScoreWeights{PrefixCache: 1, QueueDepth: 0, KVUtilization: 2}, [3]int{2, 2, 0}, 1}, // 2, 2.5, 2
	} {
		member := router.Member{Blocks: 100, BlockTokens: 16}
		r, err := router.New(router.Weighted, &router.Terms{Replicas: []router.Member{member, member, member},
			Options: router.Options{Scorers: x.weights}})
		if err != nil {
			t.Fatal(err)
		}
		publish := r.(router.Subscriber).Publish
		publish(0, router.Notice{Waiting: 4, Held: 50})
		publish(1, router.Notice{Waiting: 2, Held: 25})
		publish(2, router.Notice{})
		q := &router.Request{Input: 64}
		for i, n := range x.blocks {
			if q.Overlap = append(q.Overlap, 16*n); n > 0 {
				q.Holders = append(q.Holders, i)
			}
		}
		if got := r.Choose(q); got != x.want {
			t.Errorf("weights %+v, blocks %v: replica %d, by hand %d", x.weights, x.blocks, got, x.want)
		}
	}
}
