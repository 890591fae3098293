package planning

import (
	"context"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/roofserve/roofserve/internal/study/capacity"
	"github.com/roofserve/roofserve/sim"
)

// Proof holds an answer against trying everything, and its best plan against other seeds.
type Proof struct {
	// Fewest is the fewest GPUs with which any plan that fits serves the load; 0 where none does. It was looked
	// for with every number of replicas, below the answer's GPUs, or up to as many as the question allows where
	// the answer has none.
	Fewest int
	Tried  int // simulations, of every plan with every number of replicas
	Kept   int // of OtherSeeds, none of which the search has seen, with how many the best plan keeps the limits
}

// OtherSeeds is with how many further seeds of the workload the best plan is simulated.
const OtherSeeds = 5

// Holds tells whether nothing does with fewer GPUs than the answer, and most other seeds agree.
func (p *Proof) Holds(a *Answer) bool {
	if len(a.Plans) == 0 {
		return p.Fewest == 0
	}
	return p.Fewest >= a.Plans[0].GPUs() && p.Kept >= OtherSeeds-1
}

// Prove tries, for an answer about the fewest GPUs of whole requests' replicas, every plan that fits with
// every number of replicas: whatever its step takes alone, and whatever fewer or more replicas did.
func (a *Answer) Prove(ctx context.Context) (*Proof, error) {
	p := &Proof{}
	most := a.Question.MaxGPUs
	if len(a.Plans) > 0 {
		p.Fewest = a.Plans[0].GPUs()
		most = p.Fewest - 1
		kept, err := a.Question.withOtherSeeds(ctx, &a.Plans[0])
		if err != nil {
			return nil, err
		}
		p.Kept = kept
	}
	choices, err := a.Question.everyChoice()
	if err != nil {
		return nil, err
	}
	for i := range choices {
		c := &choices[i]
		for replicas := 1; replicas*c.PerReplica() <= most; replicas++ {
			arrangement := Arrangement{Choice: *c, Replicas: replicas}
			t, err := a.Question.simulate(ctx, &arrangement)
			if err != nil {
				return nil, err
			}
			p.Tried++
			if t.Met() {
				p.Fewest, most = arrangement.GPUs(), arrangement.GPUs()-1
			}
		}
	}
	return p, nil
}

// everyChoice is all choices of all groups that fit in memory.
func (r *Question) everyChoice() (list []Choice, err error) {
	for _, g := range r.groups() {
		all, err := r.combinations(g, sim.Aggregated)
		if err != nil {
			return nil, err
		}
		for _, c := range all {
			_, parts, err := r.alone(&c, sim.Aggregated)
			if err == nil && parts.Memory.Fits() {
				list = append(list, c)
			}
		}
	}
	return list, nil
}

// withOtherSeeds is with how many of OtherSeeds a plan keeps the limits.
func (r *Question) withOtherSeeds(ctx context.Context, p *Sizing) (int, error) {
	var kept atomic.Int64
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(max(1, r.Jobs))
	for i := range OtherSeeds {
		work.Go(func() error {
			s, err := p.on(r.Scenario)
			if err != nil {
				return err
			}
			t, err := capacity.AttemptSeed(ctx, s, r.Objectives, SteadySeeds+i)
			if err == nil && t.Met() {
				kept.Add(1)
			}
			if r.OnTrial != nil {
				r.OnTrial()
			}
			return err
		})
	}
	err := work.Wait()
	return int(kept.Load()), err
}
