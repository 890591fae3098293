package cost

import (
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/sim/cost/kernels"
)

// Bound names what an operator's time is mostly made of.
type Bound string

// Bounds. An operator is bound by overhead where neither its arithmetic nor its memory traffic, at the data
// sheet's rates, makes up half of its time.
const (
	BoundCompute  Bound = "compute"
	BoundMemory   Bound = "memory"
	BoundNetwork  Bound = "network"
	BoundOverhead Bound = "overhead"
)

// OperatorTime is one operator's part of a step, on the slowest rank, over all layers that run it.
type OperatorTime struct {
	Layer    string // the part of a layer it belongs to: "attention", "moe", …; "host" for the engine's own time
	Name     string
	Category Category
	Count    int // layers that run it
	FLOPs    units.FLOPs
	Bytes    units.Bytes // memory traffic; for exchanges, what a rank sends
	Time     units.Seconds
	// of the arithmetic or the memory traffic, whichever takes longer at the data sheet's rates; 0 for exchanges
	Roof   units.Seconds
	Bound  Bound
	Format units.Format // what the tensor cores multiply
}

// Intensity is the operator's FLOPs for each byte of memory traffic, the abscissa of a roofline plot.
func (o *OperatorTime) Intensity() float64 {
	if o.Bytes == 0 {
		return 0
	}
	return float64(o.FLOPs) / float64(o.Bytes)
}

// stepLoads is a step as its slowest rank sees it.
type stepLoads struct {
	whole, batch arch.Load // the rank's load, and the part of it that passes at once
	all          sharedLoad
	pad          padding
}

// Breakdown opens a step up: one entry for each operator that took time, in the order in which a layer runs
// them, and the host's last. The entries add up to Step, but for its rounding to the clock.
func (m *Model) Breakdown(loads []arch.Load) []OperatorTime {
	if m.drafts != nil {
		return m.withDrafts(m.breakdown(m.verifying(nil, loads)), loads)
	}
	return m.breakdown(loads)
}

// breakdown is Breakdown of the step but for its drafts.
func (m *Model) breakdown(loads []arch.Load) []OperatorTime {
	if t := m.meter(); t.inHalves(loads) {
		return m.halved.breakdown(loads)
	}
	slowest, all, pad := m.slowest(loads)
	s := stepLoads{whole: loads[slowest], batch: m.batch(&loads[slowest]), all: all, pad: pad}
	var entries []OperatorTime
	passes := m.parts / m.Plan.PP // of halves two
	add := func(e OperatorTime, count int, each units.Seconds) {
		if each == 0 {
			return
		}
		e.Count = count
		e.Time = units.Seconds(m.imbalance) * units.Seconds(count) * each
		e.FLOPs *= units.FLOPs(count * passes)
		e.Bytes *= units.Bytes(count * passes)
		if e.Bound == "" {
			e.Roof, e.Bound = m.bound(&e)
		}
		entries = append(entries, e)
	}
	for i := range m.operators {
		o := &m.operators[i]
		e, each := m.entry(o, &s)
		add(e, o.count, each)
		if experts, routed := o.op.(arch.Experts); routed && all.tokens > 0 && !m.halves() {
			exchange, each := m.exchangeEntry(o.layer, experts, &all)
			add(exchange, o.count, each)
		}
	}
	gather, each := m.gatherEntry(&s.batch)
	add(gather, 1, each)
	send, each := m.transferEntry(max(int64(s.batch.Tokens()), pad.rows[arch.EveryToken]))
	add(send, 1, each)
	var device units.Seconds
	for _, e := range entries {
		device += e.Time
	}
	if exposed := m.exposed(device, all); exposed > 0 {
		device += exposed
		entries = append(entries, OperatorTime{Layer: "overlap", Name: "exposed_exchange", Category: Communication,
			Bound: BoundNetwork, Count: 1, Time: exposed})
	}
	return append(entries, m.hostEntry(loads, device))
}

// entry is an operator's part of a step in one layer, exchanges between expert-parallel ranks left out.
func (m *Model) entry(o *operator, s *stepLoads) (OperatorTime, units.Seconds) {
	e := OperatorTime{Layer: o.layer, Name: o.op.OpName(), Category: o.category, Format: m.format(o.op)}
	switch op := o.op.(type) {
	case arch.Experts:
		if s.all.tokens == 0 {
			return e, 0
		}
		work := m.expertsWork(op, s.all.tokens)
		e.FLOPs, e.Bytes = work.FLOPs, work.Bytes()
		return e, m.expertsTime(op, s.all)
	case arch.Reduce:
		rows := max(op.Rows.Of(&s.batch), s.pad.rows[op.Rows])
		if op.OverExperts {
			rows = int64(s.all.rows)
			if m.Plan.DP > 1 {
				return e, 0
			}
		}
		e.Bound = BoundNetwork
		e.Bytes = reduced(m.Plan.TP, m.tokenBytes(int(rows), op.Values))
		if rows == 0 {
			return e, 0
		}
		return e, m.reduceTime(m.Plan.TP, rows, op.Values)
	default:
		batch := s.pad.filled(s.batch, rowsOf(op))
		work := op.Work(&batch, &m.Plan.Precision)
		e.FLOPs, e.Bytes = work.FLOPs, work.Bytes()
		return e, m.ownTime(op, &s.whole, &batch)
	}
}

