package laws

import (
	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/sim/cost"
)

// step is what one data-parallel rank does at once: sequences that decode at one context, and a piece of one
// prompt.
type step struct {
	decodes, context int
	cached, piece    int  // tokens of the prompt computed before, and now; no prompt where piece is 0
	alone            bool // whether one data-parallel rank does it while the others have nothing to do
}

// newStep draws a step.
func newStep(d dice) step {
	s := step{decodes: one(d, 0, 1, 3, 16, 100, 512), context: one(d, 1, 17, 300, 2000, 9000)}
	if s.decodes == 0 || d.chance(0.3) {
		s.piece, s.cached = one(d, 1, 16, 300, 2048, 8192), one(d, 0, 0, 512, 3000)
	}
	return s
}

// load is the step in the cost model's words.
func (s step) load(reaches []arch.Reach) arch.Load {
	var l arch.Load
	for range s.decodes {
		l.AddDecode(reaches, s.context)
	}
	if s.piece > 0 {
		l.AddChunk(reaches, s.cached, s.piece, true)
	}
	return l
}

// keys is how many keys a query at a context sees, itself included.
func keysSeen(r arch.Reach, context int) float64 {
	switch {
	case r.Kind == arch.Chunk:
		return float64((context-1)%r.Size + 1)
	case r.Size > 0:
		return float64(min(context, r.Size))
	default:
		return float64(context)
	}
}

// floor is what a rank cannot do a step with less than.
type floor struct {
	flops  float64           // of every format
	narrow float64           // of these, in the format of the activations where the tensor cores multiply it
	bytes  float64           // read from memory
	time   units.Picoseconds // that the device's data sheet allows no less than
}

// floorOf is the floor of a step that every data-parallel rank does, or one alone, for which the experts of
// the others work too. Pipeline stages pass batches of their own, so that each reads all its weights for a
// part of the sequences; context-parallel ranks share the piece of a prompt. Every matrix meets all rows of
// the CUDA graph that holds the step, the head those that are sampled unless it is in the graph.
func floorOf(m *arch.Model, d *hw.Device, p arch.Plan, s step, g cost.Graphs) (floor, error) {
	c, err := count(m, p)
	if err != nil {
		return floor{}, err
	}
	decodes := float64((s.decodes + p.PP - 1) / p.PP)
	piece := float64((s.piece + max(1, p.CP) - 1) / max(1, p.CP))
	tokens := decodes + piece
	sampled := s.decodes // and the prompt's last token
	if s.piece > 0 {
		sampled++
	}
	rows := inGraph(g, s, tokens)
	logits := float64((sampled + p.PP - 1) / p.PP)
	if g.Head && s.piece == 0 && rows > logits {
		logits = rows
	}
	f := floor{bytes: c.head * 2}
	wide := 2 * c.head * logits
	for _, w := range c.dense {
		f.bytes += bytesOf(w.format, w.weights)
		f.add(&wide, w.format, p, d, 2*w.weights*rows)
	}
	ranks := float64(p.TP * p.DP)
	f.bytes += bytesOf(c.routedIn, c.experts) / ranks
	busy := p.DP
	if s.alone {
		busy = 1
	}
	f.add(&wide, c.routedIn, p, d, 2*c.experts*tokens*float64(busy)/ranks)
	attended := f.attend(&c, s, decodes, 1/float64(max(1, p.CP)))
	f.bytes += c.state * decodes
	f.flops = wide + f.narrow + attended
	f.time = slowestOf(d, p, wide, f.narrow, attended, f.bytes)
	return f, nil
}

// inGraph is the rows that a step of some tokens is computed with.
func inGraph(g cost.Graphs, s step, tokens float64) float64 {
	if s.piece > 0 && !g.Mixed {
		return tokens
	}
	rows := tokens
	for i := len(g.Sizes) - 1; i >= 0 && float64(g.Sizes[i]) >= tokens; i-- {
		rows = float64(g.Sizes[i])
	}
	return rows
}

// add puts FLOPs where the format of their weights is multiplied: narrow weights in the activations' format,
// if the device has tensor cores for it.
func (f *floor) add(wide *float64, weights units.Format, p arch.Plan, d *hw.Device, flops float64) {
	if bits[weights.String()] < 16 && d.Supports(p.Precision.Activations) {
		f.narrow += flops
		return
	}
	*wide += flops
}

// attend adds what attention reads, and is its FLOPs. part is the share of the prompt's piece that the rank
// computes.
func (f *floor) attend(c *counted, s step, decodes, part float64) (flops float64) {
	for _, a := range c.decode {
		keys := decodes * keysSeen(a.reach, s.context) * a.share
		flops += a.layers * a.flopsPerPair * keys
		f.bytes += a.layers * a.bytesPerKey * keys
	}
	for _, a := range c.prefill {
		pairs := 0.0
		for context := s.cached + 1; context <= s.cached+s.piece; context++ {
			pairs += keysSeen(a.reach, context)
		}
		flops += a.layers * a.flopsPerPair * pairs * a.share * part
	}
	return flops
}

// slowestOf is the time of arithmetic alone or of memory alone, whichever is longer, at the rates of the data
// sheet.
func slowestOf(d *hw.Device, p arch.Plan, wide, narrow, attended, bytes float64) units.Picoseconds {
	bf16 := float64(d.Peak[units.BF16])
	fast := max(bf16, float64(d.Peak[units.FP8])) // of attention, should a kernel multiply an fp8 cache as it is
	compute := wide/bf16 + attended/fast
	if narrow > 0 {
		compute += narrow / float64(d.Peak[p.Precision.Activations])
	}
	return units.Picoseconds(1e12 * max(compute, bytes/float64(d.Bandwidth)))
}
