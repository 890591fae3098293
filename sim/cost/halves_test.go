package cost

import (
	"math"
	"testing"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/sim/cost/kernels"
)

// even is a load of each of so many ranks.
func even(ranks int, load arch.Load) []arch.Load {
	loads := make([]arch.Load, ranks)
	for i := range loads {
		loads[i] = load
	}
	return loads
}

// wide is DeepSeek-V3 on two nodes of eight, in halves and not.
func wide(t *testing.T) (halves, whole *Model) {
	whole = newModel(t, "deepseek-v3", arch.Plan{TP: 1, PP: 1, DP: 16, EP: 16, GPUsPerNode: 8}, kernels.Default())
	config := whole.Config
	config.TwoBatches = Alternate
	halves, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	return halves, whole
}

// A step in halves takes as long as what its two halves compute and wait for, or as their exchanges where
// these take longer; one whose ranks have too little for two is not divided.
func TestStepsInHalves(t *testing.T) {
	halves, whole := wide(t)
	var prompts arch.Load
	for range 8 {
		prompts.AddChunk(whole.Reaches(), 0, 2048, true)
	}
	one := arch.Load{Decodes: 1, Samples: 1, DecodeKeys: [arch.MaxReaches]int64{100}}
	many := arch.Load{Decodes: 256, Samples: 256, DecodeKeys: [arch.MaxReaches]int64{256 * 1000}}
	if a, b := halves.Step(even(16, one)), whole.Step(even(16, one)); a != b {
		t.Errorf("one sequence a rank takes %v ps, undivided %v", a, b)
	}
	for what, load := range map[string]arch.Load{"prompts": prompts, "decoding": many} {
		loads := even(16, load)
		half := halves.batch(&load)
		if half != load {
			t.Fatalf("%s: the undivided model divides", what)
		}
		h := halves.halved
		half = h.batch(&load)
		if half.Tokens()*2 != load.Tokens() {
			t.Fatalf("%s: a half has %d tokens of %d", what, half.Tokens(), load.Tokens())
		}
		all := sharedLoad{tokens: 16 * half.Tokens(), fullest: half.Tokens(), mixed: load.Chunks > 0}
		shared := h.shared(all)
		meter := h.meter()
		busy := meter.rank(&load, &half, &padding{}) + shared.busy
		if load.Chunks > 0 {
			busy = h.slowed(busy)
		}
		_, extra := h.around(batches{n: 1, sequences: load.Decodes + load.Chunks, chunks: load.Chunks})
		if got, want := halves.Step(loads), extra+max(busy+shared.waits, shared.least); got != want {
			t.Errorf("%s: %v ps, of its parts %v", what, got, want)
		}
		if shared.least == 0 || halves.Step(loads) >= whole.Step(loads) {
			t.Errorf("%s: nothing is hidden: %v ps in halves, %v undivided", what, halves.Step(loads),
				whole.Step(loads))
		}
		sum := 0.0
		for _, e := range halves.Breakdown(loads) {
			sum += float64(e.Time)
		}
		// Keys are counted in whole picoseconds.
		if step := float64(halves.Step(loads).Seconds()); math.Abs(sum/step-1) > 1e-6 {
			t.Errorf("%s: operators take %g s, the step %g", what, sum, step)
		}
	}
}

// Decode's formula is a step's in halves too, and exchanges bound it where ranks have few keys.
func TestDecodingInHalves(t *testing.T) {
	halves, _ := wide(t)
	meter := NewMeter(halves)
	for _, n := range []int{1, 2, 3, 64, 257} {
		for _, context := range []int64{1, 100, 5000} {
			load := arch.Load{Decodes: n, Samples: n, DecodeKeys: [arch.MaxReaches]int64{int64(n) * context}}
			sequences := make([]int, 16)
			for i := range sequences {
				sequences[i] = n
			}
			var d Decode
			meter.Decode(sequences, &d)
			own := d.Ranks[0].Fixed + d.Ranks[0].PerKey[0]*units.Picoseconds(load.DecodeKeys[0])
			if got, want := d.Fixed+max(d.Least, own), meter.Step(even(16, load)); got != want {
				t.Errorf("%d sequences of %d: %v ps by the formula, %v by the step", n, context, got, want)
			}
		}
	}
}

// Two halves multiply what the whole does, and read the weights twice.
func TestHalvesDoAllTheWork(t *testing.T) {
	halves, whole := wide(t)
	load := even(16, arch.Load{Decodes: 256, Samples: 256, DecodeKeys: [arch.MaxReaches]int64{256 * 1000}})
	of := func(m *Model, name string) OperatorTime {
		for _, e := range m.Breakdown(load) {
			if e.Name == name {
				return e
			}
		}
		t.Fatalf("no %s", name)
		return OperatorTime{}
	}
	for _, name := range []string{"q_b", "o", "lm_head", "decode_attention"} {
		two, one := of(halves, name), of(whole, name)
		if two.FLOPs != one.FLOPs || two.Bytes < one.Bytes || two.Bytes > 2*one.Bytes {
			t.Errorf("%s: %v FLOPs and %v bytes in halves, %v and %v undivided", name, two.FLOPs, two.Bytes,
				one.FLOPs, one.Bytes)
		}
	}
}
