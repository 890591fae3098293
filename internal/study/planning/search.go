package planning

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"golang.org/x/sync/errgroup"

	"github.com/roofserve/roofserve/internal/study/capacity"
	"github.com/roofserve/roofserve/scenarios"
	"github.com/roofserve/roofserve/sim"
)

// Sizing is an arrangement with the fewest replicas that serve the load.
type Sizing struct {
	Arrangement
	Trial      *capacity.Trial
	USDPerHour float64 // of all GPUs; 0 where no price is known
	Binding    capacity.Objective
	// Headroom is how far the binding latency stays below its limit, as a share of it.
	Headroom float64
	// Probability is the share of draws, of the laws' errors and of the workload's seed, in which every limit
	// is met; NaN where none was made.
	Probability float64
	Close       bool // whether it cannot be told from the best
}

// LeftOut is a choice that was not simulated, or not to its end, and why.
type LeftOut struct {
	Choice
	Role   sim.Role // of the pool that it would have been
	Reason string
	// AloneMS is the time of a step of one sequence where that is over Limit already; else 0.
	AloneMS float64
	Limit   capacity.Objective
}

// Answer is what a request found.
type Answer struct {
	Question *Question
	Plans    []Sizing  // that serve the load, the best first
	Trials   []Attempt // simulations, in order
	Bounding int       // further simulations, in which one of two pools had replicas in plenty
	Left     []LeftOut // choices that cannot be, or not with fewer GPUs than one that is found
	Nearest  *Attempt  // where no plan serves the load: the one that comes nearest; nil where none was simulated
	Worst    string    // and by which limit it fails, and by how much
}

// Simulations is the number of all simulations but the draws.
func (a *Answer) Simulations() int { return len(a.Trials) + a.Bounding }

// Attempt is one simulation.
type Attempt struct {
	Arrangement
	Trial *capacity.Trial
}

// group is what is searched for its own best: choices on the same device, format and engine.
type group struct{ device, weights, policy string }

// found is what a group's search gave.
type found struct {
	plans    []Sizing
	trials   []Attempt
	bounding int
	left     []LeftOut
}

// Find searches every group for the plan with the fewest GPUs, and puts them in the order of the goal.
func Find(ctx context.Context, r *Question) (*Answer, error) {
	a, err := r.searchAll(ctx)
	if err != nil || len(a.Plans) == 0 {
		return a, err
	}
	return a, a.weigh(ctx)
}

// searchAll is Find without draws.
func (r *Question) searchAll(ctx context.Context) (*Answer, error) {
	searches, err := r.searches()
	if err != nil {
		return nil, err
	}
	results := make([]found, len(searches))
	work, inner := errgroup.WithContext(ctx)
	work.SetLimit(max(1, r.Jobs))
	for i, search := range searches {
		work.Go(func() (err error) {
			results[i], err = search(inner)
			return err
		})
	}
	if err := work.Wait(); err != nil {
		return nil, err
	}
	a := &Answer{Question: r}
	for _, one := range results {
		a.Plans = append(a.Plans, one.plans...)
		a.Trials = append(a.Trials, one.trials...)
		a.Bounding += one.bounding
		a.Left = append(a.Left, one.left...)
	}
	slices.SortStableFunc(a.Plans, func(x, y Sizing) int {
		return cmp.Or(cmp.Compare(r.Goal.cost(&x), r.Goal.cost(&y)), cmp.Compare(y.Headroom, x.Headroom))
	})
	if len(a.Plans) == 0 {
		a.explain()
	}
	return a, nil
}

// searches are what has a best of its own: groups of whole requests, and pairs of them as pools.
func (r *Question) searches() ([]func(context.Context) (found, error), error) {
	var list []func(context.Context) (found, error)
	if len(r.Scenario.Pool) == 0 {
		for _, g := range r.groups() {
			list = append(list, func(ctx context.Context) (found, error) { return r.search(ctx, g) })
		}
	} else if _, _, err := r.Scenario.PrefillAndDecode(planSearch); err != nil {
		return nil, err
	}
	if !r.Pools && len(r.Scenario.Pool) == 0 {
		return list, nil
	}
	for _, prefill := range r.groups() {
		for _, decode := range r.groups() {
			if prefill.weights == decode.weights && prefill.policy == decode.policy {
				list = append(list, func(ctx context.Context) (found, error) {
					return r.searchPools(ctx, prefill, decode)
				})
			}
		}
	}
	return list, nil
}

// groups are all combinations of devices, formats and engines.
func (r *Question) groups() []group {
	orOwn := func(list []string) []string {
		if len(list) == 0 {
			return []string{""}
		}
		return list
	}
	var list []group
	for _, device := range orOwn(r.Devices) {
		for _, weights := range orOwn(r.Formats) {
			for _, policy := range orOwn(r.Policies) {
				list = append(list, group{device, weights, policy})
			}
		}
	}
	return list
}

