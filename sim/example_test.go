package sim_test

import (
	"context"
	"fmt"
	"log"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim"
	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/sim/cost"
	"github.com/roofserve/roofserve/sim/kv"
	"github.com/roofserve/roofserve/sim/router"
	"github.com/roofserve/roofserve/sim/sched"
	"github.com/roofserve/roofserve/workloads"
)

// ms is a millisecond; the engine counts picoseconds.
const ms units.Picoseconds = 1e9

// steady is a machine of which every step takes 10 ms, and 0.1 ms more for each token of a prompt. Packages
// arch and cost make such machines of models and devices.
type steady struct{}

// Reaches says that a token sees its whole context.
func (steady) Reaches() []arch.Reach { return []arch.Reach{{Kind: arch.Full}} }

// Step is the time of a step that computes prompts.
func (steady) Step(loads []arch.Load) units.Picoseconds {
	total := 10 * ms
	for _, l := range loads {
		total += units.Picoseconds(l.ChunkTokens) * ms / 10
	}
	return total
}

// Decode is the same for steps that only decode, of which the engine takes many at once.
func (steady) Decode(_ []int, d *cost.Decode) { d.Fixed = 10 * ms }

// regular is a workload of requests of 100 prompt and 21 output tokens, one after the other.
type regular struct {
	left  int
	every units.Picoseconds
	at    units.Picoseconds
}

// Next implements workloads.Source.
func (w *regular) Next(r *workloads.Request) bool {
	if w.left == 0 {
		return false
	}
	*r = workloads.Request{Arrival: w.at, Input: 100, Output: 21}
	w.left, w.at = w.left-1, w.at+w.every
	return true
}

// Err implements workloads.Source.
func (w *regular) Err() error { return nil }

// engine is a replica with room for 16,000 tokens.
func engine(w workloads.Source) sim.Config {
	return sim.Config{Workload: w, Pool: sim.Pool{
		Step: steady{}, Layout: kv.Layout{BlockTokens: 16, Full: 1}, Blocks: 1001, Policy: "vllm",
		Limits: sched.Limits{MaxNumSeqs: 64, MaxNumBatchedTokens: 2048, MaxModelLen: 4096, ChunkedPrefill: true},
	}}
}

// The engine needs to know how long steps take, what the cache holds, and who asks.
func Example() {
	r, err := sim.Run(context.Background(), engine(&regular{left: 3, every: 1000 * ms}))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%d answers of %d tokens\n", r.Completed, r.OutputTokens/int64(r.Completed))
	fmt.Printf("first token after %.0f ms, each further after %.0f ms\n", r.TTFT.Mean, r.TPOT.Mean)
	// Output:
	// 3 answers of 21 tokens
	// first token after 20 ms, each further after 10 ms
}

// OnFinish hears of every request when it is answered: results of any number of requests need no memory.
func ExampleConfig_onFinish() {
	c := engine(&regular{left: 2, every: 5 * ms})
	c.OnFinish = func(f *sim.Finished) {
		fmt.Printf("request %d came at %.0f ms, had its first token at %.0f ms and its last at %.0f ms\n", f.Index,
			f.Arrival.Milliseconds(), f.FirstToken.Milliseconds(), f.LastToken.Milliseconds())
	}
	if _, err := sim.Run(context.Background(), c); err != nil {
		log.Fatal(err)
	}
	// Output:
	// request 0 came at 0 ms, had its first token at 20 ms and its last at 230 ms
	// request 1 came at 5 ms, had its first token at 40 ms and its last at 240 ms
}

// alternate sends requests to all replicas in turn.
type alternate struct{ next, replicas int }

// Choose implements router.Router.
func (a *alternate) Choose(*router.Request) int {
	a.next = (a.next + 1) % a.replicas
	return a.next
}

// A router of one's own has a name once it is registered.
func Example_ownRouter() {
	router.Register("alternate", func(t *router.Terms) router.Router { return &alternate{replicas: len(t.Replicas)} })
	c := engine(&regular{left: 4, every: ms})
	c.Replicas, c.Router = 2, "alternate"
	r, err := sim.Run(context.Background(), c)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("requests of each replica:", r.Router.PerReplica)
	// Output:
	// requests of each replica: [2 2]
}

// single runs one request after the other.
type single struct{ sched.Policy }

// Plan implements sched.Policy.
func (s single) Plan(r sched.Rank) int {
	if r.Decoding() > 0 {
		r.Decode()
		return 1
	}
	return s.Policy.Plan(r)
}

// A policy of one's own plans each step.
func Example_ownPolicy() {
	sched.Register("single", func(l sched.Limits, stages int) sched.Policy {
		l.MaxNumSeqs = 1
		p, err := sched.New("vllm", l, stages)
		if err != nil {
			panic(err)
		}
		return single{p}
	})
	for _, policy := range []string{"vllm", "single"} {
		c := engine(&regular{left: 10})
		c.Policy = policy
		r, err := sim.Run(context.Background(), c)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%s: %.0f sequences at once, ten answers after %.0f ms\n", policy, r.ConcurrentSequences.Max,
			r.Duration.Milliseconds())
	}
	// Output:
	// vllm: 10 sequences at once, ten answers after 310 ms
	// single: 1 sequences at once, ten answers after 2200 ms
}
