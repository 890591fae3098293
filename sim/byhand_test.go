package sim

import (
	"context"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/sim/cost"
	"github.com/roofserve/roofserve/sim/internal/fixture"
	"github.com/roofserve/roofserve/sim/kv"
	"github.com/roofserve/roofserve/sim/router"
	"github.com/roofserve/roofserve/sim/sched"
	"github.com/roofserve/roofserve/workloads"
)

// Schedules worked out by hand. What engine and oracle share, their equality cannot see; here nothing is
// shared.

// us is a microsecond, in which the schedules are told.
const us = units.Picoseconds(1e6)

// clockwork is a device on which a step takes 1,000 µs, and of the slowest rank 10 µs for each token of a
// prompt and 1 µs for each sequence that decodes.
type clockwork struct{}

func (clockwork) Reaches() []arch.Reach { return []arch.Reach{{}} }

func (clockwork) Step(loads []arch.Load) units.Picoseconds {
	slowest := units.Picoseconds(0)
	for _, l := range loads {
		slowest = max(slowest, units.Picoseconds(10*l.ChunkTokens+l.Decodes)*us)
	}
	return 1000*us + slowest
}

func (clockwork) Decode(sequences []int, d *cost.Decode) {
	d.Fixed = 1000 * us
	for r, n := range sequences {
		d.Ranks[r] = cost.RankDecode{Fixed: units.Picoseconds(n) * us}
	}
}

// usable is a pool of which an engine's sequences can hold so many blocks.
func usable(policy string, blocks int) int { return blocks + sched.NullBlocks(policy) }

// byHand is an engine with 100 usable blocks of four tokens and a budget of 20 tokens a step.
func byHand(policy string) Config {
	return Config{Check: true, Pool: Pool{
		Step: clockwork{}, Layout: kv.Layout{BlockTokens: 4, Full: 1}, Blocks: usable(policy, 100),
		Policy: policy,
		Limits: sched.Limits{MaxNumSeqs: 8, MaxNumBatchedTokens: 20, MaxModelLen: 1000, ChunkedPrefill: true},
	}}
}

// ask is a request at an instant in µs.
func ask(at, input, output int, content ...uint64) workloads.Request {
	return workloads.Request{Arrival: units.Picoseconds(at) * us, Input: input, Output: output, Blocks: content}
}

// life is when a request was sent, in a closed loop, and when its first and last tokens came, in µs, and what
// else happened to it.
type life struct {
	Sent, First, Last   int
	Preemptions, Cached int
	Failed              bool
}

// served runs requests, of which users send so many at once; 0: at their own times.
func served(t *testing.T, c Config, users int, requests ...workloads.Request) ([]life, *Result) {
	t.Helper()
	lives := make([]life, len(requests))
	c.Workload = &fixture.List{Requests: requests, Chunk: 4}
	if users > 0 {
		c.Workload = &fixture.ClosedList{List: fixture.List{Requests: requests, Chunk: 4}, Users: users}
	}
	c.OnFinish = func(f *Finished) {
		q := requests[f.Index]
		if f.Input != q.Input || f.Output != q.Output || users == 0 && f.Arrival != q.Arrival {
			t.Errorf("request %d, %+v, finishes as %+v", f.Index, q, f)
		}
		if f.FirstToken%us != 0 || f.LastToken%us != 0 {
			t.Errorf("request %d has its tokens at %d and %d ps, not at whole µs", f.Index, f.FirstToken, f.LastToken)
		}
		l := life{First: int(f.FirstToken / us), Last: int(f.LastToken / us), Preemptions: f.Preemptions,
			Cached: f.Cached, Failed: f.Failed}
		if users > 0 {
			l.Sent = int(f.Arrival / us)
		}
		lives[f.Index] = l
	}
	r, err := Run(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	return lives, r
}

// expectLives compares a schedule with the one worked out by hand.
func expectLives(t *testing.T, c Config, requests []workloads.Request, want ...life) *Result {
	t.Helper()
	got, r := served(t, c, 0, requests...)
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("by hand (-) and simulated (+):\n%s", d)
	}
	return r
}

// near compares figures that differ by rounding at most.
func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 1e-9*math.Abs(want)+1e-12 {
		t.Errorf("%s is %v, by hand %v", what, got, want)
	}
}

