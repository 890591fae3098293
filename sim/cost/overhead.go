package cost

import (
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/arch"
)

// Overhead is the time that an engine spends around its kernels: on the device between kernels, and on the
// host. Its values belong to an engine's profile, where each has its source.
//
// The host prepares each step and handles its output; it does so while the device works where scheduling is
// asynchronous, and else the device waits for it. It also launches kernels, those of a whole step at once
// where a CUDA graph holds them. The device works while it launches them one by one, so that launches only
// bound a step from below.
type Overhead struct {
	Step         units.Seconds // of every step: what the device waits for between two
	Sequence     units.Seconds // and for every sequence in a step
	Host         units.Seconds // the host's work for a step
	HostSequence units.Seconds // and for every sequence in it
	Async        bool          // whether the host works while the device does

	LaunchLayer        units.Seconds // the host's time to launch a dense layer, of engines without CUDA graphs
	LaunchPrefillLayer units.Seconds // more, where a step has prefill chunks, which no whole graph covers
}

// denseLayer is the number of kernels of a dense layer with grouped-query attention in bf16, which launches
// are stated for; others take as much longer as they have more.
const denseLayer = 12

// Kernels that operators are made of, where it is not one.
const (
	// choices sorted by expert, two casts, two multiplications, activation, and the sum over a token's experts
	// (vllm/model_executor/layers/fused_moe)
	expertKernels = 7
	// convolution, gates, norms of keys and queries, and the six passes of the chunked delta rule
	// (flash-linear-attention, fla/ops/gated_delta_rule)
	recurrenceKernels = 10
)

// launches is how many kernels the host starts for an operator, where no graph holds them.
func launches(op arch.Op, p *arch.Precision) int {
	switch o := op.(type) {
	case arch.Pointwise:
		return max(1, o.Kernels)
	case arch.Experts:
		return expertKernels
	case arch.Recurrence:
		return recurrenceKernels
	case arch.GEMM:
		if f := p.Weights(o.Group); f != units.BF16 && f != units.FP16 && p.Activations != units.BF16 {
			return 2 // the cast before
		}
	}
	return 1
}

// around is what a step takes around its kernels: at least least in all, and extra more than the device is
// busy. The stages of a pipeline wait each for its own batch; the host that schedules, and takes note of
// every sequence's token, is the same for all of them.
func (m *Model) around(b batches) (least, extra units.Picoseconds) {
	o := &m.Overhead
	gaps := o.Step + units.Seconds(units.Seconds(b.sequences)*o.Sequence)
	host := o.Host + units.Seconds(units.Seconds(b.sequences)*o.HostSequence)
	launches := m.launchTime(&b)
	if !o.Async {
		gaps += host
	}
	return max(units.Seconds(b.n)*max(host, units.Seconds(b.sequences)*o.Sequence),
		gaps+launches).Picoseconds(), gaps.Picoseconds()
}
