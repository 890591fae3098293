package cost

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/sim/cost/kernels"
)

// plans are the models and divisions that the laws below hold for.
var plans = []struct {
	model string
	plan  arch.Plan
}{
	{"llama-3.1-8b", arch.Plan{TP: 1, PP: 1, DP: 1, EP: 1}},
	{"llama-3.1-70b", arch.Plan{TP: 4, PP: 2, DP: 1, EP: 1}},
	{"mixtral-8x7b", arch.Plan{TP: 2, PP: 1, DP: 1, EP: 2}},
	{"gpt-oss-120b", arch.Plan{TP: 2, PP: 1, DP: 1, EP: 1}},
	{"deepseek-v3", arch.Plan{TP: 8, PP: 1, DP: 2, EP: 16}},
	{"deepseek-v3", arch.Plan{TP: 1, PP: 1, DP: 8, EP: 1}},
	{"qwen3-next-80b-a3b", arch.Plan{TP: 2, PP: 1, DP: 1, EP: 1}},
	{"llama-3.1-8b", arch.Plan{TP: 2, PP: 1, DP: 1, EP: 1, CP: 2}},
	{"deepseek-v3", arch.Plan{TP: 4, PP: 1, DP: 2, EP: 8, CP: 4}},
	{"llama-3.1-8b", arch.Plan{TP: 1, PP: 4, DP: 1, EP: 1}},
	{"gpt-oss-120b", arch.Plan{TP: 2, PP: 3, DP: 1, EP: 1}},
	{"deepseek-v3", arch.Plan{TP: 8, PP: 2, DP: 2, EP: 16}},
}

