package sim

import (
	"context"
	"errors"
	"math"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/sim/cost"
	"github.com/roofserve/roofserve/sim/internal/fixture"
	"github.com/roofserve/roofserve/sim/router"
	"github.com/roofserve/roofserve/sim/sched"
	"github.com/roofserve/roofserve/workloads"
)

// TestQueueOfOneServer compares waiting with the Pollaczek–Khinchine formula for M/D/1, ρ/(2(1−ρ)) service
// times: one sequence at a time, prompts of one token and answers of one.
func TestQueueOfOneServer(t *testing.T) {
	const service = 1e9 // 1 ms
	for _, load := range []float64{0.3, 0.5, 0.8} {
		w := fixture.NewPoisson(400_000, load*1000)
		w.Input, w.InputStd, w.Output, w.OutStd = 1, 0, 1, 0
		c := fixture.Standard(w, 100)
		c.Step = &fixture.Affine{Reach: fixture.Llama8B().Reach, Shared: service}
		c.Limits.MaxNumSeqs = 1
		c.Check = true
		r, err := Run(context.Background(), c)
		if err != nil {
			t.Fatal(err)
		}
		want := 1 + load/(2*(1-load))
		if math.Abs(r.E2E.Mean/want-1) > 0.03 {
			t.Errorf("at load %v a request takes %v ms; M/D/1 takes %v", load, r.E2E.Mean, want)
		}
		if share := r.ConcurrentSequences.Mean; math.Abs(share-load) > 0.01 {
			t.Errorf("at load %v the server is busy %v of the time", load, share)
		}
	}
}

// TestLittlesLaw holds for what is reported, too: mean concurrency is the rate times the time in service.
func TestLittlesLaw(t *testing.T) {
	for _, policy := range sched.Names() {
		c := fixture.Standard(fixture.NewPoisson(3000, 10), 27_000)
		c.Policy, c.Check = policy, true
		r, err := Run(context.Background(), c)
		if err != nil {
			t.Fatal(err)
		}
		inside := 0.0
		for _, w := range r.Series {
			inside += (w.Running + w.Waiting) * float64(w.End-w.Start)
		}
		want := r.E2E.Mean * 1e9 * float64(r.Completed)
		if math.Abs(inside/want-1) > 1e-6 {
			t.Errorf("%s: %v request-picoseconds inside, residence of %v", policy, inside, want)
		}
	}
}

