package cost

import (
	"slices"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/arch"
)

// Two-batch overlap runs a step as two halves by turns, so that one exchanges tokens while the other
// computes (DeepSeek's profile-data, 2025; SGLang's enable_two_batch_overlap, vLLM's enable_dbo). The step
// then takes as long as both halves' computing and what waits for exchanges in their order (turns.go).
// Weights are read twice, so that steps are divided only where that is shorter, as who sets an engine's
// threshold would. Kernels that exchange many tokens keep exchangeSMs to themselves; those for few leave
// the transfer to the network's adapters.

// exchangeSMs is how many SMs DeepEP's kernels for many tokens take (Buffer.num_sms).
const exchangeSMs = 20

// exchanges tells whether some layer's ranks exchange tokens.
func (m *Model) exchanges() bool {
	if m.Plan.DP == 1 {
		return false
	}
	for _, o := range m.roles.shared {
		if experts, ok := o.op.(arch.Experts); ok && !m.gathers(experts) {
			return true
		}
	}
	return false
}

// inHalves is the model as it runs two halves of a load.
func (m *Model) inHalves() *Model {
	h := *m
	h.parts *= 2
	h.imbalance *= 2
	h.Speculation = nil // drafts are made of the whole step
	return &h
}

// dividable counts the chunks of prompts in a step, and tells whether every rank has something for both
// halves.
func dividable(loads []arch.Load) (chunks int, ok bool) {
	for i := range loads {
		chunks += loads[i].Chunks
		if loads[i].Decoding()+loads[i].Chunks < 2 {
			return chunks, false
		}
	}
	return chunks, true
}

// inHalves tells whether a step runs so: whether every rank has something for both, and it is then shorter.
// Where all decode, sequences alone decide, not their keys, of which both ways read as many.
func (t *Meter) inHalves(loads []arch.Load) bool {
	if t.halved == nil {
		return false
	}
	chunks, ok := dividable(loads)
	if !ok || chunks > 0 {
		return ok && t.halved.step(loads) < t.step(loads)
	}
	sequences := make([]int, len(loads))
	for i := range loads {
		sequences[i] = loads[i].Decoding()
	}
	return t.decodesInHalves(sequences)
}

// divided is the time of a step as inHalves has it run. With prompts both ways are computed, and the shorter
// one counts.
func (t *Meter) divided(loads []arch.Load) units.Picoseconds {
	if chunks, ok := dividable(loads); ok && chunks > 0 {
		return min(t.step(loads), t.halved.step(loads))
	}
	if t.inHalves(loads) {
		return t.halved.step(loads)
	}
	return t.step(loads)
}

// decodesInHalves is inHalves where all sequences decode.
func (t *Meter) decodesInHalves(sequences []int) bool {
	if t.halved == nil || slices.Min(sequences) < 2 {
		return false
	}
	var whole, halves Decode
	t.decodes(sequences, &whole)
	t.halved.decodes(sequences, &halves)
	return halves.withoutKeys() < whole.withoutKeys()
}

// withoutKeys is the time of the step if its sequences had nothing to read.
func (d *Decode) withoutKeys() units.Picoseconds {
	longest := d.Least
	for i := range d.Ranks {
		longest = max(longest, d.Ranks[i].Fixed)
	}
	return d.Fixed + longest
}

// inFlight is the part of a load that is in flight at once: a microbatch, whole where it runs in halves.
func (m *Model) inFlight(whole, batch *arch.Load) arch.Load {
	if m.halves() {
		return contextShare(microbatch(*whole, m.Plan.PP), m.Plan.ContextRanks())
	}
	return *batch
}

// WithOverhead is the same model under another overhead.
func (m *Model) WithOverhead(o Overhead) *Model {
	other := *m
	other.Overhead = o
	if m.halved != nil {
		other.halved = m.halved.WithOverhead(o)
	}
	other.drafts = m.drafts.under(func(d *Model) *Model { return d.WithOverhead(o.drafting()) })
	return &other
}

// halves tells whether the model is one of two halves.
func (m *Model) halves() bool { return m.parts > m.Plan.PP }

// exposed is what exchanges add to computing beside them: the SMs that they take, and what waits for them.
func (m *Model) exposed(busy units.Seconds, all sharedLoad) units.Seconds {
	if !m.halves() {
		return 0
	}
	shared := m.shared(all)
	together := busy
	if all.mixed {
		together = busy * m.slowing()
	}
	return max(together+shared.waits.Seconds(), shared.least.Seconds()) - busy
}

// slowing is how many times as long computing takes beside an exchange of many tokens.
func (m *Model) slowing() units.Seconds {
	return units.Seconds(m.Device.SMs) / units.Seconds(m.Device.SMs-exchangeSMs)
}

// slowed is the time of computing beside an exchange of many tokens.
func (m *Model) slowed(t units.Picoseconds) units.Picoseconds {
	sms := units.Picoseconds(m.Device.SMs)
	return t / (sms - exchangeSMs) * sms
}
