package sim

import (
	"slices"
	"testing"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/router"
	"github.com/roofserve/roofserve/workloads"
)

// knowingRouter is two replicas by hand behind a router that knows more than loads.
func knowingRouter(name string) Config {
	c := byHand("vllm")
	c.Replicas, c.Router, c.Options, c.PrefixCaching = 2, name, router.Defaults(), true
	return c
}

// A prompt goes where it is cached, unless too much else is there. Two blocks of four tokens are cached, of
// which the last is computed again.
func TestByHandPrefixAffinity(t *testing.T) {
	c := knowingRouter(router.PrefixAffinity)
	again := []workloads.Request{ask(0, 8, 1, 1, 2), ask(2000, 8, 1, 1, 2), ask(2000, 8, 1, 1, 2)}
	// One outstanding at the first replica is more than 1.25 times the mean of a half: the third computes it all
	// at the second.
	r := expectLives(t, c, again, life{First: 1080, Last: 1080}, life{First: 3040, Last: 3040, Cached: 4},
		life{First: 3080, Last: 3080})
	if !slices.Equal(r.Router.PerReplica, []int{2, 1}) || r.Router.Found != 2 || r.Router.Taken != 1 {
		t.Errorf("%+v", r.Router)
	}
	c.Options.MaxLoadRatio = 3 // one and a half are not too many: both compute a block in one step
	r = expectLives(t, c, again, life{First: 1080, Last: 1080}, life{First: 3080, Last: 3080, Cached: 4},
		life{First: 3080, Last: 3080, Cached: 4})
	if !slices.Equal(r.Router.PerReplica, []int{3, 0}) || r.Router.Taken != 2 {
		t.Errorf("%+v", r.Router)
	}
}

// What a cache has come to hold at 0 is known as much later as events take.
func TestByHandLateEvents(t *testing.T) {
	c := knowingRouter(router.PrefixAffinity)
	requests := []workloads.Request{ask(0, 8, 1, 8, 9), ask(0, 8, 1, 1, 2), ask(2000, 8, 1, 1, 2)}
	both := life{First: 1080, Last: 1080}
	for delay, want := range map[int]life{
		2000: {First: 3040, Last: 3040, Cached: 4}, // to the second replica, which has it
		2001: {First: 3080, Last: 3080},            // to the first of two that have nothing
	} {
		c.EventsDelay = units.Picoseconds(delay) * us
		expectLives(t, c, requests, both, both, want)
	}
}

// A long answer takes the blocks of an earlier prompt while its steps run, the deepest first: of ten, the
// ninth for its 33rd token in the decode that begins at 3,040 + 28·1,001 = 31,068, and the tenth at 35,072.
func TestByHandForgottenMeanwhile(t *testing.T) {
	c := knowingRouter(router.PrefixAffinity)
	c.Blocks, c.Options.MaxLoadRatio = usable(c.Policy, 10), 3
	requests := []workloads.Request{ask(0, 8, 1, 1, 2), ask(2000, 4, 36, 7), ask(35_072, 8, 1, 1, 2)}
	// At 35,072 the step has not begun: the prompt goes to the first replica, and is served after the answer.
	expectLives(t, c, requests, life{First: 1080, Last: 1080}, life{First: 3040, Last: 38_075},
		life{First: 39_155, Last: 39_155})
	requests[2] = ask(35_073, 8, 1, 1, 2) // to the second, which has nothing to do
	expectLives(t, c, requests, life{First: 1080, Last: 1080}, life{First: 3040, Last: 38_075},
		life{First: 36_153, Last: 36_153})
}

// Of 100 blocks at each replica those of prompts that were sent count until replicas publish.
func TestByHandLeastKV(t *testing.T) {
	c := knowingRouter(router.LeastKV)
	c.StatsInterval = 1010 * us
	requests := []workloads.Request{
		ask(0, 8, 4),                             // to the first, which has two blocks then
		ask(0, 4, 1), ask(0, 4, 1), ask(0, 4, 1), // to the second, which has one, then two; and to the first
		ask(1500, 4, 1), // at 1,010 they held three and two: to the second, which has answered
	}
	expectLives(t, c, requests, life{First: 1120, Last: 4123}, life{First: 1080, Last: 1080},
		life{First: 1080, Last: 1080}, life{First: 1120, Last: 1120}, life{First: 2540, Last: 2540})
	// At 2,500 the first holds three blocks. As it was published at 2,020, the second held one, and another was
	// sent: two. Both go there, where the one of 1,500 runs until 2,540.
	requests = append(requests, ask(2500, 4, 1))
	expectLives(t, c, requests, life{First: 1120, Last: 4123}, life{First: 1080, Last: 1080},
		life{First: 1080, Last: 1080}, life{First: 1120, Last: 1120}, life{First: 2540, Last: 2540},
		life{First: 3580, Last: 3580})
}

// An answer at the instant of a notice still holds its block, which the plan of that instant frees. The next
// notice says so, although nothing waits or runs by then.
func TestByHandNoticeOfWhatIsFree(t *testing.T) {
	c := knowingRouter(router.LeastKV)
	c.AsyncScheduling, c.StatsInterval = true, 520*us
	r := expectLives(t, c, []workloads.Request{ask(0, 4, 1), ask(3000, 4, 1)}, life{First: 1040, Last: 1040},
		life{First: 4040, Last: 4040})
	if !slices.Equal(r.Router.PerReplica, []int{2, 0}) {
		t.Errorf("%v requests a replica; at 1,560 the first holds nothing", r.Router.PerReplica)
	}
}

// llm-d's scores: the first replica has the prompt and its queue is as short as the other's, but its cache is
// used more; weights decide.
func TestByHandWeighted(t *testing.T) {
	c := knowingRouter(router.Weighted)
	c.StatsInterval = router.Live
	c.Options.Scorers = router.ScoreWeights{PrefixCache: 1, KVUtilization: 1}
	// The long answer and the short prompt go to different replicas, whichever: one has three blocks of 100 more
	// in use.
	requests := []workloads.Request{ask(0, 12, 100, 1, 2, 3), ask(10_000, 12, 1, 1, 2, 3)}
	r := expectLives(t, c, requests, life{First: 1120, Last: 1120 + 98*1001 + 1041},
		life{First: 1120 + 9*1001 + 1041, Last: 1120 + 9*1001 + 1041, Cached: 8})
	if r.Router.Taken != 1 {
		t.Errorf("%+v", r.Router)
	}
	c.Options.Scorers.PrefixCache = 0.001
	r = expectLives(t, c, requests, life{First: 1120, Last: 1120 + 99*1001}, life{First: 11_120, Last: 11_120})
	if r.Router.Taken != 0 {
		t.Errorf("%+v", r.Router)
	}
}
