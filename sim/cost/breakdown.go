package cost

import (
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/arch"
)

// Bound names what an operator's time is mostly made of.
type Bound string

// Bounds. An operator is bound by overhead where neither its arithmetic nor its memory traffic, at the data sheet's rates,
// makes up half of its time.
const (
	BoundCompute  Bound = "compute"
	BoundMemory   Bound = "memory"
	BoundNetwork  Bound = "network"
	BoundOverhead Bound = "overhead"
)

// OperatorTime is one operator's part of a step, on the slowest rank, over all layers that run it.
type OperatorTime struct {
	Layer string // the part of a layer it belongs to: "attention", "moe", …; "host" for the engine's own time
	Name  string
	Count int // layers that run it
	FLOPs units.FLOPs
	Bytes units.Bytes // memory traffic; for collectives, what a rank sends
	Time  units.Seconds
	Bound Bound
}

// Intensity is the operator's FLOPs for each byte of memory traffic, the abscissa of a roofline plot.
func (o *OperatorTime) Intensity() float64 {
	if o.Bytes == 0 {
		return 0
	}
	return float64(o.FLOPs) / float64(o.Bytes)
}

// Breakdown opens a step up: one entry for each operator that took time, in the order in which a layer runs them, and the
// host's last. The entries add up to Step, but for its rounding to the clock.
func (m *Model) Breakdown(loads []arch.Load) []OperatorTime {
	slowest, all := m.slowest(loads)
	batch := microbatch(loads[slowest], m.Plan.PP)
	var entries []OperatorTime
	for i := range m.operators {
		o := &m.operators[i]
		own := m.ownTime(o.op, &loads[slowest], &batch)
		together := m.sharedTime(o.op, all)
		if all.tokens == 0 || own+together == 0 {
			continue
		}
		entry := OperatorTime{Layer: o.layer, Name: o.op.OpName(), Count: o.count,
			Time: units.Seconds(m.imbalance) * units.Seconds(o.count) * (own + together)}
		load := batch
		if _, routed := o.op.(arch.Experts); routed {
			load = arch.Load{Decodes: all.tokens} // every rank's tokens meet at the experts
		}
		work := o.op.Work(&load, &m.Plan.Precision)
		entry.FLOPs, entry.Bytes = work.FLOPs*units.FLOPs(o.count), work.Bytes()*units.Bytes(o.count)
		entry.Bound = m.bound(o.op, &entry)
		entries = append(entries, entry)
	}
	if transfers := m.stageTransfers(int64(batch.Tokens())); transfers > 0 {
		entries = append(entries, OperatorTime{Layer: "pipeline", Name: "send_recv", Count: m.Plan.PP,
			Time: units.Seconds(m.imbalance) * transfers, Bound: BoundNetwork})
	}
	sequences, chunks := 0, 0
	for i := range loads {
		sequences += loads[i].Decodes + loads[i].Chunks
		chunks += loads[i].Chunks
	}
	return append(entries, OperatorTime{Layer: "host", Name: "host", Count: 1,
		Time: m.host(sequences, chunks).Seconds(), Bound: BoundOverhead})
}

// slowest is the index of the rank that takes longest, and the load that all ranks share.
func (m *Model) slowest(loads []arch.Load) (index int, all sharedLoad) {
	t := Meter{model: m}
	longest := units.Picoseconds(-1)
	for i := range loads {
		batch := microbatch(loads[i], m.Plan.PP)
		all.add(batch.Tokens())
		all.mixed = all.mixed || loads[i].Chunks > 0
		if time := t.rank(&loads[i], &batch); time > longest {
			index, longest = i, time
		}
	}
	return index, all
}

// ownTime is the time of one layer's operator that is the rank's own, for a load that passes in microbatches like batch.
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
		t += fixed + slope*units.Seconds(whole.DecodeKeys[reach])/units.Seconds(m.Plan.PP)
	}
	if batch.Chunks > 0 {
		t += m.prefillTime(op, batch)
	}
	return t
}

func (m *Model) bound(op arch.Op, e *OperatorTime) Bound {
	if _, collective := op.(arch.Reduce); collective {
		return BoundNetwork
	}
	compute := units.Seconds(float64(e.FLOPs) / float64(m.peak(op)))
	memory := units.Seconds(float64(e.Bytes) / float64(m.Device.Bandwidth))
	switch {
	case max(compute, memory) < e.Time/2:
		return BoundOverhead
	case compute > memory:
		return BoundCompute
	default:
		return BoundMemory
	}
}

// peak is the tensor cores' rate for an operator's multiplications.
func (m *Model) peak(op arch.Op) units.FLOPsPerSecond {
	p := &m.Plan.Precision
	format := units.BF16
	switch o := op.(type) {
	case arch.GEMM:
		if w := p.Weights(o.Group); w != units.BF16 && w != units.FP16 {
			format = p.Activations
		}
	case arch.Experts:
		if p.Experts != units.BF16 {
			format = p.Activations
		}
	}
	if peak := m.Device.Peak[format]; peak > 0 {
		return peak
	}
	return m.Device.Peak[units.BF16]
}
