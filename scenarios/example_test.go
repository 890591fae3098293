package scenarios_test

import (
	"context"
	"fmt"
	"log"
	"math/rand/v2"
	"sync"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/scenarios"
	"github.com/roofserve/roofserve/sim"
	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/sim/router"
	"github.com/roofserve/roofserve/sim/sched"
	"github.com/roofserve/roofserve/workloads"
)

// simulated is a built-in scenario with some keys changed, after it was run.
func simulated(name string, changes ...string) *scenarios.Run {
	s, err := scenarios.Load(name) // or the path of a TOML file
	if err != nil {
		log.Fatal(err)
	}
	for _, change := range changes {
		if err := s.SetText(change); err != nil {
			log.Fatal(err)
		}
	}
	return run(s)
}

func run(s *scenarios.Scenario) *scenarios.Run {
	b, err := s.Build()
	if err != nil {
		log.Fatal(err)
	}
	r, err := b.Run(context.Background(), scenarios.Hooks{})
	if err != nil {
		log.Fatal(err)
	}
	return r
}

// Times of a result are milliseconds, throughput is per second.
func Example() {
	s, err := scenarios.Parse("mine.toml", ".", []byte(`
[model]
name = "llama-3.1-8b"
[hardware]
device = "h100-sxm-80gb"
[workload]
trace = "azure-2023-conv"
requests = 500
`))
	if err != nil {
		log.Fatal(err)
	}
	b, err := s.Build()
	if err != nil {
		log.Fatal(err)
	}
	finished := 0
	r, err := b.Run(context.Background(), scenarios.Hooks{OnFinish: func(*sim.Finished) { finished++ }})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(finished, "requests are finished,", r.Result.Failed, "refused")
	fmt.Println("half of them wait less than a second for their first token:", r.Result.TTFT.Median < 1000)
	// Output:
	// 500 requests are finished, 0 refused
	// half of them wait less than a second for their first token: true
}

// Every case of a sweep is a scenario of its own. Cases may run at the same time.
func ExampleScenario_Cases() {
	s, err := scenarios.Load("llama-3.1-8b-h100")
	if err != nil {
		log.Fatal(err)
	}
	for _, change := range []string{"workload.requests=200", `sweep=[{key="hardware.device", values=["l40s", "h100", "h200"]}]`} {
		if err := s.SetText(change); err != nil {
			log.Fatal(err)
		}
	}
	cases, err := s.Cases()
	if err != nil {
		log.Fatal(err)
	}
	runs := make([]*scenarios.Run, len(cases))
	var workers sync.WaitGroup
	for i := range cases {
		workers.Go(func() { runs[i] = run(cases[i].Scenario) })
	}
	workers.Wait()
	for i := 1; i < len(cases); i++ {
		fmt.Println(cases[i].Settings[0], "is faster than", cases[i-1].Settings[0].Text()+":",
			runs[i].Result.TPOT.Mean < runs[i-1].Result.TPOT.Mean)
	}
	// Output:
	// hardware.device=h100 is faster than l40s: true
	// hardware.device=h200 is faster than h100: true
}

// burst is requests that a program makes as they are asked for, so that they are never held in memory.
type burst struct{ left int }

// Next writes a request: times are picoseconds, lengths tokens.
func (b *burst) Next(r *workloads.Request) bool {
	if b.left == 0 {
		return false
	}
	b.left--
	*r = workloads.Request{Input: 1000, Output: 20, MaxOutput: 20}
	return true
}

func (b *burst) Err() error { return nil }