func TestByHandOneRequest(t *testing.T) {
	c := byHand("vllm")
	c.SeriesInterval = 2000 * us
	// The prompt's six tokens take 1,060 µs from its arrival at 500; each decode takes 1,001.
	r := expectLives(t, c, []workloads.Request{ask(500, 6, 3)}, life{First: 1560, Last: 3562})
	near(t, "TTFT", r.TTFT.Mean, 1.060)
	near(t, "TPOT", r.TPOT.Mean, 1.001)
	near(t, "ITL", r.ITL.Mean, 1.001)
	near(t, "E2E", r.E2E.Mean, 3.062)
	if r.TTFT.Count != 1 || r.TPOT.Count != 1 || r.ITL.Count != 2 || r.E2E.Count != 1 {
		t.Errorf("counts are %d, %d, %d, %d", r.TTFT.Count, r.TPOT.Count, r.ITL.Count, r.E2E.Count)
	}
	if r.Duration != 3562*us || r.Steps != 3 || r.Completed != 1 || r.InputTokens != 6 || r.OutputTokens != 3 ||
		r.MaxContext != 9 {
		t.Errorf("%+v", r)
	}
	// The first decode sees seven keys, the second eight.
	near(t, "decodes' keys", r.MeanDecode.Keys[0], 7.5)
	near(t, "decodes' sequences", r.MeanDecode.Sequences, 1)
	// It runs 3,062 of 3,562 µs, with six, seven and eight tokens in two blocks of four.
	near(t, "mean concurrency", r.ConcurrentSequences.Mean, 3062./3562)
	near(t, "mean use", r.KVUsage.Mean, 2*3062./3562/100)
	near(t, "most used", r.KVUsage.Max, 0.02)
	want := []Window{
		{End: 2000 * us, Running: 0.75, KVUsage: 0.015, InputTokens: 6, OutputTokens: 1, Arrivals: 1},
		{Start: 2000 * us, End: 3562 * us, Running: 1, KVUsage: 0.02, OutputTokens: 2, Completions: 1},
	}
	if d := cmp.Diff(want, r.Series); d != "" {
		t.Errorf("series by hand (-) and simulated (+):\n%s", d)
	}
}

// A window's border belongs to the window that it begins.
func TestByHandWindowsBorders(t *testing.T) {
	c := byHand("vllm")
	c.SeriesInterval = 1000 * us
	c.Limits.MaxNumSeqs = 1
	// The first runs from 1,000 to 2,040, the second waits from 1,500 until then and runs to 3,080; the third
	// comes at 4,000.
	r := expectLives(t, c, []workloads.Request{ask(1000, 4, 1), ask(1500, 4, 1), ask(4000, 4, 1)},
		life{First: 2040, Last: 2040}, life{First: 3080, Last: 3080}, life{First: 5040, Last: 5040})
	want := []Window{
		{End: 1000 * us},
		{Start: 1000 * us, End: 2000 * us, Running: 1, Waiting: 0.5, KVUsage: 0.01, Arrivals: 2},
		{Start: 2000 * us, End: 3000 * us, Running: 1, Waiting: 0.04, KVUsage: 0.01, InputTokens: 4,
			OutputTokens: 1, Completions: 1},
		{Start: 3000 * us, End: 4000 * us, Running: 0.08, KVUsage: 0.0008, InputTokens: 4, OutputTokens: 1,
			Completions: 1},
		{Start: 4000 * us, End: 5000 * us, Running: 1, KVUsage: 0.01, Arrivals: 1},
		{Start: 5000 * us, End: 5040 * us, Running: 1, KVUsage: 0.01, InputTokens: 4, OutputTokens: 1,
			Completions: 1},
	}
	if d := cmp.Diff(want, r.Series); d != "" {
		t.Errorf("series by hand (-) and simulated (+):\n%s", d)
	}
	near(t, "mean concurrency", r.ConcurrentSequences.Mean, 3*1040./5040)
	if r.ConcurrentSequences.Max != 1 || r.ConcurrentSequences.P50 != 1 {
		t.Errorf("concurrency %+v", r.ConcurrentSequences)
	}
}

