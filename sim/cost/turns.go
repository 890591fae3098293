package cost

import (
	"strings"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/arch"
)

// TwoBatches is the order in which the kernels of a step's halves take turns on the device, if a step may run
// in halves. Exchanges go on beside them, one after the other, and a kernel waits for what it needs of them.
type TwoBatches uint8

// Orders. A half's layer is attention and router, dispatch, experts and shared expert, combine.
const (
	NoHalves TwoBatches = iota
	// Alternate computes one half's attention after the other's, then one half's experts after the other's:
	// vLLM's v1/worker/ubatching.py, SGLang's operations_strategy.py for prompts.
	Alternate
	// SplitAttention has decode steps run one half's experts between the parts of the other's attention, before
	// what reads the cache and from there on, in five stages: SGLang's operations_strategy.py, as DeepSeek's
	// inference system overview (open-infra-index, day 6) has it. Prompts alternate.
	SplitAttention
)

// turns are the operators whose place in a half's layer decides what waits.
type turns struct {
	before []operator // of attention in a decode step, before what reads the cache
	beside []operator // shared experts, for which no exchange is needed
	layers int        // with experts
}

func turnsOf(operators []operator) (t turns) {
	mixer, read := "", false // the part of a layer at hand, and whether what reads state has come in it
	for _, o := range operators {
		if o.layer != mixer {
			mixer, read = o.layer, false
		}
		kind := rowsOf(o.op)
		switch {
		case o.category == AttentionCore:
			read = read || phaseOf(o.op) != arch.PrefillTokens
		case o.category == Projections && !read && (kind == arch.EveryToken || kind == arch.DecodeTokens):
			t.before = append(t.before, o)
		case o.category == MoELayers && strings.HasPrefix(o.op.OpName(), arch.SharedExpert):
			t.beside = append(t.beside, o)
		}
		if _, ok := o.op.(arch.Experts); ok {
			t.layers += o.count
		}
	}
	return t
}

// halfTimes is what both halves take of a step's layers with experts, the slowest rank's.
type halfTimes struct{ before, beside, experts, dispatch, combine units.Seconds }

// waits is how long the device computes nothing in the order, and the least that layers with experts take
// whatever attention takes from the cache on: the longest ways around that a kernel, the device or the
// network has to take until the same stands at the next layer's beginning. A step must be affine in its keys,
// and so ways through one half's attention alone count without that part: see TestTurns.
func (h *halfTimes) waits(order TwoBatches) (wait, least units.Seconds) {
	if order == SplitAttention { // the network is idle whenever an exchange begins
		wait = max(0, h.dispatch-h.beside-h.before)
		return wait, h.before + h.beside + h.experts + wait + h.combine
	}
	computing := h.experts + h.beside
	around := max(h.dispatch+h.combine, // both attentions, the second's dispatch, the first's combine
		h.experts+h.combine,           // both attentions, the first's experts and combine
		h.dispatch+h.experts+h.beside) // both attentions, the second's dispatch and experts
	alone := h.before + max( // the second's attention, and
		h.experts+h.experts+h.beside+h.combine, // both experts, its combine
		h.dispatch+h.combine+h.combine)         // its dispatch, both combines
	return max(0, units.Seconds(around/2)-computing), max(h.dispatch+h.combine, units.Seconds(alone/2))
}

// sharedInTurns is Model.shared in halves.
func (m *Model) sharedInTurns(s *sharedLoad) sharedTimes {
	h := m.inTurns(s)
	busy, order := h.experts, m.TwoBatches
	if s.mixed {
		h, order = h.slowed(m.slowing()), Alternate
	}
	waits, least := h.waits(order)
	return sharedTimes{m.stretched(busy), m.stretched(waits), m.stretched(least)}
}

// slowed is the same where an exchange of many tokens takes SMs away.
func (h halfTimes) slowed(times units.Seconds) halfTimes {
	h.before, h.beside, h.experts = h.before*times, h.beside*times, h.experts*times
	return h
}

// inTurns is what both halves of a load take, with what of it all ranks do together.
func (m *Model) inTurns(s *sharedLoad) (h halfTimes) {
	for i := range m.roles.shared {
		if o, ok := m.roles.shared[i].op.(arch.Experts); ok {
			layers := units.Seconds(m.roles.shared[i].count)
			dispatch, combine := m.exchangeTimes(o, *s)
			h.experts += units.Seconds(layers * m.expertsTime(o, *s))
			h.dispatch += units.Seconds(layers * dispatch)
			h.combine += units.Seconds(layers * combine)
		}
	}
	for i := range m.turns.beside {
		o := &m.turns.beside[i]
		h.beside += units.Seconds(units.Seconds(o.count) * m.rowTime(o.op, int64(s.fullest)))
	}
	if s.mixed { // only where all decode is it known what a rank does before
		return h
	}
	for i := range m.turns.before {
		o := &m.turns.before[i]
		share := units.Seconds(o.count*m.turns.layers) / units.Seconds(m.layers)
		h.before += units.Seconds(share * m.rowTime(o.op, int64(s.fullest)))
	}
	return h
}
