package sim

import (
	"testing"

	"github.com/roofserve/roofserve/sim/router"
	"github.com/roofserve/roofserve/workloads"
)

// Counts are published every 1,010 µs, as long as the first step of a prompt of one token.
func TestByHandPublishedCounts(t *testing.T) {
	c := byHand("vllm")
	c.Replicas, c.Router, c.StatsInterval = 2, router.VLLMDP, 1010*us
	expectLives(t, c, []workloads.Request{
		ask(0, 1, 4), ask(0, 1, 1),
		// At 1,010 the second replica's request is answered, then the counts 1 and 0 are published, and then the
		// third comes: to the second replica, which has 4 then.
		ask(1010, 1, 1),
		// To the first, which has 5 then, and to the second.
		ask(1500, 1, 1), ask(1500, 1, 1),
		// At 2,020 two run at the first, and one waits at the second: 2 and 4. The first has 6 then.
		ask(2020, 1, 1), ask(2030, 1, 1),
		// When all are idle, they have published that. One each; when 1 and 0 are published, to the second.
		ask(100_000, 1, 4), ask(100_000, 1, 1), ask(102_020, 1, 1),
	},
		life{First: 1010, Last: 4033}, life{First: 1010, Last: 1010}, life{First: 2020, Last: 2020},
		life{First: 3022, Last: 3022}, life{First: 3030, Last: 3030}, life{First: 4033, Last: 4033},
		life{First: 4040, Last: 4040}, life{First: 101_010, Last: 104_013}, life{First: 101_010, Last: 101_010},
		life{First: 103_030, Last: 103_030})
}

// Of two pools in turn, the second computes a prompt of ten tokens in two steps, and has a tenth of the
// blocks.
func TestByHandPools(t *testing.T) {
	c := byHand("vllm")
	c.SeriesInterval = 1000 * us
	narrow := c.Pool
	narrow.Limits.MaxNumBatchedTokens, narrow.Blocks = 5, usable(c.Policy, 10)
	c.Others = []Pool{narrow}
	r := expectLives(t, c, []workloads.Request{ask(0, 10, 1), ask(0, 10, 1)},
		life{First: 1100, Last: 1100}, life{First: 2100, Last: 2100})
	if len(r.Others) != 1 {
		t.Fatalf("%d further pools", len(r.Others))
	}
	near(t, "concurrency", r.ConcurrentSequences.Mean, 1100./2100)
	near(t, "the other's", r.Others[0].ConcurrentSequences.Mean, 1)
	near(t, "use", r.KVUsage.Mean, 0.03*1100/2100)
	near(t, "the other's", r.Others[0].KVUsage.Mean, (0.2+0.3)/2)
	near(t, "concurrency of both", r.SystemSequences.Mean, 3200./2100)
	near(t, "use of both", r.SystemKVUsage.Mean, (3*1100+2*1050+3*1050.)/2100/110)
	near(t, "use of all blocks", r.Series[0].KVUsage, 5./110)
	// Both run for 1,100 µs, one for the next thousand.
	if l := r.SystemSequences; l.P50 != 2 || l.P99 != 2 || l.Max != 2 {
		t.Errorf("levels of both: %+v", l)
	}
}