// Under asynchronous scheduling the step that follows an arrival is planned already.
func TestByHandAsynchronous(t *testing.T) {
	// during the first step, or with its end, when the second is planned already
	for _, at := range []int{500, 1040} {
		c := byHand("vllm")
		expectLives(t, c, []workloads.Request{ask(0, 4, 3), ask(at, 4, 1)}, life{First: 1040, Last: 3082},
			life{First: 2081, Last: 2081})
		c.AsyncScheduling = true
		expectLives(t, c, []workloads.Request{ask(0, 4, 3), ask(at, 4, 1)}, life{First: 1040, Last: 3082},
			life{First: 3082, Last: 3082})
	}
	c := byHand("vllm")
	c.AsyncScheduling = true
	// One that comes during the second step misses the third, too. An idle engine starts at once.
	expectLives(t, c, []workloads.Request{ask(0, 4, 4), ask(1041, 4, 1), ask(9000, 4, 1)},
		life{First: 1040, Last: 4083}, life{First: 4083, Last: 4083}, life{First: 10040, Last: 10040})
	c.Stages = 2 // a microbatch is planned while the others run
	expectLives(t, c, []workloads.Request{ask(0, 4, 3), ask(500, 4, 1)}, life{First: 1040, Last: 3082},
		life{First: 2081, Last: 2081})
}

func TestByHandTokeniser(t *testing.T) {
	c := byHand("vllm")
	c.RequestService, c.TokenService = 100*us, 10*us
	requests := []workloads.Request{ask(0, 20, 1), ask(0, 1, 1)}
	// The server is busy with 20 tokens until 300, and with one more until 410.
	expectLives(t, c, requests, life{First: 1500, Last: 1500}, life{First: 2510, Last: 2510})
	c.Replicas = 2 // whose own servers are done with them at 300 and 110; they leave in order
	expectLives(t, c, requests, life{First: 1500, Last: 1500}, life{First: 1310, Last: 1310})
}

func TestByHandFrontend(t *testing.T) {
	c := byHand("vllm")
	c.RequestService, c.RequestDelay, c.TokenDelay = 300*us, 50*us, 7*us
	requests := []workloads.Request{ask(0, 1, 1), ask(0, 1, 1), ask(0, 1, 1), ask(5000, 1, 1)}
	// The server is done with them at 300, 600 and 900; the scheduler sees them 50 later. The first step is 350
	// to 1,360, the second has both others, to 2,380; clients see tokens seven later.
	r := expectLives(t, c, requests,
		life{First: 1367, Last: 1367}, life{First: 2387, Last: 2387}, life{First: 2387, Last: 2387},
		life{First: 6367, Last: 6367})
	near(t, "TTFT", r.TTFT.Mean, (1.367+2.387+2.387+1.367)/4)
	near(t, "E2E", r.E2E.Mean, r.TTFT.Mean)
	if r.Duration != 6367*us || r.TPOT.Count != 0 || r.ITL.Count != 0 {
		t.Errorf("duration %d, %d TPOT, %d ITL", r.Duration, r.TPOT.Count, r.ITL.Count)
	}
	// Two replicas have a server each: the third request is the second of the first one's.
	c.Replicas = 2
	expectLives(t, c, requests,
		life{First: 1367, Last: 1367}, life{First: 1367, Last: 1367}, life{First: 2377, Last: 2377},
		life{First: 6367, Last: 6367})
}

// A prompt of several pieces fills the stages one behind the other: see lagAfter.
func TestByHandPipelineLag(t *testing.T) {
	for _, x := range []struct {
		stages, input, first int
	}{
		// Two pieces of four tokens in a round of 1,080: each takes 540 on each of two stages, so that the second
		// is through at three times 540. Its token comes 540 after the round's end.
		{2, 8, 1080 + 540},
		// Four pieces of 540 a stage: the last is through at five times 540, the second round ends at 2,160.
		{2, 16, 2160 + 540},
		// The third piece alone in its round takes 520 a stage. It enters the second stage at 1,620, behind the
		// second piece.
		{2, 12, 1620 + 520},
		// Of a third piece in the second round, ended at 2,120, one token only: the stage is free at 1,620, and
		// takes 505.
		{2, 9, 1620 + 505},
		// Three stages of 360: two pieces are through at four times that.
		{3, 8, 4 * 360},
		{1, 20, 5 * 1040},
	} {
		c := byHand("vllm")
		c.Stages, c.Limits.MaxNumBatchedTokens = x.stages, 4
		// Every later token lags as much.
		expectLives(t, c, []workloads.Request{ask(0, x.input, 3)}, life{First: x.first, Last: x.first + 2002})
	}
}

