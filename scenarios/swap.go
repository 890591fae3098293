package scenarios

import (
	"strconv"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim"
)

// What becomes of sequences that run out of blocks, under vLLM before v1.
const (
	preemptRecompute = "recompute"
	preemptSwap      = "swap"
)

// defaultSwap is what a GPU's link to the host carries, in GB/s: PCIe 4.0 with 16 lanes, less what copies of
// blocks of some hundred KB leave unused; an assumption.
const defaultSwap = 25

// swapKeys are the keys of [engine] about it.
var swapKeys = []key{{
	name: "preemption", with: []string{"vllm0"}, names: oneOf("preemption", preemptRecompute, preemptSwap),
	unset: "the engine's, `" + preemptRecompute + "`",
	does: "What becomes of a sequence that is driven out where blocks run out: it is computed again, or its blocks go to " +
		"the host's memory and come back (`preemption_mode`), which no request passes meanwhile.",
	example: strconv.Quote(preemptSwap),
}, {
	name: "swap_gbps", unit: "GB/s", with: []string{"vllm0"}, within: between(0.001, 1e5), unset: strconv.Itoa(defaultSwap) + ", PCIe 4.0",
	does:    "What each GPU's link to the host carries of swapped blocks. Only with `preemption` = `swap`.",
	example: "50",
}}

// resolveSwap completes the settings of swapping, and refuses what is not modelled beside it.
func (s *Scenario) resolveSwap(p *Parts) error {
	e := &s.Engine
	p.Limits.Swap = e.Preemption == preemptSwap
	const key = "engine.preemption"
	switch {
	case !p.Limits.Swap && s.source.has("engine.swap_gbps"):
		return s.source.fault("engine.swap_gbps", "means nothing where nothing is swapped", "set preemption = \"swap\"")
	case !p.Limits.Swap:
		return nil
	case *e.PrefixCaching || *e.AsyncScheduling || s.Speculative.Method != "":
		return s.source.faultf(key, "turn them off, or use "+strconv.Quote(preemptRecompute),
			"%q is not modelled beside a prefix cache, asynchronous scheduling or drafts", preemptSwap)
	case s.Admission.TTFTTimeout > 0 || s.Admission.RequestTimeout > 0:
		return s.source.faultf(key, "leave out timeouts, or use "+strconv.Quote(preemptRecompute),
			"%q is not modelled beside timeouts", preemptSwap)
	}
	if e.SwapGBps == 0 {
		e.SwapGBps = defaultSwap
	}
	return nil
}

// swapBlock is how long a block takes to the host or back; 0 where none does.
func (b *Built) swapBlock() units.Picoseconds {
	if !b.Parts.Limits.Swap {
		return 0
	}
	seconds := float64(b.Parts.Memory.BlockBytesPerGPU) / (b.Scenario.Engine.SwapGBps * 1e9)
	return max(1, units.Seconds(seconds).Picoseconds())
}

// checkSwapped refuses pools of parts that swap.
func (s *Scenario) checkSwapped(pools []*system) error {
	for i, y := range pools {
		if roleOf(s.Pool[i].Role) != sim.Aggregated && y.parts.Limits.Swap {
			return s.pooled(i).source.faultf("engine.preemption", "use "+strconv.Quote(preemptRecompute),
				"%q is not modelled in prefill and decode pools", preemptSwap)
		}
	}
	return nil
}
