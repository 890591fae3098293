package scenarios

import (
	"math"
	"slices"
	"strconv"
	"sync"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim"
	"github.com/roofserve/roofserve/sim/order"
	"github.com/roofserve/roofserve/workloads"
)

// defaultAging is how many tokens of declared output a second of waiting outweighs: about what a sequence is
// given in one, so that a request is overtaken for no longer than its answer takes.
const defaultAging = 50

// orderKeys are the keys of [engine] about how waiting requests stand.
var orderKeys = []key{{
	name: "order", names: oneOf("order", order.Names()...),
	unset: "`fcfs`, first come, first served",
	does: "How waiting requests stand, of which the scheduler admits the first. With `priority` the smallest number " +
		"goes first (`scheduling_policy`): see `workload.columns` and `workload.urgent_share`. With `sjf` the shortest " +
		"declared answer does (its own, where a trace declares none): see `order_aging`. With `edf` it is the request " +
		"whose first token is due first by `ttft_ms` of `[slo]`, or of the `[[slo.class]]` that it is of; one without " +
		"such a limit comes last. In these three, under vLLM, the last of all that run gives way where blocks run out.",
	example: `"shortest_prompt"`,
}, {
	name: "order_aging", unit: "tokens/s", within: between(0, 1e6), unset: strconv.Itoa(defaultAging),
	does: "With `order` = `sjf`, how many tokens of declared answer a second of waiting outweighs, so that a long one is " +
		"overtaken only by those that come soon after it; with 0 it waits for as long as shorter ones come.",
	example: "100.0",
}}

// resolveOrder completes the order of waiting requests.
func (s *Scenario) resolveOrder(*Parts) error {
	e := &s.Engine
	if e.Order != order.ShortestJob {
		if e.OrderAging != nil {
			return s.source.fault("engine.order_aging", "means nothing where the order does not go by answers", `set order = "sjf"`)
		}
		return nil
	}
	if e.OrderAging == nil {
		aging := float64(defaultAging)
		e.OrderAging = &aging
	}
	return nil
}

// checkDeadlines refuses an order by deadlines that nobody has.
func (s *Scenario) checkDeadlines() error {
	if !s.hurries() || s.SLO.patient() {
		return nil
	}
	return s.source.faultf(s.blamed("engine.order"), "set slo.ttft_ms, or ttft_ms of a [[slo.class]]",
		"%q goes by deadlines of first tokens, and there are none", order.Deadline)
}

// hurries tells whether requests stand by deadlines anywhere.
func (s *Scenario) hurries() bool {
	return s.Engine.Order == order.Deadline ||
		slices.ContainsFunc(s.Pool, func(p Pool) bool { return p.Engine.Order == order.Deadline })
}

// patient tells whether there is a limit on first tokens.
func (o *SLO) patient() bool {
	return o.TTFT > 0 || slices.ContainsFunc(o.Classes, func(c SLOClass) bool { return c.TTFT > 0 })
}

// evenly tells that all requests have the same limit on first tokens.
func (o *SLO) evenly() bool {
	return !slices.ContainsFunc(o.Classes, func(c SLOClass) bool { return c.TTFT > 0 && c.TTFT != o.TTFT })
}

// token is how long a wait is that a token of declared output outweighs; 0 is for ever.
func (e *Engine) token() units.Picoseconds {
	if e.OrderAging == nil || *e.OrderAging == 0 {
		return 0
	}
	return units.Picoseconds(min(math.Round(1e12 / *e.OrderAging), 1e18))
}

// patience knows for how long clients of requests wait for first tokens. Replicas that are simulated side by
// side ask while the source is read, and after a gateway has given a request up.
type patience struct {
	mu     sync.RWMutex
	names  []workloads.ClassName
	limits []units.Picoseconds // of the classes, and of requests of none of them
	of     []uint16            // by request, which of them
}

// limit is a request's.
func (p *patience) limit(request int) units.Picoseconds {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.limits[p.of[request]]
}

// note takes note of a request's class.
func (p *patience) note(_ int, r *workloads.Request) {
	i := slices.Index(p.names, r.Class)
	if i < 0 {
		i = len(p.names)
	}
	p.mu.Lock()
	p.of = append(p.of, uint16(i))
	p.mu.Unlock()
}

// watchPatience notes the classes of a source's requests where an order goes by deadlines; it is nil in
// others.
func (b *Built) watchPatience() *patience {
	if !b.Scenario.hurries() {
		return nil
	}
	p, o := &patience{}, &b.Scenario.SLO
	limit := func(ms float64) { p.limits = append(p.limits, units.Seconds(ms/1e3).Picoseconds()) }
	for i := range o.Classes {
		p.names = append(p.names, workloads.ClassNamed(o.Classes[i].Name))
		limit(o.Classes[i].of(o).TTFT)
	}
	limit(o.TTFT)
	b.source = workloads.Watch(b.source, p.note)
	return p
}

// tell gives pools the limits on first tokens.
func (p *patience) tell(pools []sim.Pool) {
	for i := range pools {
		if p != nil && pools[i].Order == order.Deadline {
			pools[i].Basis.Patience = p.limit
		}
	}
}