// expertsWork is the work of the rank that gets most tokens.
func (m *Model) expertsWork(o arch.Experts, tokens int) arch.Work {
	routing := m.Routing
	if routing == nil {
		routing = kernels.Uniform{}
	}
	at := routing.Spread(tokens, o.TopK, o.Experts, o.Ranks)
	mean := o.Work(&arch.Load{Decodes: tokens}, &m.Plan.Precision)
	at.Copies += float64(tokens * o.Shared)
	at.Experts += float64(o.Shared)
	// of the mean rank's tokens
	share := at.Copies * float64(o.Ranks) / float64(tokens*(o.TopK+o.Ranks*o.Shared))
	return arch.Work{
		FLOPs:       mean.FLOPs * units.FLOPs(share),
		WeightBytes: m.Plan.Precision.Of(arch.GroupExperts, o.Stored).Bytes(at.Experts * o.ExpertParams()),
		OtherBytes:  mean.OtherBytes * units.Bytes(share),
	}
}

// hostEntry is what a step takes beyond its operators: the engine's own time, and the device's waiting for
// the host.
func (m *Model) hostEntry(loads []arch.Load, device units.Seconds) OperatorTime {
	flying := batches{n: 1}
	for i := range loads {
		batch := m.batch(&loads[i])
		batch = m.inFlight(&loads[i], &batch)
		flying.add(&loads[i], &batch, m.Plan.PP)
	}
	least, extra := m.around(flying)
	return OperatorTime{Layer: "host", Name: "host", Category: Host, Count: 1, Bound: BoundOverhead,
		Time: max(extra.Seconds(), least.Seconds()-device)}
}

// slowest is the index of the rank that takes longest, the load that all ranks share, and what a graph adds.
func (m *Model) slowest(loads []arch.Load) (index int, all sharedLoad, pad padding) {
	t := m.meter()
	pad = t.padding(loads)
	longest := units.Picoseconds(-1)
	for i := range loads {
		batch := m.batch(&loads[i])
		all.add(batch.Tokens(), m.chosenBy(batch.Tokens(), &pad), &pad)
		all.mixed = all.mixed || loads[i].Chunks > 0
		if time := t.rank(&loads[i], &batch, &pad); time > longest {
			index, longest = i, time
		}
	}
	return index, all, pad
}

// ownTime is the time of one layer's operator that is the rank's own, for a load that passes in batches like
// batch.
func (m *Model) ownTime(op arch.Op, whole, batch *arch.Load) units.Seconds {
	if kind := rowsOf(op); kind != noRows {
		rows := kind.Of(batch)
		if rows == 0 {
			return 0
		}
		return m.rowTime(op, rows)
	}
	var t units.Seconds
	if batch.Decodes > 0 {
		fixed, slope, reach := m.decodeTime(op, batch.Decodes)
		share := units.Seconds(batch.Decodes) / units.Seconds(whole.Decodes)
		t += fixed + units.Seconds(slope*units.Seconds(whole.DecodeKeys[reach])*share)
	}
	if batch.Chunks > 0 {
		t += m.prefillTime(op, batch)
	}
	return t
}

// bound is the time under the device's roof, and what the operator's own time is mostly made of.
func (m *Model) bound(e *OperatorTime) (roof units.Seconds, bound Bound) {
	compute := units.Seconds(float64(e.FLOPs) / float64(m.Device.Peak[e.Format]))
	memory := units.Seconds(float64(e.Bytes) / float64(m.Device.Bandwidth))
	roof = max(compute, memory)
	switch {
	case roof < e.Time/2:
		return roof, BoundOverhead
	case compute > memory:
		return roof, BoundCompute
	default:
		return roof, BoundMemory
	}
}

// format is what the tensor cores multiply in an operator, one that they have: activations go into theirs
// only where weights are narrow too.
func (m *Model) format(op arch.Op) units.Format {
	p := &m.Plan.Precision
	weights := units.BF16
	switch o := op.(type) {
	case arch.GEMM:
		weights = p.Of(o.Group, o.Stored)
	case arch.Experts:
		weights = p.Of(arch.GroupExperts, o.Stored)
	}
	if f := p.ActivationsFor(weights); m.Device.Supports(f) {
		return f
	}
	return units.BF16
}