func TestByHandRanksInLockstep(t *testing.T) {
	c := byHand("vllm")
	c.DP = 2
	// The second goes to the idle rank, the third to the first of two equals: 13 tokens there and two here, to
	// 1,130. A decode on each rank takes 1,001.
	r := expectLives(t, c, []workloads.Request{ask(0, 10, 3), ask(0, 2, 3), ask(0, 3, 1), ask(2000, 5, 1)},
		// The fourth comes when each rank has one: it joins the first, where a decode and five tokens take 1,051
		// from 2,131.
		life{First: 1130, Last: 3182}, life{First: 1130, Last: 3182}, life{First: 1130, Last: 1130},
		life{First: 3182, Last: 3182})
	near(t, "decodes' sequences", r.MeanDecode.Sequences, 2)
	near(t, "decodes' keys", r.MeanDecode.Keys[0], 11+3)
	if r.Steps != 3 || r.ConcurrentSequences.Max != 3 {
		t.Errorf("%d steps, at most %v sequences", r.Steps, r.ConcurrentSequences.Max)
	}
	// 3 + 1 + 1 blocks of 200, both ranks' together; then 3 and 1; in the last step 3, 2 and 2.
	near(t, "mean use", r.KVUsage.Mean, (5*1130+4*1001+(3+1+2)*1051.)/3182/200)
}

func TestByHandRouters(t *testing.T) {
	requests := []workloads.Request{ask(0, 1, 5), ask(0, 1, 1), ask(3000, 1, 1)}
	c := byHand("vllm")
	c.Replicas, c.Router = 2, router.RoundRobin
	// The third joins the first at 3,012: a decode and a prompt of one token take 1,011.
	expectLives(t, c, requests, life{First: 1010, Last: 5024}, life{First: 1010, Last: 1010},
		life{First: 4023, Last: 4023})
	c.Router = router.LeastOutstanding // the second replica has answered
	r := expectLives(t, c, requests, life{First: 1010, Last: 5014}, life{First: 1010, Last: 1010},
		life{First: 4010, Last: 4010})
	// Over both replicas' time, to 5,014: one runs to the end, the other twice 1,010.
	near(t, "mean concurrency", r.ConcurrentSequences.Mean, (5014+2020.)/2/5014)
	near(t, "running of all replicas", r.Series[0].Running, (5014+2020.)/5014)
}

func TestByHandWarmUp(t *testing.T) {
	c := byHand("vllm")
	c.Warmup = 1000 * us
	// To 1,010 the first; the others, which come at 999 and 1,000, to 2,031 beside a decode; then two more
	// tokens each.
	r := expectLives(t, c, []workloads.Request{ask(0, 1, 2), ask(999, 1, 2), ask(1000, 1, 3)},
		life{First: 1010, Last: 2031}, life{First: 2031, Last: 3033}, life{First: 2031, Last: 4034})
	if r.TTFT.Count != 1 || r.TPOT.Count != 1 || r.ITL.Count != 2 || r.E2E.Count != 1 || r.Completed != 3 ||
		r.OutputTokens != 7 {
		t.Errorf("one of three requests comes after the warm-up: %+v", r)
	}
	near(t, "TTFT", r.TTFT.Mean, 1.031)
	near(t, "ITL", r.ITL.Mean, (1.002+1.001)/2)
	near(t, "E2E", r.E2E.Mean, 3.034)
}

