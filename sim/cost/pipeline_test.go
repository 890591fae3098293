package cost

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/sim/cost/kernels"
)

// A lone sequence goes through every layer, one after the other: its keys are read whole, and a piece of its
// prompt is computed whole, however many stages have the layers.
func TestStagesDoNotSpeedOneSequenceUp(t *testing.T) {
	eachKind(t, arch.Plan{TP: 1, PP: 3, DP: 1, EP: 1}, func(t *testing.T, m *Model) {
		single := undivided(t, m)
		for _, context := range []int{1, 4000, 200_000} {
			never(t, "decode, without and with stages", decodeStep(single, 1, context), decodeStep(m, 1, context))
		}
		for _, n := range []int{1, 500, 20_000} {
			never(t, "prefill, without and with stages", prefillStep(single, 3000, n), prefillStep(m, 3000, n))
		}
	})
}

// transfers are what passing on the activations of rows from stage to stage adds to a round.
func transfers(m *Model, rows int) units.Picoseconds {
	return m.stretched(m.stageTransfers(int64(rows)))
}

// near compares times up to the rounding of the parts that they are summed from, and of a time for each key.
func near(t *testing.T, what string, got, want, keys units.Picoseconds) {
	t.Helper()
	if off := got - want; off > 20+keys || off < -20-keys {
		t.Errorf("%s: %d ps, want %d", what, got, want)
	}
}

// As many equal microbatches as there are stages take the time of one on the undivided model: all the GPUs
// work all the time, and do as many times as much.
func TestFullStagesMultiplyThroughput(t *testing.T) {
	for _, stages := range []int{2, 4} {
		one := newModel(t, "llama-3.1-8b", alone, kernels.Default())
		m := newModel(t, "llama-3.1-8b", arch.Plan{TP: 1, PP: stages, DP: 1, EP: 1}, kernels.Default())
		for n, rows := range map[int]int{1: 1, 7: 8, 64: 64} { // in their graph
			near(t, "decodes", decodeStep(m, stages*n, 3000), decodeStep(one, n, 3000)+transfers(m, rows),
				units.Picoseconds(stages*n*3000))
		}
		var load arch.Load
		for range stages {
			load.AddChunk(m.Reaches(), 1000, 2048, false)
		}
		var piece arch.Load
		piece.AddChunk(m.Reaches(), 1000, 2048, false)
		near(t, "pieces of prompts", m.Step([]arch.Load{load}), one.Step([]arch.Load{piece})+transfers(m, 2048), 0)
	}
}

// The largest microbatch has its share of everything at least, no more than there is, and the longest piece
// of a prompt whole.
func TestMicrobatchIsTheLargest(t *testing.T) {
	m := newModel(t, "gpt-oss-120b", arch.Plan{TP: 1, PP: 1, DP: 1, EP: 1}, kernels.Datasheet())
	rapid.Check(t, func(t *rapid.T) {
		whole := drawLoads(t, m, false)[0]
		stages := rapid.IntRange(1, 9).Draw(t, "stages")
		b := microbatch(whole, stages)
		if b.ChunkTokens < whole.Longest {
			t.Errorf("%d tokens of prompts, the longest piece has %d", b.ChunkTokens, whole.Longest)
		}
		check := func(what string, part, all int64) {
			// Keys are rounded down, of a share that is not below one part of as many as there are stages.
			if part > all || (part+1)*int64(stages) < all {
				t.Errorf("%d stages: %d of %d %s", stages, part, all, what)
			}
		}
		check("decodes", int64(b.Decodes), int64(whole.Decodes))
		check("chunks", int64(b.Chunks), int64(whole.Chunks))
		check("tokens", int64(b.ChunkTokens), int64(whole.ChunkTokens))
		check("samples", int64(b.Samples), int64(whole.Samples))
		check("earlier tokens", b.Earlier, whole.Earlier)
		for i := range m.Reaches() {
			check("decodes' keys", b.DecodeKeys[i], whole.DecodeKeys[i])
			check("pairs", b.ChunkPairs[i], whole.ChunkPairs[i])
			check("chunks' keys", b.ChunkKeys[i], whole.ChunkKeys[i])
		}
	})
}

// Products of the largest sums that a step may have do not fit in a word.
func TestPortionIsExact(t *testing.T) {
	if got := portion(1<<62+3, 1<<40, 1<<41); got != 1<<61+1 {
		t.Errorf("%d, want %d", got, int64(1<<61+1))
	}
}

// One host schedules all microbatches, one after the other: a round is never shorter than that takes.
func TestOneHostServesAllStages(t *testing.T) {
	m := newModel(t, "llama-3.1-8b", arch.Plan{TP: 1, PP: 4, DP: 1, EP: 1}, kernels.Default())
	m.Overhead = Overhead{Host: 1, Async: true}
	if got := decodeStep(m, 3, 1000); got != 3*units.PicosecondsPerSecond {
		t.Errorf("three microbatches take %d ps, their host 3 s", got)
	}
	m.Overhead = Overhead{Sequence: 1, Async: true}
	if got := decodeStep(m, 8, 1000); got != 8*units.PicosecondsPerSecond {
		t.Errorf("eight sequences take %d ps, what each costs 8 s", got)
	}
}
