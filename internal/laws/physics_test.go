package laws

import (
	"math"
	"slices"

	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/sim/cost"
)

// rounding of a step's time to the clock, and of its parts.
const rounding = 1e-6

// checkSteps times random steps of the scenario's model: none is faster than the device's data sheet allows,
// and the parts into which it is broken down add up to it and do the work that was counted by hand.
func (f *faults) checkSteps(d dice, o *outcome) {
	r, p, err := o.Scenario.Resolve()
	if err != nil {
		f.add("a resolved scenario does not resolve: %v", err)
		return
	}
	m, err := r.CostModel(p)
	if err != nil {
		f.add("no cost model: %v", err)
		return
	}
	for range 3 {
		f.checkStep(newStep(d), m)
	}
}

func (f *faults) checkStep(s step, m *cost.Model) {
	least, err := floorOf(m.Config.Model, m.Device, m.Plan, s, cost.Graphs{})
	if err != nil {
		f.add("%v", err)
		return
	}
	filled, err := floorOf(m.Config.Model, m.Device, m.Plan, s, m.Graphs)
	if err != nil {
		f.add("%v", err)
		return
	}
	loads := make([]arch.Load, m.Plan.DP)
	for i := range loads {
		loads[i] = s.load(m.Reaches())
	}
	took := m.Step(loads)
	if float64(took) < float64(least.time)*(1-rounding) {
		f.add("%+v takes %d ps; the data sheet allows no less than %d", s, took, least.time)
	}
	var sum units.Seconds
	var flops, bytes float64
	for _, e := range m.Breakdown(loads) {
		sum += e.Time
		if e.Bound != cost.BoundNetwork {
			flops += float64(e.FLOPs)
			bytes += float64(e.Bytes)
		}
		f.checkRoof(s, &e, m.Device)
	}
	// A key's time is rounded to the clock's picosecond before it is multiplied by the keys, of each reach.
	clock := 0.51 * float64(s.decodes*s.context*len(m.Reaches()))
	if gap := math.Abs(float64(sum)*1e12 - float64(took)); gap > clock+rounding*float64(took) {
		f.add("%+v takes %d ps, its parts %v", s, took, sum)
	}
	if flops < least.flops*(1-rounding) || bytes < least.bytes*(1-rounding) {
		f.add("%+v: %v FLOPs and %v bytes; by hand at least %v and %v", s, flops, bytes, least.flops, least.bytes)
	}
	if exactly(m.Config.Model, s) && math.Abs(flops/filled.flops-1) > 1e-3 {
		f.add("%+v: %v FLOPs; by hand %v", s, flops, filled.flops)
	}
}

// fewKeyed read less of the cache than goes in and comes out: an entry for each few hundred tokens, or one
// narrow key for all heads.
var fewKeyed = []string{"global_attention", "entries_attention", "window_attention"}

// checkRoof: no operator is faster than the data sheet allows. Those with small matrices read activations
// from the cache, which the roof counts as memory's.
func (f *faults) checkRoof(s step, e *cost.OperatorTime, d *hw.Device) {
	peak := max(d.Peak[units.BF16], d.Peak[e.Format])
	core := e.Category == cost.AttentionCore
	if core { // some kernels multiply an fp8 cache as it is
		peak = max(peak, d.Peak[units.FP8])
	}
	roof := float64(e.FLOPs) / float64(peak)
	fewRows := e.Name == "experts" && s.decodes <= 3
	fewKeys := slices.Contains(fewKeyed, e.Name)
	if s.piece == 0 && (core && s.context >= 2000 && !fewKeys || fewRows) {
		// but for what goes in and comes out, less than a tenth here
		roof = max(roof, 0.9*float64(e.Bytes)/float64(d.Bandwidth))
	}
	if float64(e.Time) < roof*(1-rounding) {
		f.add("%+v: %s %s takes %v s, the data sheet allows no less than %v", s, e.Layer, e.Name, e.Time, roof)
	}
}

// exactly tells whether the count by hand is the whole arithmetic: no router decides how unevenly experts
// work, no latent is expanded again, no recurrence runs, and no score is computed for keys that are then left
// out.
func exactly(m *arch.Model, s step) bool {
	for _, b := range m.Stack {
		if arch.ExpertsOf(b.FFN) != nil {
			return false
		}
		switch b.Mixer.(type) {
		case nil, *arch.MultiHead:
		case *arch.MLA:
			if s.cached > 0 {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// checkPace: no request is answered faster than the device allows a batch of one.
func (f *faults) checkPace(o *outcome) {
	p := o.Parts
	for i := range o.finished {
		q := &o.finished[i]
		if q.Failed || q.Output < 2 || i >= 10 {
			continue
		}
		next := step{decodes: 1, context: q.Input + 1, alone: true}
		token, err := floorOf(p.Model, p.Device, p.Plan, next, cost.Graphs{})
		if err != nil {
			f.add("%v", err)
			return
		}
		pace := float64(q.LastToken-q.FirstToken) / float64(q.Output-1)
		if pace < float64(token.time)*(1-rounding) {
			f.add("request %d gets a token each %v ps; the data sheet allows no less than %d", q.Index, pace, token.time)
		}
		work := step{piece: q.Input - q.Cached, cached: q.Cached, alone: true}
		prompt, err := floorOf(p.Model, p.Device, p.Plan, work, cost.Graphs{})
		if err != nil {
			f.add("%v", err)
			return
		}
		if p.Plan.PP == 1 && float64(q.FirstToken-q.Arrival) < float64(prompt.time)*(1-rounding) {
			f.add("request %d of %d tokens gets its first after %d ps; the data sheet allows no less than %d",
				q.Index, q.Input, q.FirstToken-q.Arrival, prompt.time)
		}
	}
}

// checkUtilisation: all requests together took no less than their arithmetic at the data sheet's rate on all
// GPUs.
func (f *faults) checkUtilisation(s *draw, o *outcome) {
	p := o.Parts
	whole := p.Plan
	whole.TP, whole.PP, whole.DP, whole.EP, whole.CP = 1, 1, 1, 1, 1
	c, err := count(p.Model, whole)
	if err != nil {
		f.add("%v", err)
		return
	}
	weights := c.experts
	for _, w := range c.dense {
		weights += w.weights
	}
	tokens := 0.0 // that a forward pass computed: the last of each answer is not fed back
	for i := range o.finished {
		if q := &o.finished[i]; !q.Failed {
			tokens += float64(q.Input - q.Cached + q.Output - 1)
		}
	}
	fastest := 0.0
	for _, peak := range p.Device.Peak {
		fastest = max(fastest, float64(peak))
	}
	gpus := float64(s.tp * s.pp * s.dp * s.cp * s.replicas)
	seconds := float64(o.Result.Duration) / 1e12
	if used := 2 * weights * tokens / (fastest * gpus * seconds); seconds > 0 && used > 1 {
		f.add("the tensor cores are used to %v of their peak", used)
	}
}