// newModel is a model whose engine has graphs, which hold fewer sequences than some of the loads have.
func newModel(t testing.TB, name string, plan arch.Plan, set *kernels.Set) *Model {
	t.Helper()
	spec, err := arch.Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	model, err := spec.Build()
	if err != nil {
		t.Fatal(err)
	}
	device, err := hw.Lookup("h100-sxm-80gb")
	if err != nil {
		t.Fatal(err)
	}
	plan.GPUsPerNode, plan.Precision = device.GPUsPerNode, model.Published
	m, err := New(Config{Model: model, Device: device, Plan: plan, Kernels: set,
		Graphs: Graphs{Sizes: []int{1, 2, 4, 8, 16}, Whole: true, Mixed: plan.TP < 8, Head: plan.TP > 1,
			Routed: plan.TP < 4},
		Overhead: Overhead{Step: 100 * units.Microsecond, Sequence: units.Microsecond, Host: 50 * units.Microsecond,
			LaunchLayer: 150 * units.Microsecond, LaunchPrefillLayer: 100 * units.Microsecond}})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// drawLoads draws a load for each data-parallel rank; without chunks where pure is set.
func drawLoads(t *rapid.T, m *Model, pure bool) []arch.Load {
	loads := make([]arch.Load, m.Plan.DP)
	for r := range loads {
		for range rapid.IntRange(0, 20).Draw(t, "decodes") {
			loads[r].AddDecode(m.Reaches(), rapid.IntRange(1, 100_000).Draw(t, "context"))
		}
		if pure {
			continue
		}
		for range rapid.IntRange(0, 3).Draw(t, "chunks") {
			loads[r].AddChunk(m.Reaches(), rapid.IntRange(0, 50_000).Draw(t, "cached"),
				rapid.IntRange(1, 2048).Draw(t, "new"), rapid.Bool().Draw(t, "ends"))
		}
	}
	return loads
}

// A step without chunks is what Decode's coefficients say, to the tick, and a Meter never changes a time.
func TestStepIsAffineInKeys(t *testing.T) {
	for _, c := range plans {
		m := newModel(t, c.model, c.plan, kernels.Default())
		meter := NewMeter(m)
		rapid.Check(t, func(t *rapid.T) {
			loads := drawLoads(t, m, true)
			sequences := make([]int, len(loads))
			for i := range loads {
				sequences[i] = loads[i].Decodes
			}
			var d Decode
			meter.Decode(sequences, &d)
			slowest := d.Least
			for i, rank := range d.Ranks {
				time := rank.Fixed
				for reach, slope := range rank.PerKey {
					time += slope * units.Picoseconds(loads[i].DecodeKeys[reach])
				}
				slowest = max(slowest, time)
			}
			if got := m.Step(loads); got != d.Fixed+slowest {
				t.Errorf("%s: step %d, coefficients give %d", c.model, got, d.Fixed+slowest)
			}
		})
	}
}

func TestMeterRemembersExactly(t *testing.T) {
	for _, c := range plans {
		m := newModel(t, c.model, c.plan, kernels.Default())
		meter := NewMeter(m)
		rapid.Check(t, func(t *rapid.T) {
			loads := drawLoads(t, m, false)
			if first, again, plain := meter.Step(loads), meter.Step(loads), m.Step(loads); first != plain ||
				again != plain {
				t.Errorf("%s: model %d, meter %d then %d", c.model, plain, first, again)
			}
		})
	}
}

// A Meter that was moved to another overhead, and back, gives the times of a Model under that overhead,
// whatever it has remembered: of each constant's own, with the host beside the device and before it.
func TestAMovedMeterForgetsTheOldOverhead(t *testing.T) {
	const us = units.Microsecond
	overheads := []Overhead{
		{}, {Step: 300 * us}, {Sequence: 20 * us}, {Host: 900 * us}, {HostSequence: 50 * us},
		{LaunchLayer: 300 * us}, {LaunchPrefillLayer: 900 * us},
		{Step: 300 * us, Sequence: 20 * us, Host: 900 * us, HostSequence: 50 * us, LaunchLayer: 300 * us},
	}
	for _, c := range plans {
		m := newModel(t, c.model, c.plan, kernels.Default())
		meter := NewMeter(m)
		rapid.Check(t, func(t *rapid.T) {
			loads := drawLoads(t, m, rapid.Bool().Draw(t, "pure"))
			for range 2 {
				for _, o := range overheads {
					o.Async = rapid.Bool().Draw(t, "async")
					under := *m
					under.Overhead = o
					meter = meter.With(o)
					if got, want := meter.Step(loads), under.Step(loads); got != want {
						t.Fatalf("%s under %+v: %d ps, computed anew %d", c.model, o, got, want)
					}
				}
			}
		})
	}
}

// The operators' times add up to the step's, up to rounding of a few ticks.
func TestBreakdownAddsUp(t *testing.T) {
	for _, c := range plans {
		m := newModel(t, c.model, c.plan, kernels.Default())
		rapid.Check(t, func(t *rapid.T) {
			loads := drawLoads(t, m, false)
			var sum units.Seconds
			for _, entry := range m.Breakdown(loads) {
				if entry.Time < 0 || math.IsNaN(float64(entry.Time)) {
					t.Errorf("%s: %s takes %v", c.model, entry.Name, entry.Time)
				}
				sum += entry.Time
			}
			// Coefficients for each key are rounded before they are multiplied: half a tick a key.
			keys := 0.0
			for _, l := range loads {
				for _, k := range l.DecodeKeys {
					keys += float64(k)
				}
			}
			if step := float64(m.Step(loads)); math.Abs(float64(sum)*1e12-step) > 20+keys {
				t.Errorf("%s: entries add up to %v ps, the step takes %v", c.model, float64(sum)*1e12, step)
			}
		})
	}
}

// A step takes longer with one more sequence or one more token of context, and never longer on faster
// hardware.
//
// Of sequences only sums are known, so that with pipeline stages a short one lowers the mean context of the
// largest microbatch: there the sequence that comes has the mean context. Where it joins another than the
// largest microbatch the time is the same, but for the time of a key, which is in whole picoseconds: half of
// one a key before, and half after.
func TestStepIsMonotone(t *testing.T) {
	for _, c := range plans {
		m := newModel(t, c.model, c.plan, kernels.Datasheet())
		fast := *m.Device
		fast.Bandwidth *= 2
		faster := *m
		faster.Device = &fast
		rapid.Check(t, func(t *rapid.T) {
			loads := drawLoads(t, m, true)
			before := m.Step(loads)
			if with := faster.Step(loads); with > before {
				t.Errorf("%s: %d with twice the bandwidth, %d without", c.model, with, before)
			}
			context, rounding := 1000, units.Picoseconds(0)
			if l := &loads[0]; c.plan.PP > 1 && l.Decodes > 0 {
				context = int(slices.Max(l.DecodeKeys[:]))/l.Decodes + 1
				rounding = keysOf(l)
			}
			loads[0].AddDecode(m.Reaches(), context)
			if c.plan.PP > 1 {
				rounding = (rounding + keysOf(&loads[0]) + 1) / 2
			}
			if after := m.Step(loads); after < before-rounding {
				t.Errorf("%s: %d with one more sequence, %d without", c.model, after, before)
			}
		})
	}
}

// keysOf is the number of keys that a load's decodes see, of all reaches.
func keysOf(l *arch.Load) (keys units.Picoseconds) {
	for _, k := range l.DecodeKeys {
		keys += units.Picoseconds(k)
	}
	return keys
}

func TestPlansThatDoNotDivideAreRefused(t *testing.T) {
	for _, p := range []arch.Plan{
		{TP: 0, PP: 1, DP: 1, EP: 1, GPUsPerNode: 8},
		{TP: 4, PP: 1, DP: 1, EP: 3, GPUsPerNode: 8},
	} {
		if err := p.Check(); err == nil {
			t.Errorf("%+v was accepted", p)
		}
	}
}

// A bare step of a dense model at batch 1 reads every weight once: the data sheet's bound.
func TestDatasheetBoundAtBatchOne(t *testing.T) {
	m := newModel(t, "llama-3.1-8b", arch.Plan{TP: 1, PP: 1, DP: 1, EP: 1}, kernels.Datasheet())
	m.Overhead = Overhead{}
	var load arch.Load
	load.AddDecode(m.Reaches(), 1)
	_, _, gemm := m.Model.Params()
	bound := gemm * 2 / float64(m.Device.Bandwidth)
	if got := m.Step([]arch.Load{load}).Seconds(); float64(got) < bound || float64(got) > 1.02*bound {
		t.Errorf("%v s, the bound is %v s", got, bound)
	}
}

// BenchmarkMeterStep times the steps of a standard load: a prompt of some length among decoding sequences.
func BenchmarkMeterStep(b *testing.B) {
	for _, c := range []struct {
		model string
		plan  arch.Plan
	}{{"llama-3.1-8b", arch.Plan{TP: 1, PP: 1, DP: 1, EP: 1}}, {"deepseek-v3", arch.Plan{TP: 8, PP: 1, DP: 2, EP: 16}}} {
		b.Run(c.model, func(b *testing.B) {
			m := newModel(b, c.model, c.plan, kernels.Default())
			meter := NewMeter(m)
			loads := make([]arch.Load, c.plan.DP)
			b.ReportAllocs()
			for i := range b.N {
				for r := range loads {
					loads[r] = arch.Load{Decodes: 50 + i%16, Samples: 50 + i%16, DecodeKeys: [arch.MaxReaches]int64{30_000}}
					loads[r].AddChunk(m.Reaches(), 0, 1+i*37%1024, true)
				}
				meter.Step(loads)
			}
		})
	}
}
