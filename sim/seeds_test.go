package sim

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/sim/internal/fixture"
	"github.com/roofserve/roofserve/sim/order"
	"github.com/roofserve/roofserve/sim/router"
	"github.com/roofserve/roofserve/sim/sched"
	"github.com/roofserve/roofserve/workloads"
)

// regressions are seeds of former scenarios that always run, with why: scenarios that once told engine and
// oracle apart, and rare ones that would. A seed keeps its scenario for as long as the draws of former stay
// as they are. Whoever changes those first turns a seed that would be lost into a test of its own, and so
// does whoever mends what a seed of TestManyScenarios shows.
var regressions = map[int]string{
	2443: "rare: a long answer is driven out several times, on a pipeline, from a cache of windows",
	2602: "rare: ranks in lockstep preempt what is cached in part, with windows",
	4109: "rare: sglang retracts what is cached in part, on a pipeline, with windows",
	4167: "rare: sglang retracts on ranks in lockstep, asynchronously, in a closed loop behind a busy API server",
	4630: "rare: sglang retracts what is cached in part, on a pipeline of ranks",
	5083: "rare: vllm0 preempts the same sequence again and again, cached in part, on a pipeline, with windows",
	5291: "rare: sglang mixes chunks and retracts, in a closed loop with refusals, on pipelines of ranks of replicas",
	6108: "rare: a closed loop with refusals on pipelines of ranks of replicas preempts, with windows",
	7658: "rare: vllm0 preempts the same sequence again and again, cached in part, on a pipeline of ranks",
}

// drawn is a scenario as a value, to be had from a seed.
type drawn struct {
	c     Config
	fresh func() workloads.Source
}

var (
	scenarios       = rapid.Custom(func(t *rapid.T) drawn { return drawnBy(scenario(t)) })
	formerScenarios = rapid.Custom(func(t *rapid.T) drawn { return drawnBy(former(t)) })
)

func drawnBy(c Config, fresh func() workloads.Source) drawn { return drawn{c, fresh} }

// fewest is how many scenarios must have a feature.
const fewest = manyScenarios / 200

// manyScenarios is the number of seeds that every test run tries, beside the regressions.
const manyScenarios = 2000

// TestManyScenarios compares engine and oracle on the scenarios of many seeds, and counts what those
// scenarios have in them.
func TestManyScenarios(t *testing.T) {
	type example struct {
		drawn
		name string
	}
	var examples []example
	for seed := range manyScenarios {
		examples = append(examples, example{scenarios.Example(seed + 1), fmt.Sprint("seed ", seed+1)})
	}
	for seed, why := range regressions {
		examples = append(examples, example{formerScenarios.Example(seed), fmt.Sprint("former seed ", seed, ": ", why)})
	}
	met, failed := map[string]int{}, 0
	for _, d := range examples {
		want, wantFinished := outcome(t, d.c, d.fresh(), simulate)
		got, gotFinished := outcome(t, d.c, d.fresh(), engine)
		if diff := sameRun(want, got, wantFinished, gotFinished); diff != "" {
			t.Errorf("%s: oracle (-) and engine (+) differ; keep it as a test:\n%s", d.name, diff)
			if failed++; failed == 3 {
				return // more tell no more
			}
		}
		for feature, present := range features(&d.drawn, got, gotFinished) {
			met[feature] += count(present)
		}
	}
	for feature, n := range met {
		if n < fewest {
			t.Errorf("only %d of %d scenarios have %s; draw more of them", n, len(examples), feature)
		}
	}
}

func count(present bool) int {
	if present {
		return 1
	}
	return 0
}

// requests are the scenario's, and whether they are of a closed loop.
func (d *drawn) requests() (list []workloads.Request, closed bool) {
	if w, ok := d.fresh().(*fixture.ClosedList); ok {
		return w.Requests, true
	}
	return d.fresh().(*fixture.List).Requests, false
}

