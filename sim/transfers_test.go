package sim

import (
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/cost"
	"github.com/roofserve/roofserve/sim/internal/fixture"
	"github.com/roofserve/roofserve/sim/kv"
	"github.com/roofserve/roofserve/sim/router"
	"github.com/roofserve/roofserve/sim/sched"
	"github.com/roofserve/roofserve/workloads"
)

// withTransfers makes the pools of a configuration prefill and decode pools.
func withTransfers(t *rapid.T, c *Config) {
	if len(c.Others) == 0 {
		c.Others = append(c.Others, another(t, c.Pool))
	}
	link := func() units.BytesPerSecond {
		return units.BytesPerSecond(rapid.SampledFrom([]float64{0, 3e11, 1e12, 2e13}).Draw(t, "link"))
	}
	for i, p := range poolsOf(c) {
		p.Role, p.Link, p.Verify = Prefill, link(), nil
		if !slices.Contains(sched.Paged(), p.Policy) {
			p.Policy = "vllm"
		}
		if i%2 == 1 {
			p.Role = Decode
			p.Verify = verification(t, p)
		}
	}
	c.Exchange = &Exchange{
		Payload: kv.Payload{Layers: rapid.IntRange(1, 4).Draw(t, "layers"),
			Constant: units.Bytes(rapid.SampledFrom([]int{0, 7}).Draw(t, "state")),
			Tokens:   []kv.Moving{{Bytes: units.Bytes(rapid.IntRange(0, 500).Draw(t, "bytes"))}, {Window: 20, Bytes: 1.5}}},
		Latency:   units.Picoseconds(rapid.SampledFrom([]int{0, 0, 300, 5000}).Draw(t, "latency")),
		Layerwise: rapid.Bool().Draw(t, "layerwise"),
		Apart:     rapid.Bool().Draw(t, "apart"),
		Whole:     rapid.Bool().Draw(t, "whole"),
		Again:     rapid.Bool().Draw(t, "again"),
		PairLate:  rapid.Bool().Draw(t, "late"),
		Local:     rapid.SampledFrom([]int{Never, Never, Never, Always, 0, 10}).Draw(t, "local"),
	}
	if x := c.Exchange; x.PairLate && x.Local >= 0 && x.Local != Always {
		x.PairLate = false
	}
	x := c.Exchange
	for _, d := range []*Desk{&x.Prefill, &x.Decode} {
		if rapid.Bool().Draw(t, "of its own") {
			d.Router = rapid.SampledFrom(router.Names()).Draw(t, "router of a side")
			d.Options = router.Options{OverlapWeight: rapid.SampledFrom([]float64{0, 1, 2.5}).Draw(t, "weight"),
				Temperature: rapid.SampledFrom([]float64{0, 0, 0.5}).Draw(t, "temperature"), MaxLoadRatio: 1.25,
				PromptsAlone: rapid.Bool().Draw(t, "prompts alone"), Scorers: router.Defaults().Scorers}
		}
	}
}

// simulated is outcome, but for a deadlock, of which there is no result.
func simulated(t *rapid.T, c Config, w workloads.Source,
	run func(Config) (*Result, error)) (*Result, []Finished) {
	var finished []Finished
	c.Workload = w
	c.OnFinish = func(f *Finished) { finished = append(finished, *f) }
	r, err := run(c)
	if err != nil && strings.Contains(err.Error(), "deadlock") {
		return nil, finished
	}
	if err != nil {
		t.Fatal(err)
	}
	return r, finished
}

// simulatedAlike holds the engine against the oracle.
func simulatedAlike(t *rapid.T, c Config, fresh func() workloads.Source) {
	t.Helper()
	want, wantFinished := simulated(t, c, fresh(), simulate)
	got, gotFinished := simulated(t, c, fresh(), engine)
	if d := sameRun(want, got, wantFinished, gotFinished); d != "" {
		t.Fatalf("oracle (-) and engine (+) differ:\n%s", d)
	}
}

func TestTransfersEqualOracle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, fresh := scenario(t)
		withTransfers(t, &c)
		simulatedAlike(t, c, fresh)
	})
}

func TestTransfersAreTheSameOnAnyNumberOfProcessors(t *testing.T) {
	run := func(processors int) *Result {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(processors))
		c := fixture.Standard(fixture.NewPoisson(3000, 60), 4000)
		other := c.Pool
		c.Role, other.Role, c.Replicas, other.Replicas = Prefill, Decode, 2, 3
		c.Link, other.Link = 1e9, 2e9
		c.NewStep = func() cost.Stepper { return fixture.Llama8B() }
		other.NewStep = c.NewStep
		c.Others = []Pool{other}
		c.Exchange = &Exchange{Local: Never, Latency: 20e6, Payload: kv.Payload{Layers: 32,
			Tokens: []kv.Moving{{Bytes: 131072}}}}
		r, err := engine(c)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	alone := run(1)
	for _, processors := range []int{2, 8} {
		if d := cmp.Diff(alone, run(processors)); d != "" {
			t.Errorf("%d processors: %s", processors, d)
		}
	}
}
