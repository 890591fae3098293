package planning

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/roofserve/roofserve/internal/study/capacity"
	"github.com/roofserve/roofserve/sim"
)

// pools is a search over a prefill and a decode pool. It begins with what a pool needs where the other has
// replicas in plenty, since no pair of plans does with less.
type pools struct {
	*Question
	found
	sides [2]side
	limit float64 // cost of the cheapest pair that is found
	seen  map[[2]int]bool
}

// The two sides.
const (
	prompts = iota
	answers
)

// side is one of the two pools.
type side struct {
	role    sim.Role
	choices []choice
	costs   []float64   // of a replica of each choice
	plenty  Arrangement // of the choice that is quickest alone
	needs   map[int]int // replicas of a choice beside plenty of the other pool
	vain    map[int]int // replicas of a choice that were too few
	least   float64     // cost of the cheapest choice with what it needs
}

// searchPools finds the cheapest pairs of a prefill pool of one group and a decode pool of another.
func (r *Question) searchPools(ctx context.Context, prefill, decode group) (found, error) {
	p := &pools{Question: r, limit: math.Inf(1), seen: map[[2]int]bool{}}
	for i, of := range []struct {
		group
		sim.Role
	}{prompts: {prefill, sim.Prefill}, answers: {decode, sim.Decode}} {
		choices, left, err := r.gather(of.group, of.Role)
		if err != nil {
			return p.found, err
		}
		p.left = append(p.left, left...)
		p.sides[i] = side{role: of.Role, choices: choices, needs: map[int]int{}, vain: map[int]int{},
			least: math.Inf(1)}
	}
	if len(p.sides[prompts].choices) == 0 || len(p.sides[answers].choices) == 0 {
		return p.found, nil
	}
	p.price()
	enough, err := p.plentyServes(ctx)
	if err == nil && enough {
		err = p.pair(ctx)
	}
	p.explainLeft()
	return p.found, err
}

// price finds what a replica of each choice costs by the goal, and what is plenty of each pool.
func (p *pools) price() {
	priced := p.Goal == LeastPrice
	for i := range p.sides {
		priced = priced && !slices.ContainsFunc(p.sides[i].choices, func(c choice) bool { return c.price == 0 })
	}
	for i := range p.sides {
		s := &p.sides[i]
		quickest := slices.MinFunc(s.choices, func(a, b choice) int { return cmp.Compare(a.aloneMS, b.aloneMS) })
		s.plenty = Arrangement{Choice: quickest.Choice, Replicas: max(1, p.MaxGPUs/quickest.PerReplica())}
		for _, c := range s.choices {
			cost := float64(c.PerReplica())
			if priced {
				cost *= c.price
			}
			s.costs = append(s.costs, cost)
		}
	}
}

// together is an arrangement of two pools.
func together(prefill, decode Arrangement) Arrangement {
	decode.Prefill = &prefill
	return decode
}

// plentyServes tells whether plenty of both pools serves the load. Where it does not, an even division of the
// GPUs is tried, so that the answer can say what stands in the way.
func (p *pools) plentyServes(ctx context.Context) (bool, error) {
	both := together(p.sides[prompts].plenty, p.sides[answers].plenty)
	t, err := p.unqueued(ctx, &both)
	p.bounding++
	if err != nil || t.Met() {
		return err == nil, err
	}
	even := both
	even.Prefill = &Arrangement{Choice: both.Prefill.Choice, Replicas: max(1, both.Prefill.Replicas/2)}
	even.Replicas = max(1, both.Replicas/2)
	if even.GPUs() <= p.MaxGPUs {
		_, err = p.attempt(ctx, &p.found, even)
	}
	return false, err
}

// pair tries pairs of the choices that need least, and then those that might be as cheap as what is found.
func (p *pools) pair(ctx context.Context) error {
	for {
		for i := range p.sides {
			if err := p.bound(ctx, i); err != nil {
				return err
			}
		}
		before := len(p.seen)
		if err := p.tryPairs(ctx); err != nil {
			return err
		}
		if len(p.seen) == before {
			return nil
		}
	}
}

// bound finds what each choice of a side needs beside plenty of the other pool, as far as a pair with it may
// be as cheap as the cheapest that is known.
func (p *pools) bound(ctx context.Context, i int) error {
	s, other := &p.sides[i], &p.sides[1-i]
	for n := range s.choices {
		c := &s.choices[n]
		budget := s.least
		if len(p.seen) > 0 {
			budget = p.limit - other.least
		}
		most := (p.MaxGPUs - 1) / c.PerReplica()
		if spent := budget/s.costs[n] + rounding; spent < float64(most) {
			most = int(spent)
		}
		if s.needs[n] > 0 || most <= s.vain[n] {
			continue
		}
		replicas, _, err := p.least(most, !math.IsInf(budget, 1), func(replicas int) (*capacity.Trial, error) {
			p.bounding++
			own := [2]Arrangement{prompts: p.sides[prompts].plenty, answers: p.sides[answers].plenty}
			own[i] = Arrangement{Choice: c.Choice, Replicas: replicas}
			both := together(own[prompts], own[answers])
			return p.unqueued(ctx, &both)
		})
		if err != nil {
			return err
		}
		if replicas == 0 {
			s.vain[n] = most
			continue
		}
		s.needs[n] = replicas
		s.least = min(s.least, float64(replicas)*s.costs[n])
	}
	return nil
}