// search finds the plans of a group, each with fewer GPUs than all before it or as many.
func (r *Question) search(ctx context.Context, g group) (found, error) {
	choices, left, err := r.gather(g, sim.Aggregated)
	f := found{left: left}
	if err != nil {
		return f, err
	}
	limit := r.MaxGPUs
	for i := range choices {
		c := &choices[i]
		most := limit / c.PerReplica()
		if most == 0 {
			f.left = append(f.left, LeftOut{Choice: c.Choice, Role: sim.Aggregated, Reason: fmt.Sprintf("one replica takes more than the %d GPUs of a plan that is found", limit)})
			continue
		}
		plan, err := r.fewest(ctx, c, most, &f)
		if err != nil {
			return f, err
		}
		if plan == nil {
			f.left = append(f.left, LeftOut{Choice: c.Choice, Role: sim.Aggregated,
				Reason: fmt.Sprintf("does not serve the load with %d GPUs", most*c.PerReplica())})
			continue
		}
		limit = plan.GPUs()
		f.plans = append(f.plans, *plan)
	}
	return f, nil
}

// fewest finds the fewest replicas of a choice that serve the load, of at most so many; nil where these do
// not.
func (r *Question) fewest(ctx context.Context, c *choice, most int, f *found) (*Sizing, error) {
	try := func(replicas int) (*capacity.Trial, error) {
		return r.attempt(ctx, f, Arrangement{Choice: c.Choice, Replicas: replicas})
	}
	enough, best, err := r.least(most, len(f.plans) > 0, try)
	if err != nil || best == nil {
		return nil, err
	}
	a := Arrangement{Choice: c.Choice, Replicas: enough}
	return r.sized(a, best, c.price*float64(a.GPUs())), nil
}

// attempt simulates an arrangement, and keeps what came of it.
func (r *Question) attempt(ctx context.Context, f *found, a Arrangement) (*capacity.Trial, error) {
	t, err := r.simulate(ctx, &a)
	if err == nil {
		f.trials = append(f.trials, Attempt{a, t})
	}
	return t, err
}

// simulate simulates an arrangement, with further seeds where it keeps the limits by little.
func (r *Question) simulate(ctx context.Context, a *Arrangement) (*capacity.Trial, error) {
	s, err := a.on(r.Scenario)
	if err != nil {
		return nil, err
	}
	t, err := capacity.Attempt(ctx, s, r.Objectives, float64(a.Replicas))
	if err == nil && t.Met() && r.near(t) {
		err = r.reseed(ctx, s, t)
	}
	if err == nil && r.OnTrial != nil {
		r.OnTrial()
	}
	return t, err
}

// sized is an arrangement that serves the load.
func (r *Question) sized(a Arrangement, t *capacity.Trial, usdPerHour float64) *Sizing {
	p := &Sizing{Arrangement: a, Trial: t, USDPerHour: usdPerHour, Probability: math.NaN()}
	p.Binding, p.Headroom = binding(t, r.Objectives)
	return p
}

// binding is the objective that is nearest to its limit, and how far it stays below as a share of it.
func binding(t *capacity.Trial, objectives []capacity.Objective) (nearest capacity.Objective,
	headroom float64) {
	headroom = math.Inf(1)
	for _, o := range objectives {
		if left := 1 - t.Metrics[o.Subject()]/o.Limit; left < headroom {
			nearest, headroom = o, left
		}
	}
	return nearest, headroom
}

// cost is what the goal wants least of.
func (g Goal) cost(p *Sizing) float64 {
	switch g {
	case LeastPrice:
		if p.USDPerHour > 0 {
			return p.USDPerHour
		}
		return math.Inf(1) // unknown prices come last
	case GoodputPerGPU:
		return -p.Trial.Goodput() / float64(p.GPUs())
	default:
		return float64(p.GPUs())
	}
}

// where is a choice's device and how it is divided.
func (c *Choice) where() string {
	return fmt.Sprintf("%d × %s", c.PerReplica(), cmp.Or(c.GPU, c.Device))
}

// explain finds the attempt that comes nearest to serving the load, or of choices that cannot the quickest.
func (a *Answer) explain() {
	least := math.Inf(1)
	for i := range a.Left {
		if l := &a.Left[i]; l.AloneMS > 0 && l.AloneMS/l.Limit.Limit < least {
			least = l.AloneMS / l.Limit.Limit
			a.Worst = fmt.Sprintf("one sequence alone takes %.3g ms a token on %s, %.1f times the limit", l.AloneMS, l.where(), least)
		}
	}
	least = math.Inf(1)
	for i := range a.Trials {
		t := a.Trials[i].Trial
		if t.Run == nil {
			continue
		}
		limit, headroom := binding(t, a.Question.Objectives)
		if -headroom < least {
			least = -headroom
			a.Nearest = &a.Trials[i]
			l, statistic := scenarios.LatencyOf(limit.Metric)
			whose := ""
			if limit.Class != "" {
				whose = " of " + limit.Class
			}
			a.Worst = fmt.Sprintf("%s %s%s is %.4g ms, %.1f times its limit", statistic, l.Short, whose, t.Metrics[limit.Subject()], 1-headroom)
			if headroom > 0 {
				a.Worst = t.Failures[0]
			}
		}
	}
}
