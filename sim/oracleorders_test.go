package sim

import (
	"cmp"
	"slices"

	"pgregory.net/rapid"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/order"
)

// stand puts the waiting ones into their order.
func (r *oracleRank) stand() {
	if compare := r.pool.order(); compare != nil {
		slices.SortFunc(r.waiting, compare)
	}
}

// standing is behind how many of the running ones a job stands in the order.
func (r *oracleRank) standing(j *job) (n int) {
	for _, other := range r.running {
		if compare := r.pool.order(); compare != nil && compare(other, j) < 0 {
			n++
		}
	}
	return n
}

// order compares jobs; nil where they stand as they came.
func (o *oraclePool) order() func(a, b *job) int {
	switch o.c.Order {
	case order.Priority:
		return func(a, b *job) int { return cmp.Or(a.priority-b.priority, a.Index-b.Index) }
	case order.ShortestPrompt:
		return func(a, b *job) int { return cmp.Or(a.Input-b.Input, a.Index-b.Index) }
	case order.ShortestJob:
		return o.shorter
	case order.Deadline:
		return o.sooner
	}
	return nil
}

// shorter compares what jobs declare, of which what they have waited is taken off.
func (o *oraclePool) shorter(a, b *job) int {
	longer := a.maxOutput - b.maxOutput
	if token := o.c.Basis.Token; token > 0 {
		longer = cmp.Compare(units.Picoseconds(longer)*token, b.Arrival-a.Arrival)
	}
	return cmp.Or(longer, a.Index-b.Index)
}

// sooner compares when jobs' clients have waited for long enough. Who waits for ever comes last.
func (o *oraclePool) sooner(a, b *job) int {
	due := func(j *job) units.Picoseconds {
		if wait := o.c.Basis.Patience; wait != nil && wait(j.Index) > 0 {
			return j.Arrival + wait(j.Index)
		}
		return units.Forever
	}
	return cmp.Or(cmp.Compare(due(a), due(b)), a.Index-b.Index)
}

// formerOrders are those that there were when the seeds of regressions were found.
var formerOrders = []string{order.FCFS, order.Priority, order.ShortestPrompt}

// prefilling draws how prompts share steps where engines leave that open.
func prefilling(t *rapid.T, p *Pool) {
	p.Limits.PrefillMaxRequests = rapid.SampledFrom([]int{0, 0, 1, 3}).Draw(t, "requests a step")
	p.Limits.EqualProgress = rapid.Bool().Draw(t, "equal progress")
}

// ordering draws an order by what requests declare and how long they are waited for, and how prompts share
// steps.
func ordering(t *rapid.T, p *Pool) {
	prefilling(t, p)
	p.Basis.Token = units.Picoseconds(rapid.SampledFrom([]int{0, 1, 1000, 50_000}).Draw(t, "a token outweighs"))
	waits := rapid.SampledFrom([]int{0, 1, 5000, 300_000}).Draw(t, "clients wait")
	if waits > 0 {
		p.Basis.Patience = func(request int) units.Picoseconds { return units.Picoseconds(request % 3 * waits) }
	}
	if rapid.SampledFrom([]bool{false, false, true}).Draw(t, "by declaration") {
		p.Order = rapid.SampledFrom([]string{order.ShortestJob, order.Deadline}).Draw(t, "order by declaration")
	}
}
