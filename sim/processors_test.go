package sim

import (
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/roofserve/roofserve/sim/cost"
	"github.com/roofserve/roofserve/sim/drafts"
	"github.com/roofserve/roofserve/sim/internal/fixture"
	"github.com/roofserve/roofserve/sim/kv"
	"github.com/roofserve/roofserve/sim/router"
)

// TestNothingDependsOnProcessors: routers, pools of parts and drafts, evenly and step by step, give the same
// result on one processor to eight.
func TestNothingDependsOnProcessors(t *testing.T) {
	law, err := drafts.New([]float64{0.8, 0.5}, 1)
	if err != nil {
		t.Fatal(err)
	}
	drafting := func(drawn bool) *drafts.Verification {
		return &drafts.Verification{Law: law, Lookahead: 2, Drawn: drawn}
	}
	routed := func(name string, drawn bool) Config {
		c := fixture.Standard(fixture.NewPoisson(800, 80), 4000)
		c.Replicas, c.Router, c.Verify = 3, name, drafting(drawn)
		return c
	}
	parted := func(drawn bool) Config {
		c := fixture.Standard(fixture.NewPoisson(800, 60), 4000)
		other := c.Pool
		c.Role, other.Role, c.Replicas, other.Replicas = Prefill, Decode, 2, 3
		c.Link, other.Link, other.Verify = 1e9, 2e9, drafting(drawn)
		c.Others = []Pool{other}
		c.Exchange = &Exchange{Local: Never, Latency: 20e6, Payload: kv.Payload{Layers: 32,
			Tokens: []kv.Moving{{Bytes: 131072}}}}
		return c
	}
	run := func(c Config, processors int) *Result {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(processors))
		c.NewStep = func() cost.Stepper { return fixture.Llama8B() }
		for i := range c.Others {
			c.Others[i].NewStep = c.NewStep
		}
		r, err := engine(c)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	cases := map[string]func() Config{
		"pools, evenly": func() Config { return parted(false) }, "pools, drawn": func() Config { return parted(true) },
	}
	for _, name := range router.Names() {
		cases[name+", evenly"] = func() Config { return routed(name, false) }
		cases[name+", drawn"] = func() Config { return routed(name, true) }
	}
	for name, of := range cases {
		alone := run(of(), 1)
		if alone.Completed != 800 || alone.Drafts[2] == 0 {
			t.Errorf("%s: %d requests complete, in steps of %v tokens", name, alone.Completed, alone.Drafts)
		}
		for processors := 2; processors <= 8; processors++ {
			if d := cmp.Diff(alone, run(of(), processors)); d != "" {
				t.Errorf("%s: %d processors: %s", name, processors, d)
			}
		}
	}
}
