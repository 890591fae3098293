package cost

import (
	"math"
	"testing"

	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/sim/cost/kernels"
)

// eachKind runs a law on a small model of every kind of part, under a plan, with the data sheet's laws and
// with typical ones. A new kind is among them by its line in arch's registry.
func eachKind(t *testing.T, plan arch.Plan, law func(t *testing.T, m *Model)) {
	for _, kind := range arch.Kinds() {
		for name, set := range map[string]*kernels.Set{"datasheet": kernels.Datasheet(), "typical": kernels.Default()} {
			t.Run(kind+" "+name, func(t *testing.T) {
				spec, err := arch.Example(kind)
				if err != nil {
					t.Fatal(err)
				}
				example, err := spec.Build()
				if err != nil {
					t.Fatal(err)
				}
				device, err := hw.Lookup("h100-sxm-80gb")
				if err != nil {
					t.Fatal(err)
				}
				plan.GPUsPerNode, plan.Precision = device.GPUsPerNode, example.Published
				m, err := New(Config{Model: example, Device: device, Plan: plan, Kernels: set})
				if err != nil {
					t.Fatal(err)
				}
				law(t, m)
			})
		}
	}
}

var alone = arch.Plan{TP: 1, PP: 1, DP: 1, EP: 1}

// decodeStep is the time of a step in which n sequences of a context decode.
func decodeStep(m *Model, n, context int) units.Picoseconds {
	var l arch.Load
	for range n {
		l.AddDecode(m.Reaches(), context)
	}
	return m.Step([]arch.Load{l})
}

func prefillStep(m *Model, cached, n int) units.Picoseconds {
	var l arch.Load
	l.AddChunk(m.Reaches(), cached, n, true)
	return m.Step([]arch.Load{l})
}

// never checks that times do not fall.
func never(t *testing.T, what string, times ...units.Picoseconds) {
	t.Helper()
	for i := 1; i < len(times); i++ {
		if times[i] < times[i-1] {
			t.Errorf("%s: %d", what, times)
			return
		}
	}
}

func TestMoreContextIsNeverFaster(t *testing.T) {
	eachKind(t, alone, func(t *testing.T, m *Model) {
		never(t, "decode", decodeStep(m, 8, 1), decodeStep(m, 8, 300), decodeStep(m, 8, 301),
			decodeStep(m, 8, 4000), decodeStep(m, 8, 400_000))
		never(t, "prefill", prefillStep(m, 0, 128), prefillStep(m, 1000, 128), prefillStep(m, 100_000, 128))
	})
}

func TestALargerBatchIsNeverFaster(t *testing.T) {
	eachKind(t, alone, func(t *testing.T, m *Model) {
		never(t, "decode", decodeStep(m, 1, 2000), decodeStep(m, 2, 2000), decodeStep(m, 16, 2000),
			decodeStep(m, 300, 2000))
		never(t, "prefill", prefillStep(m, 0, 64), prefillStep(m, 0, 512), prefillStep(m, 0, 4096),
			prefillStep(m, 0, 50_000))
	})
}

func TestMoreBandwidthIsNeverSlower(t *testing.T) {
	eachKind(t, alone, func(t *testing.T, m *Model) {
		fast := *m.Device
		fast.Bandwidth *= 4
		faster, err := New(Config{Model: m.Model, Device: &fast, Plan: m.Plan, Kernels: m.Kernels})
		if err != nil {
			t.Fatal(err)
		}
		never(t, "decode", decodeStep(faster, 64, 4000), decodeStep(m, 64, 4000))
		never(t, "prefill", prefillStep(faster, 1000, 4000), prefillStep(m, 1000, 4000))
	})
}

// With one tensor-parallel rank a step is what the undivided model computes, with nothing exchanged.
func TestOneRankIsNoParallelism(t *testing.T) {
	eachKind(t, alone, func(t *testing.T, m *Model) {
		var l arch.Load
		l.AddDecode(m.Reaches(), 500)
		l.AddChunk(m.Reaches(), 100, 700, true)
		whole := m.Model.Work(&l, &m.Plan.Precision, arch.Split{TP: 1, ExpertTP: 1, ExpertRanks: 1})
		var flops units.FLOPs
		for _, o := range m.Breakdown([]arch.Load{l}) {
			if o.Bound == BoundNetwork {
				t.Errorf("%s is bound by the network", o.Name)
			}
			flops += o.FLOPs
		}
		if math.Abs(float64(flops/whole.FLOPs)-1) > 1e-9 {
			t.Errorf("%g FLOPs, the undivided model has %g", flops, whole.FLOPs)
		}
	})
}

// undivided is a model on one GPU.
func undivided(t *testing.T, m *Model) *Model {
	t.Helper()
	c := m.Config
	c.Plan.TP, c.Plan.PP = 1, 1
	single, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return single
}

// Two ranks each compute at most what one does, and a layer's exchanges add time.
func TestTwoRanksShareTheWork(t *testing.T) {
	flops := func(m *Model) (sum units.FLOPs, exchanged bool) {
		var l arch.Load
		l.AddDecode(m.Reaches(), 500)
		for _, o := range m.Breakdown([]arch.Load{l}) {
			sum += o.FLOPs
			exchanged = exchanged || o.Bound == BoundNetwork
		}
		return sum, exchanged
	}
	eachKind(t, arch.Plan{TP: 2, PP: 1, DP: 1, EP: 1}, func(t *testing.T, m *Model) {
		half, exchanged := flops(m)
		if one, _ := flops(undivided(t, m)); half > one || 2*half < one || !exchanged {
			t.Errorf("%g FLOPs on one of two ranks, %g on one alone; exchanged %t", half, one, exchanged)
		}
	})
}
