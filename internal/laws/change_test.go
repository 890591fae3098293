package laws

import (
	"bytes"
	"strings"
	"testing"

	"github.com/roofserve/roofserve/scenarios"
	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/sim/cost"
)

// checkSame: the order of a file's tables and keys, a second run, and watching or not change no byte of the
// result.
func (f *faults) checkSame(d dice, s *draw, o *outcome) {
	again, err := simulate(s.shuffled(d), unwatched)
	if err != nil {
		f.add("in another order of keys: %v", err)
		return
	}
	if !bytes.Equal(o.json, again.json) {
		f.add("another order of keys, or nobody watching, gives other bytes")
	}
}

// checkBetter compares the device with one whose data sheet has a better figure: no step takes longer with
// more bandwidth or more arithmetic, no pool is smaller with more memory.
func (f *faults) checkBetter(t testing.TB, d dice, g garage, s *draw) {
	same := f.modelOn(t, g, s, "same")
	if same == nil {
		return
	}
	for _, figure := range []string{"bandwidth", "flops"} {
		faster := f.modelOn(t, g, s, figure)
		if faster == nil {
			return
		}
		for range 3 {
			step := newStep(d)
			before, after := timeOf(same, step), timeOf(faster, step)
			if float64(after) > float64(before)*(1+rounding) {
				f.add("%+v takes %d ps, with more %s %d", step, before, figure, after)
			}
		}
	}
	f.checkMemory(t, g, s)
}

func timeOf(m *cost.Model, s step) int64 {
	loads := make([]arch.Load, m.Plan.DP)
	for i := range loads {
		loads[i] = s.load(m.Reaches())
	}
	return int64(m.Step(loads))
}

// modelOn is the scenario's cost model on a user's copy of its device.
func (f *faults) modelOn(t testing.TB, g garage, s *draw, figure string) *cost.Model {
	b, err := build(s.with("hardware", "device", quote(g.file(t, s.device, figure))).text())
	if err != nil {
		f.add("on a copy of the device (%s): %v", figure, err)
		return nil
	}
	defer b.Close()
	m, err := b.Scenario.CostModel(b.Parts)
	if err != nil {
		f.add("on a copy of the device (%s): %v", figure, err)
		return nil
	}
	return m
}

// checkMemory: blocks, as many as fit, grow with the device's memory, with tensor parallelism and with a
// narrower cache.
func (f *faults) checkMemory(t testing.TB, g garage, s *draw) {
	s = s.without("engine", "num_gpu_blocks")
	wide := *s.with("precision", "kv", quote("bf16"))
	base := f.parts(wide.text())
	if base == nil || !base.Memory.Fits() {
		return
	}
	compare := func(what string, changed *draw) {
		other := f.parts(changed.text())
		switch {
		case other == nil: // heads that more ranks cannot divide, caches that the engine does not keep
		case other.Memory.WorkspaceBytesPerGPU() > base.Memory.WorkspaceBytesPerGPU(): // what ranks send each other
		case other.Memory.Blocks < base.Memory.Blocks:
			f.add("%d blocks, with %s %d", base.Memory.Blocks, what, other.Memory.Blocks)
		case other.Memory.WeightBytesPerGPU > base.Memory.WeightBytesPerGPU:
			f.add("%v bytes of weights on each GPU, with %s %v", base.Memory.WeightBytesPerGPU, what, other.Memory.WeightBytesPerGPU)
		}
	}
	compare("more memory", wide.with("hardware", "device", quote(g.file(t, s.device, "memory"))))
	compare("a narrower cache", wide.with("precision", "kv", quote("fp8")))
	doubled := wide
	doubled.tp *= 2
	doubled.tables = wide.without("", "").tables
	if doubled.ep > 1 {
		doubled.ep *= 2
	}
	doubled.drawDeployment()
	compare("more tensor parallelism", &doubled)
}

// parts are a scenario's, resolved; nil where it is refused.
func (f *faults) parts(text string) *scenarios.Parts {
	s, err := scenarios.Parse("drawn.toml", "", []byte(text))
	if err != nil {
		f.add("%v", err)
		return nil
	}
	_, p, err := s.Resolve()
	if err != nil {
		if !strings.HasPrefix(err.Error(), "drawn.toml:") {
			f.add("%v", err)
		}
		return nil
	}
	return p
}

// checkAlone: one request on an idle system is answered no later with more bandwidth, and no later than among
// others.
func (f *faults) checkAlone(t testing.TB, g garage, s *draw) {
	alone := s.with("workload.synthetic", "requests", 1)
	before, e1 := simulate(alone.with("hardware", "device", quote(g.file(t, s.device, "same"))).text(), unwatched)
	after, e2 := simulate(alone.with("hardware", "device", quote(g.file(t, s.device, "bandwidth"))).text(), unwatched)
	switch {
	case e1 != nil || e2 != nil:
		f.add("alone: %v, %v", e1, e2)
	case float64(after.Result.Duration) > float64(before.Result.Duration)*(1+rounding):
		f.add("a request alone takes until %d ps, with more bandwidth until %d", before.Result.Duration, after.Result.Duration)
	}
}