// TestBatchOfEqualRequests has a closed form: all prompts in one step, then equal steps of decodes.
func TestBatchOfEqualRequests(t *testing.T) {
	const n, input, output = 8, 32, 11
	var requests []workloads.Request
	for range n {
		requests = append(requests, workloads.Request{Input: input, Output: output})
	}
	m := fixture.Llama8B()
	c := fixture.Standard(&fixture.List{Requests: requests}, 1000)
	r, err := Run(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	pairs := units.Picoseconds(n * (input*(input+1)/2 + input))
	prefill := m.Shared + m.PerChunkToken*n*(input+1) + m.PerPair[0]*pairs
	decode := units.Picoseconds(0)
	for context := input + 1; context < input+output; context++ {
		decode += m.Shared + m.PerSeq*n + m.PerKey[0]*units.Picoseconds(n*context)
	}
	if want := prefill.Milliseconds(); math.Abs(r.TTFT.Median/want-1) > 1e-12 {
		t.Errorf("time to first token is %v ms, want %v", r.TTFT.Median, want)
	}
	if r.Duration != prefill+decode {
		t.Errorf("duration is %d ps, want %d", r.Duration, prefill+decode)
	}
	if want := (decode / (output - 1)).Milliseconds(); math.Abs(r.TPOT.Mean/want-1) > 1e-9 {
		t.Errorf("time per output token is %v ms, want %v", r.TPOT.Mean, want)
	}
	if want := n * m.Reaches()[0].Pairs(input,
		output-1); math.Abs(r.MeanDecode.Keys[0]*float64(output-1)-float64(want)) > 1e-6 {
		t.Errorf("decodes saw %v keys, want %d", r.MeanDecode.Keys[0]*(output-1), want)
	}
}

// TestFasterIsNeverSlower scales every duration down.
func TestFasterIsNeverSlower(t *testing.T) {
	duration := func(speed units.Picoseconds) units.Picoseconds {
		c := fixture.Standard(fixture.NewPoisson(2000, 1000), 5000)
		m := fixture.Llama8B()
		m.Shared /= speed
		m.PerSeq /= speed
		m.PerKey[0] /= speed
		m.PerChunkToken /= speed
		m.PerPair[0] /= speed
		c.Step = m
		r, err := Run(context.Background(), c)
		if err != nil {
			t.Fatal(err)
		}
		return r.Duration
	}
	before := duration(1)
	for _, speed := range []units.Picoseconds{2, 4, 8} {
		now := duration(speed)
		if now > before {
			t.Errorf("%d times as fast takes %d ps, half as fast %d", speed, now, before)
		}
		before = now
	}
}

func TestSameBytesOnAnyNumberOfProcessors(t *testing.T) {
	run := func(name string, processors int) *Result {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(processors))
		c := fixture.Standard(fixture.NewPoisson(5000, 80), 4000)
		c.Replicas, c.Router = 3, name
		c.NewStep = func() cost.Stepper { return fixture.Llama8B() }
		r, err := Run(context.Background(), c)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	for _, name := range router.Names() {
		if d := cmp.Diff(run(name, 1), run(name, 2)); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}

func TestNothingToServe(t *testing.T) {
	r, err := Run(context.Background(), fixture.Standard(&fixture.List{}, 100))
	if err != nil {
		t.Fatal(err)
	}
	if r.Completed != 0 || r.Failed != 0 || r.Duration != 0 || r.TTFT.P99 != 0 {
		t.Errorf("an empty workload gives %+v", r)
	}
}

func TestRequestsThatCannotRunAreRefused(t *testing.T) {
	c := fixture.Standard(&fixture.List{Requests: []workloads.Request{{Input: 100, Output: 1},
		{Input: 1700, Output: 1}, {Input: 1, Output: 200_000}}}, 100)
	r, err := Run(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	if r.Completed != 1 || r.Failed != 2 {
		t.Errorf("%d completed and %d failed; want 1 and 2", r.Completed, r.Failed)
	}
}

func TestCancellation(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	c := fixture.Standard(fixture.NewPoisson(1<<30, 20), 27_000)
	c.OnProgress = func(requests int) {
		if requests > 10_000 {
			cancel()
		}
	}
	if _, err := Run(ctx, c); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want a cancelled run", err)
	}
}

func TestBadConfigurations(t *testing.T) {
	for name, spoil := range map[string]func(*Config){
		"no workload":  func(c *Config) { c.Workload = nil },
		"no cost":      func(c *Config) { c.Step = nil },
		"blocks":       func(c *Config) { c.Blocks = 0 },
		"block size":   func(c *Config) { c.Layout.BlockTokens = 0 },
		"router":       func(c *Config) { c.Router = "random" },
		"policy":       func(c *Config) { c.Policy = "vlm" },
		"replicas":     func(c *Config) { c.Replicas = -1 },
		"ranks":        func(c *Config) { c.DP = -1 },
		"stages":       func(c *Config) { c.Stages = -1 },
		"sequences":    func(c *Config) { c.Limits.MaxNumSeqs = 0 },
		"budget":       func(c *Config) { c.Limits.MaxNumBatchedTokens = 0 },
		"length":       func(c *Config) { c.Limits.MaxModelLen = 0 },
		"unchunked":    func(c *Config) { c.Limits.ChunkedPrefill = false },
		"threshold":    func(c *Config) { c.Limits.LongPrefillThreshold = -1 },
		"watermark":    func(c *Config) { c.Limits.Watermark = 1 },
		"delay":        func(c *Config) { c.TokenDelay = -1 },
		"users":        func(c *Config) { c.Workload = &fixture.ClosedList{} },
		"empty prompt": func(c *Config) { c.Workload = &fixture.List{Requests: []workloads.Request{{Output: 1}}} },
		"another pool": func(c *Config) { c.Others = []Pool{{Step: c.Step}} },
		"another model": func(c *Config) {
			c.Others = []Pool{c.Pool}
			c.Others[0].Step = &fixture.Affine{Reach: []arch.Reach{{}, {Kind: arch.TopK, Size: 9}}}
		},
		"arrivals' order": func(c *Config) {
			c.Workload = &fixture.List{Requests: []workloads.Request{{Arrival: 1, Input: 1, Output: 1},
				{Input: 1, Output: 1}}}
		},
	} {
		c := fixture.Standard(fixture.NewPoisson(1, 1), 10)
		spoil(&c)
		if _, err := Run(context.Background(), c); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// TestMistakesInAWorkloadAreNumbered in whichever goroutine they are met.
func TestMistakesInAWorkloadAreNumbered(t *testing.T) {
	requests := make([]workloads.Request, 2000)
	for i := range requests {
		requests[i] = workloads.Request{Arrival: units.Picoseconds(i), Input: 1, Output: 1}
	}
	requests[1501].Output = 0
	c := fixture.Standard(nil, 100)
	c.Replicas = 4
	c.NewStep = func() cost.Stepper { return fixture.Llama8B() }
	for _, name := range router.Names() {
		c.Workload, c.Router = &fixture.List{Requests: requests}, name
		if _, err := Run(context.Background(), c); err == nil || !strings.Contains(err.Error(), "request 1501:") {
			t.Errorf("%s: got %v, want the request's number", name, err)
		}
	}
}

// TestQueueGrowthTellsOverload from a load that the system keeps up with.
func TestQueueGrowthTellsOverload(t *testing.T) {
	for rate, grows := range map[float64]bool{5: false, 25: false, 200: true} {
		r, err := Run(context.Background(), fixture.Standard(fixture.NewPoisson(20_000, rate), 27_000))
		if err != nil {
			t.Fatal(err)
		}
		if r.QueueGrowth > 0.01 != grows || r.QueueGrowth > 1 {
			t.Errorf("at %v requests/s the queue grows by %v of the arrivals", rate, r.QueueGrowth)
		}
	}
}
