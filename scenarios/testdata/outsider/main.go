// Outsider is a program of another module. It adds a policy, a router and a mixer of its own, serves a model
// that it describes itself, and prints how many requests were answered and what its mixer keeps of a token.
package main

import (
	"context"
	"fmt"
	"log"

	"github.com/roofserve/roofserve/scenarios"
	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/sim/router"
	"github.com/roofserve/roofserve/sim/sched"
)

// patient lets nobody in while somebody's prompt is computed in part.
type patient struct{ sched.Policy }

func (p patient) Plan(r sched.Rank) int {
	if len(r.Partial()) == 0 {
		return p.Policy.Plan(r)
	}
	budget := p.Piece()
	r.Decode()
	budget -= r.Decoding()
	for _, s := range r.Partial() {
		n := min(budget, r.Remaining(s))
		if n < 1 || r.ExtendBlocks(s, n) > r.Free() {
			break
		}
		r.Extend(s, n)
		budget -= n
	}
	return 1
}

// last sends every request to the last replica.
type last struct{ replicas int }

func (l last) Choose(*router.Request) int { return l.replicas - 1 }

// thrifty is attention that keeps a quarter of the values.
type thrifty struct{ arch.MultiHead }

func (*thrifty) Kind() string { return "thrifty" }

func (t *thrifty) State() arch.State {
	s := t.MultiHead.State()
	for i := range s.Tokens {
		s.Tokens[i].Values /= 4
	}
	return s
}

func main() {
	sched.Register("patient", func(l sched.Limits, stages int) sched.Policy {
		p, err := sched.New("vllm", l, stages)
		if err != nil {
			panic(err)
		}
		return patient{p}
	})
	router.Register("last", func(t *router.Terms) router.Router { return last{len(t.Replicas)} })
	arch.Register("thrifty", func() arch.Part { return &thrifty{arch.MultiHead{Rope: true}} })
	m, err := arch.New(arch.Model{Name: "mine", Hidden: 2048, Vocab: 32_000, MaxContext: 8192, FinalNorm: true,
		Stack: []arch.Block{{Repeat: 16, Norms: 2, Mixer: &thrifty{arch.MultiHead{Heads: 16, KVHeads: 4, HeadDim: 128, Rope: true}},
			FFN: &arch.Dense{Width: 8192, Gated: true}}}})
	if err != nil {
		log.Fatal(err)
	}
	s := scenarios.Empty("outsider")
	s.ServeModel(m)
	for _, change := range []string{"hardware.replicas=2", "engine.profile=vllm", "engine.policy=patient", "engine.router=last",
		"workload.requests=300", "workload.rate_scale=2"} {
		if err := s.SetText(change); err != nil {
			log.Fatal(err)
		}
	}
	b, err := s.Build()
	if err != nil {
		log.Fatal(err)
	}
	r, err := b.Run(context.Background(), scenarios.Hooks{Check: true})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%d of 300 requests, each with %d values a token\n", r.Result.Completed+r.Result.Failed,
		int(m.Stack[0].Mixer.State().Tokens[0].Values))
}