// features tells what a scenario has in it that an engine may get wrong. All but the policies' are of what
// came to pass, not only of what was configured.
func features(d *drawn, r *Result, finished []Finished) map[string]bool {
	c, l := &d.c, &d.c.Limits
	requests, isClosed := d.requests()
	served := r.Completed > 0
	some := func(is func(*Finished) bool) bool {
		return slices.ContainsFunc(finished, func(f Finished) bool { return !f.Failed && is(&f) })
	}
	reach := func(kind arch.ReachKind) bool {
		return served && slices.ContainsFunc(c.Step.Reaches()[1:],
			func(x arch.Reach) bool { return x.Kind == kind && x.Size < r.MaxContext })
	}
	list := map[string]bool{
		"nothing to do":                len(requests) == 0,
		"data-parallel ranks":          served && c.DP > 1,
		"a pipeline":                   served && c.Stages > 1,
		"a pipeline, ranks, replicas":  served && c.Stages > 1 && c.DP > 1 && c.Replicas > 1,
		"a warm-up that ends":          served && r.TTFT.Count > 0 && int(r.TTFT.Count) < r.Completed,
		"a warm-up that does not":      served && r.TTFT.Count == 0,
		"hits in the prefix cache":     r.Prefix.HitTokens > 0,
		"a cache without contents":     r.Prefix.Tokens > 0 && len(requests) > 0 && len(requests[0].Blocks) == 0,
		"hits and preemptions":         r.Prefix.HitTokens > 0 && r.Preemptions > 0,
		"preemptions":                  r.Preemptions > 0,
		"one preempted more than once": some(func(f *Finished) bool { return f.Preemptions > 1 }),
		"refusals and answers":         served && r.Failed > 0,
		"nothing but refusals":         r.Failed > 0 && !served,
		"closed loops":                 served && isClosed,
		"closed loops with refusals":   isClosed && r.Failed > 0 && served,
		"closed loops of a pipeline":   served && isClosed && c.Stages > 1,
		"closed loops of several":      served && isClosed && c.Replicas > 1,
		"answers of one token":         some(func(f *Finished) bool { return f.Output == 1 }),
		"prompts of one token":         some(func(f *Finished) bool { return f.Input == 1 }),
		"long prompts":                 some(func(f *Finished) bool { return f.Input > 400 }),
		"long answers":                 some(func(f *Finished) bool { return f.Output > 400 }),
		"asynchronous scheduling":      served && c.PlansAhead(),
		"asynchronous closed loops":    served && c.PlansAhead() && isClosed,
		"a busy API server":            served && c.RequestService > 0,
		"a server that tokenises":      served && c.TokenService > 0,
		"delays":                       served && c.RequestDelay > 0 && c.TokenDelay > 0,
		"whole prompts":                served && !l.ChunkedPrefill,
		"prompts in chunks": l.ChunkedPrefill &&
			some(func(f *Finished) bool { return f.Input-f.Cached > l.MaxNumBatchedTokens*c.Stages }),
		"a threshold of long prompts": l.LongPrefillThreshold > 0 &&
			some(func(f *Finished) bool { return f.Input > l.LongPrefillThreshold*c.Stages }),
		"a watermark":                   served && int(l.Watermark*float64(c.Blocks)) > 0 && r.ConcurrentSequences.Max > 1,
		"whole prompts reserved":        served && l.ReserveFullInput && r.Preemptions > 0,
		"mixed chunks":                  served && l.MixedChunk && c.Policy == "sglang" && r.ConcurrentSequences.Max > 1,
		"windows in the cache":          served && len(c.Layout.Windows) > 0,
		"constant state":                served && c.Layout.Constant > 0,
		"no layer that keeps all":       served && c.Layout.Full == 0,
		"windows":                       reach(arch.Window),
		"top-k":                         reach(arch.TopK),
		"chunks":                        reach(arch.Chunk),
		"a full pool":                   r.KVUsage.Max == 1,
		"a queue":                       r.QueueEnd > 0,
		"flights of many steps":         r.Steps > 100 && r.ByStep < r.Steps/4,
		"windows of the series":         len(r.Series) > 2,
		"declared longer than answered": served && slices.ContainsFunc(requests, func(q workloads.Request) bool { return q.MaxOutput > q.Output }),
	}
	maps.Copy(list, placing(c, r))
	for _, policy := range sched.Names() {
		list["policy "+policy] = served && c.Policy == policy
		if !slices.Contains([]string{"trtllm", "static", "orca"}, policy) { // which reserve what an answer may take
			list[policy+" with preemptions"] = c.Policy == policy && r.Preemptions > 0
		}
	}
	return list
}

// placing are the features of where requests go, and where they wait there.
func placing(c *Config, r *Result) map[string]bool {
	served := r.Completed > 0
	several := served && c.Copies() > 1
	queued := served && r.QueueEnd > 0
	return map[string]bool{
		"replicas in turn":              several && c.Router == router.RoundRobin,
		"replicas by load":              several && c.Router == router.LeastOutstanding,
		"the better of two replicas":    several && c.Replicas > 2 && c.Router == router.PowerOfTwo,
		"replicas by what they publish": several && c.Router == router.VLLMDP && r.Duration > c.StatsInterval,
		"sessions on their replicas":    several && c.Router == router.SessionSticky,
		"several pools":                 served && len(c.Others) > 0,
		"pools that cache and one that does not": r.Prefix.Tokens > 0 &&
			slices.ContainsFunc(c.Others, func(p Pool) bool { return !p.Caches() }),
		"an order by priority":     queued && c.Order == order.Priority,
		"longest prefixes first":   served && c.Policy == "sglang" && c.Limits.LongestPrefix && r.Prefix.HitTokens > 0,
		"short prompts first":      queued && c.Order == order.ShortestPrompt,
		"short answers first":      queued && c.Order == order.ShortestJob && c.Basis.Token == 0,
		"aging ones":               queued && c.Order == order.ShortestJob && c.Basis.Token > 0,
		"deadlines first":          queued && c.Order == order.Deadline && c.Basis.Patience != nil,
		"late ones out of order":   queued && c.Order != order.FCFS && c.PlansAhead(),
		"preemptions out of order": c.Order != order.FCFS && r.Preemptions > 0,
	}
}