// A program's own requests come instead of the scenario's, one by one.
func ExampleBuilt_Serve() {
	s, err := scenarios.Load("llama-3.1-8b-h100")
	if err != nil {
		log.Fatal(err)
	}
	b, err := s.Build()
	if err != nil {
		log.Fatal(err)
	}
	if err := b.Serve(&burst{left: 100_000}); err != nil {
		log.Fatal(err)
	}
	r, err := b.Run(context.Background(), scenarios.Hooks{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(r.Result.Completed, "requests,", r.Result.OutputTokens, "tokens")
	// Output: 100000 requests, 2000000 tokens
}

// A model is a stack of layers, each a mixer and a feed-forward part.
func ExampleScenario_ServeModel() {
	m, err := arch.New(arch.Model{
		Name: "mine", Hidden: 4096, Vocab: 128_000, MaxContext: 32_768, FinalNorm: true,
		Stack: []arch.Block{{
			Repeat: 32, Norms: 2,
			Mixer: &arch.MultiHead{Heads: 32, KVHeads: 4, HeadDim: 128, Rope: true},
			FFN:   &arch.Dense{Width: 14_336, Gated: true},
		}},
	})
	if err != nil {
		log.Fatal(err)
	}
	s := scenarios.Empty("mine")
	s.ServeModel(m)
	if err := s.SetText("workload.requests=100"); err != nil {
		log.Fatal(err)
	}
	r := run(s)
	total, _, _ := m.Params()
	var bf16 arch.Precision
	fmt.Printf("%.1fB parameters, %.0f bytes a token, %d requests\n", total/1e9, m.KVBytesPerToken(&bf16), r.Result.Completed)
	// Output: 7.9B parameters, 65536 bytes a token, 100 requests
}

// A result that the command wrote, roofserve run --json FILE, is read as a struct.
func ExampleReadResult() {
	text := []byte(`{"completed": 2, "failed": 0, "p99_tpot_ms": 12.5, "p99_itl_ms": null, "kv_cache_usage": {"mean": 0.25},
		"version": "0.1.0", "warnings": []}`)
	r, err := scenarios.ReadResult(text)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(r.Completed, *r.P99TPOT, r.P99ITL == nil, r.Metrics["kv_cache_usage.mean"])
	// Output: 2 12.5 true 0.25
}

// gentle schedules as vLLM does, but with half as many sequences at once. A Policy that is made from nothing
// has the same methods; package sched says what each is asked.
type gentle struct{ sched.Policy }

func newGentle(l sched.Limits, stages int) sched.Policy {
	l.MaxNumSeqs = max(1, l.MaxNumSeqs/2)
	p, err := sched.New("vllm", l, stages)
	if err != nil {
		panic(err) // the limits were checked
	}
	return gentle{p}
}

var registerGentle = sync.OnceFunc(func() { sched.Register("gentle", newGentle) })

// A program's own policy stands beside an engine's profile.
func Example_ownPolicy() {
	registerGentle() // in a program: in main, before scenarios are read
	many := []string{"workload.requests=1000", "workload.rate_scale=20", "engine.max_num_seqs=64", "engine.profile=vllm"}
	vllm := simulated("llama-3.1-8b-h100", append(many, "engine.policy=vllm")...)
	own := simulated("llama-3.1-8b-h100", append(many, "engine.policy=gentle")...)
	fmt.Println(vllm.Result.SystemSequences.Max, "sequences at once, or", own.Result.SystemSequences.Max)
	fmt.Println("each is faster:", own.Result.TPOT.Mean < vllm.Result.TPOT.Mean)
	// Output:
	// 64 sequences at once, or 32
	// each is faster: true
}

// choosy sends every request to one of two replicas that it draws, and drawn replicas depend on the request
// alone, so that the same scenario gives the same result.
type choosy struct{ terms *router.Terms }

func (c *choosy) Choose(q *router.Request) int {
	draw := rand.New(rand.NewPCG(c.terms.Seed, uint64(q.Index)))
	return draw.IntN(min(2, len(c.terms.Replicas)))
}

var registerChoosy = sync.OnceFunc(func() {
	router.Register("choosy", func(t *router.Terms) router.Router { return &choosy{t} })
})

// A program's own router.
func Example_ownRouter() {
	registerChoosy()
	changes := []string{"workload.requests=400", "hardware.replicas=4"}
	all := simulated("llama-3.1-8b-h100", append(changes, "engine.router=round-robin")...)
	two := simulated("llama-3.1-8b-h100", append(changes, "engine.router=choosy")...)
	fmt.Println("two replicas are as fast as four:", two.Result.E2E.Mean <= all.Result.E2E.Mean)
	// Output: two replicas are as fast as four: false
}

// paired is attention whose keys and values every second layer shares with the one before it.
type paired struct{ arch.MultiHead }

func (*paired) Kind() string { return "paired" }

// State is half of what attention keeps in each layer.
func (p *paired) State() arch.State {
	s := p.MultiHead.State()
	for i := range s.Tokens {
		s.Tokens[i].Values /= 2
	}
	return s
}

var registerPaired = sync.OnceFunc(func() {
	arch.Register("paired", func() arch.Part { return &paired{arch.MultiHead{Rope: true}} })
})

// A program's own mixer, named in a model as its own kinds are.
func Example_ownMixer() {
	registerPaired()
	spec, err := arch.Lookup("llama-3.1-8b")
	if err != nil {
		log.Fatal(err)
	}
	var bf16 arch.Precision
	before, err := spec.Build()
	if err != nil {
		log.Fatal(err)
	}
	if err := spec.Override("attention", map[string]any{"kind": "paired"}); err != nil {
		log.Fatal(err)
	}
	after, err := spec.Build()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(before.KVBytesPerToken(&bf16), after.KVBytesPerToken(&bf16))
	r := simulated("llama-3.1-8b-h100", "workload.requests=100", `model.attention={kind="paired"}`)
	fmt.Println(r.Result.Completed, "requests,", units.Picoseconds(0) < r.Result.Duration)
	// Output:
	// 131072 65536
	// 100 requests, true
}