// unqueued simulates an arrangement in which a pool is plenty. Whether the other's queue grows tells nothing
// of pairs with less, of which the first spreads the requests that come at once.
func (p *pools) unqueued(ctx context.Context, a *Arrangement) (*capacity.Trial, error) {
	t, err := p.simulate(ctx, a)
	if err != nil {
		return nil, err
	}
	return t.WithoutQueue(), nil
}

// rounding makes up for what is lost where prices are added and divided.
const rounding = 1e-9

// tryPairs tries all pairs of choices whose needs are known, those that may be cheapest first.
func (p *pools) tryPairs(ctx context.Context) error {
	type pairing struct {
		of    [2]int
		needs float64
	}
	var list []pairing
	for n, replicas := range p.sides[prompts].needs {
		for m, others := range p.sides[answers].needs {
			of := [2]int{n, m}
			list = append(list, pairing{of, p.cost(of, [2]int{replicas, others})})
		}
	}
	slices.SortFunc(list, func(a, b pairing) int {
		return cmp.Or(cmp.Compare(a.needs, b.needs), slices.Compare(a.of[:], b.of[:]))
	})
	for _, q := range list {
		if p.seen[q.of] || q.needs > p.limit+rounding {
			continue
		}
		p.seen[q.of] = true
		if err := p.cheapest(ctx, q.of); err != nil {
			return err
		}
	}
	return nil
}

// cheapest finds the cheapest numbers of replicas with which a pair of choices serves the load, at no more
// than what is known costs, and notes it as a plan.
func (p *pools) cheapest(ctx context.Context, of [2]int) error {
	found, err := p.lattice(of).cheapest(func(at point) (*capacity.Trial, error) {
		return p.attempt(ctx, &p.found, p.arranged(of, at.replicas))
	})
	if err != nil || found == nil {
		return err
	}
	p.limit = found.cost
	usd := p.usdPerHour(of, found.replicas)
	p.plans = append(p.plans, *p.sized(p.arranged(of, found.replicas), found.trial, usd))
	return nil
}

// usdPerHour is the price of an hour of all replicas of a pair; 0 where a device has none.
func (p *pools) usdPerHour(of, replicas [2]int) (sum float64) {
	for i := range p.sides {
		c := &p.sides[i].choices[of[i]]
		if c.price == 0 {
			return 0
		}
		sum += float64(c.price * float64(c.PerReplica()*replicas[i]))
	}
	return sum
}

// arranged is a pair of choices with so many replicas each.
func (p *pools) arranged(of, replicas [2]int) Arrangement {
	var list [2]Arrangement
	for i := range list {
		list[i] = Arrangement{Choice: p.sides[i].choices[of[i]].Choice, Replicas: replicas[i]}
	}
	return together(list[prompts], list[answers])
}

// cost is that of a pair of choices with so many replicas each.
func (p *pools) cost(of, replicas [2]int) (sum float64) {
	for i := range p.sides {
		sum += float64(float64(replicas[i]) * p.sides[i].costs[of[i]])
	}
	return sum
}

// lattice is every number of replicas of a pair that may be cheaper than what is known, or as cheap.
func (p *pools) lattice(of [2]int) *lattice {
	a, b := &p.sides[prompts], &p.sides[answers]
	one, other := a.choices[of[prompts]].PerReplica(), b.choices[of[answers]].PerReplica()
	corner := [2]int{a.needs[of[prompts]], b.needs[of[answers]]}
	return &lattice{next: inOrder(corner, func(replicas [2]int) (float64, bool) {
		cost := p.cost(of, replicas)
		return cost, cost <= p.limit+rounding && replicas[0]*one+replicas[1]*other <= p.MaxGPUs
	})}
}

// explainLeft says of each choice that no plan has why that is.
func (p *pools) explainLeft() {
	used := [2]map[Choice]bool{{}, {}}
	for i := range p.plans {
		used[prompts][p.plans[i].Prefill.Choice], used[answers][p.plans[i].Choice] = true, true
	}
	for i := range p.sides {
		s := &p.sides[i]
		for n, c := range s.choices {
			reason := "does not serve the load as a pool, whatever the other has"
			if most := s.vain[n]; most > 0 {
				reason = fmt.Sprintf("does not serve the load with %d GPUs of a pool, whatever the other has", most*c.PerReplica())
			}
			if replicas := s.needs[n]; replicas > 0 {
				reason = fmt.Sprintf("takes %d GPUs of a pool, too many for a pair that is found", replicas*c.PerReplica())
			}
			if !used[i][c.Choice] {
				p.left = append(p.left, LeftOut{Choice: c.Choice, Role: s.role, Reason: reason})
			}
		}
	}
}