func TestByHandRefused(t *testing.T) {
	c := byHand("vllm")
	c.Blocks, c.Limits.MaxModelLen, c.TokenDelay = usable(c.Policy, 5), 21, 7*us
	// The last token is never computed: 20 of 21 tokens are cached, in five blocks.
	lives, r := served(t, c, 0, ask(0, 15, 6), ask(0, 16, 6), ask(0, 1, 21), ask(0, 20, 1))
	want := []life{{First: 1157, Last: 6162}, {Failed: true}, {Failed: true}, {First: 7362, Last: 7362}}
	if d := cmp.Diff(want, lives); d != "" {
		t.Errorf("by hand (-) and simulated (+):\n%s", d)
	}
	if r.Completed != 2 || r.Failed != 2 || r.InputTokens != 35 || r.OutputTokens != 7 || r.QueueEnd != 1 ||
		r.TTFT.Count != 2 {
		t.Errorf("%+v", r)
	}
	c.Limits.MaxModelLen = 1000
	if lives, _ := served(t, c, 0, ask(0, 15, 6), ask(0, 15, 7), ask(0, 21, 1)); lives[0].Failed ||
		!lives[1].Failed || !lives[2].Failed {
		t.Errorf("20 tokens fit into five blocks, 21 do not: %+v", lives)
	}
}

// A user of a closed loop whose request is refused sends the next one at once.
func TestByHandClosedLoop(t *testing.T) {
	c := byHand("vllm")
	// Two prompts to 1,080. The second's user sends a third, which runs beside a decode to 2,121. Then the last
	// one, to 3,161.
	lives, r := served(t, c, 2, ask(0, 4, 2), ask(0, 4, 1), ask(0, 4, 1), ask(0, 4, 1))
	want := []life{{First: 1080, Last: 2121}, {First: 1080, Last: 1080}, {Sent: 1080, First: 2121, Last: 2121},
		{Sent: 2121, First: 3161, Last: 3161}}
	if d := cmp.Diff(want, lives); d != "" {
		t.Errorf("by hand (-) and simulated (+):\n%s", d)
	}
	if r.QueueEnd != 0 || r.Duration != 3161*us {
		t.Errorf("%+v", r)
	}
	c.TokenDelay, c.RequestService, c.Limits.MaxModelLen = 7*us, 100*us, 50
	lives, r = served(t, c, 1, ask(0, 60, 1), ask(0, 4, 2), ask(0, 60, 1), ask(0, 4, 1))
	// Refused at 100, seen at 107. Served at 207, to 1,247 and 2,248, seen at 2,255. Refused at 2,355, seen at
	// 2,362; served at 2,462.
	want = []life{{Failed: true}, {Sent: 107, First: 1254, Last: 2255}, {Sent: 2255, Failed: true},
		{Sent: 2362, First: 3509, Last: 3509}}
	if d := cmp.Diff(want, lives); d != "" {
		t.Errorf("by hand (-) and simulated (+):\n%s", d)
	}
	if r.Failed != 2 || r.Completed != 2 {
		t.Errorf("%d failed, %d completed", r.Failed, r.Completed)
	}
	near(t, "mean concurrency", r.ConcurrentSequences.Mean, (1040+1001+1040)/3509.)
}

// All requests come at once and one runs at a time, so that the k-th finds k waiting, and what comes stays.
func TestByHandQueue(t *testing.T) {
	for _, x := range []struct {
		requests, replicas, end, half int
		growth                        float64
	}{
		{1, 1, 0, 0, 0},
		{3, 1, 2, 1, 0}, // too few for quarters
		// the last quarter's median is 13.5, that of the one before 9.5: four more of four that came
		{16, 1, 15, 8, 1},
		{16, 2, 7 + 7, 4 + 4, 1},
		{1024, 1, 1023, 512, 1},            // of which every second is remembered
		{1025, 1, 1024, 512, 252 / 256.25}, // every fourth, 0 to 1,024: 64 from 772 on, 64 before
	} {
		c := byHand("vllm")
		c.Limits.MaxNumSeqs, c.Check, c.Replicas = 1, false, x.replicas
		requests := make([]workloads.Request, x.requests)
		for i := range requests {
			requests[i] = ask(0, 1, 1)
		}
		_, r := served(t, c, 0, requests...)
		if r.QueueEnd != x.end || r.QueueHalf != x.half || math.Abs(r.QueueGrowth-x.growth) > 0.02 {
			t.Errorf("%d requests to %d replicas: queues of %d at half and %d at the end, growth %v; by hand %d, %d, %v",
				x.requests, x.replicas, r.QueueHalf, r.QueueEnd, r.QueueGrowth, x.half, x.end, x.growth)
		}
	}
}
