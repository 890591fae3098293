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
)

// Sizing is a choice with the fewest replicas that serve the load.
type Sizing struct {
	Choice
	Replicas   int
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

// GPUs of all replicas.
func (p *Sizing) GPUs() int { return p.Choice.GPUs() * p.Replicas }

// LeftOut is a choice that was not simulated, or not to its end, and why.
type LeftOut struct {
	Choice
	Reason string
}

// Answer is what a request found.
type Answer struct {
	Question *Question
	Plans    []Sizing  // that serve the load, the best first
	Trials   []Attempt // every simulation, in order
	Left     []LeftOut // choices that cannot be, or not with fewer GPUs than one that is found
	Nearest  *Attempt  // where no plan serves the load: the one that comes nearest
	Worst    string    // and by which limit it fails, and by how much
}

// Attempt is one simulation.
type Attempt struct {
	Choice
	Replicas int
	Trial    *capacity.Trial
}

// group is what is searched for its own best: choices on the same device, format and engine.
type group struct{ device, weights, policy string }

// found is what a group's search gave.
type found struct {
	plans  []Sizing
	trials []Attempt
	left   []LeftOut
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
	if err := r.Scenario.OnePool("a search over plans"); err != nil {
		return nil, err
	}
	groups := r.groups()
	results := make([]found, len(groups))
	work, inner := errgroup.WithContext(ctx)
	work.SetLimit(max(1, r.Jobs))
	for i, g := range groups {
		work.Go(func() (err error) {
			results[i], err = r.search(inner, g)
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
	choices, left, err := r.gather(g)
	f := found{left: left}
	if err != nil {
		return f, err
	}
	limit := r.MaxGPUs
	for i := range choices {
		c := &choices[i]
		most := limit / c.GPUs()
		if most == 0 {
			f.left = append(f.left, LeftOut{c.Choice, fmt.Sprintf("one replica takes more than the %d GPUs of a plan that is found", limit)})
			continue
		}
		plan, err := r.fewest(ctx, c, most, &f)
		if err != nil {
			return f, err
		}
		if plan == nil {
			f.left = append(f.left, LeftOut{c.Choice, fmt.Sprintf("does not serve the load with %d GPUs", most*c.GPUs())})
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
		s, err := c.on(r.Scenario, replicas)
		if err != nil {
			return nil, err
		}
		t, err := capacity.Attempt(ctx, s, r.Objectives, float64(replicas))
		if err != nil {
			return nil, err
		}
		f.trials = append(f.trials, Attempt{c.Choice, replicas, t})
		if r.OnTrial != nil {
			r.OnTrial()
		}
		return t, nil
	}
	few, enough, best, err := bracket(most, len(f.plans) > 0, try)
	if err != nil || best == nil {
		return nil, err
	}
	for enough-few > 1 {
		middle := (few + enough) / 2
		t, err := try(middle)
		if err != nil {
			return nil, err
		}
		if t.Met() {
			enough, best = middle, t
		} else {
			few = middle
		}
	}
	p := &Sizing{Choice: c.Choice, Replicas: enough, Trial: best, Probability: math.NaN()}
	p.USDPerHour = c.price * float64(p.GPUs())
	p.Binding, p.Headroom = binding(best, r.Objectives)
	return p, nil
}

// bracket finds a number of replicas that serve the load and a smaller one, or 0, that do not. Where a plan
// is found already, only as few as that takes are of interest, and their number is tried at once.
func bracket(most int, known bool, try func(int) (*capacity.Trial, error)) (few, enough int,
	met *capacity.Trial, err error) {
	enough = 1
	if known {
		enough = most
	}
	for {
		t, err := try(enough)
		if err != nil || t.Met() {
			return few, enough, t, err
		}
		if enough == most {
			return few, enough, nil, nil
		}
		few, enough = enough, min(2*enough, most)
	}
}

// binding is the objective that is nearest to its limit, and how far it stays below as a share of it.
func binding(t *capacity.Trial, objectives []capacity.Objective) (nearest capacity.Objective,
	headroom float64) {
	headroom = math.Inf(1)
	for _, o := range objectives {
		if left := 1 - t.Metrics[o.Metric]/o.Limit; left < headroom {
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

// explain finds the attempt that comes nearest to serving the load.
func (a *Answer) explain() {
	least := math.Inf(1)
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
			a.Worst = fmt.Sprintf("%s %s is %.4g ms, %.1f times its limit", statistic, l.Short, t.Metrics[limit.Metric], 1-headroom)
			if headroom > 0 {
				a.Worst = t.Failures[0]
			}
		}
	}
}
