package cost

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/sim/cost/kernels"
)

// Without context parallelism nothing changes, to the tick; 0 and 1 are the same.
func TestOneContextRankIsNone(t *testing.T) {
	for _, name := range []string{"llama-3.1-8b", "deepseek-v3", "qwen3-next-80b-a3b"} {
		none, one := arch.Plan{TP: 1, PP: 1, DP: 1, EP: 1}, arch.Plan{TP: 1, PP: 1, DP: 1, EP: 1, CP: 1}
		a, b := newModel(t, name, none, kernels.Default()), newModel(t, name, one, kernels.Default())
		rapid.Check(t, func(t *rapid.T) {
			if loads := drawLoads(t, a, false); a.Step(loads) != b.Step(loads) {
				t.Errorf("%s: %v without, %v with one context rank", name, a.Step(loads), b.Step(loads))
			}
		})
	}
}

// Context ranks halve a long prefill nearly, and leave decoding as it is.
func TestContextRanksSharePrefill(t *testing.T) {
	for _, c := range []struct {
		model string
		least float64 // speed-up of two ranks
	}{{"llama-3.1-8b", 1.9}, {"deepseek-v3", 1.5}, {"qwen3-next-80b-a3b", 1.5}} {
		one := newModel(t, c.model, arch.Plan{TP: 1, PP: 1, DP: 1, EP: 1}, kernels.Default())
		two := newModel(t, c.model, arch.Plan{TP: 1, PP: 1, DP: 1, EP: 1, CP: 2}, kernels.Default())
		var prefill, decode arch.Load
		prefill.AddChunk(one.Reaches(), 0, 100_000, true)
		decode.AddDecode(one.Reaches(), 100_000)
		faster := float64(one.Step([]arch.Load{prefill})) / float64(two.Step([]arch.Load{prefill}))
		if faster < c.least || faster > 2 {
			t.Errorf("%s: two context ranks are %.2f times as fast, want %g to 2", c.model, faster, c.least)
		}
		if a, b := one.Step([]arch.Load{decode}), two.Step([]arch.Load{decode}); a != b {
			t.Errorf("%s: decode takes %v on one rank, %v on two", c.model, a, b)
		}
	}
}

// A recurrence hands its state from rank to rank, so that a prompt runs through it as on one rank; what is
// computed token by token is shared.
func TestContextRanksShareNoRecurrence(t *testing.T) {
	for _, name := range []string{"qwen3-next-80b-a3b", "kimi-linear-48b-a3b", "nemotron-h-56b"} {
		var took [2][]OperatorTime
		for i, ranks := range []int{1, 4} {
			m := newModel(t, name, arch.Plan{TP: 1, PP: 1, DP: 1, EP: 1, CP: ranks}, kernels.Default())
			var prompt arch.Load
			prompt.AddChunk(m.Reaches(), 0, 40_000, true)
			took[i] = m.Breakdown([]arch.Load{prompt})
		}
		met := 0
		for i, one := range took[0] {
			four := took[1][i]
			if one.Name == "delta_rule" || one.Name == "scan" {
				met++
				if one.Time != four.Time {
					t.Errorf("%s: %v on one rank, %v on four", name, one.Time, four.Time)
				}
			}
		}
		if met == 0 {
			t.Errorf("%s: no recurrence", name)
		}
	}
}

// Ranks together attend every pair, run every token, and expand the whole latent cache each.
func TestContextSharesAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var l arch.Load
		cached, tokens := rapid.IntRange(0, 10_000).Draw(t, "cached"), rapid.IntRange(1, 10_000).Draw(t, "new")
		ranks := rapid.IntRange(1, 16).Draw(t, "ranks")
		l.AddChunk([]arch.Reach{{}}, cached, tokens, true)
		s := contextShare(l, ranks)
		n := int64(ranks)
		if s.ChunkTokens*ranks < tokens || s.ChunkTokens*ranks >= tokens+ranks ||
			s.ChunkPairs[0]*n < l.ChunkPairs[0] || s.ChunkPairs[0]*n >= l.ChunkPairs[0]+n {
			t.Errorf("%d ranks: %d tokens and %d pairs of %d and %d", ranks, s.ChunkTokens, s.ChunkPairs[0], tokens, l.ChunkPairs[0])
		}
		if arch.ExpandedRows.Of(&s) != arch.ExpandedRows.Of(&l) || s.ChunkKeys != l.ChunkKeys ||
			s.Samples != l.Samples {
			t.Errorf("%+v of %+v", s, l)
		}
	})
}

func TestContextRanksCountAsGPUs(t *testing.T) {
	if gpus := (arch.Plan{TP: 4, PP: 2, DP: 1, EP: 1, CP: 3}).GPUs(); gpus != 24 {
		t.Errorf("%d GPUs, want 24", gpus)
	}
}
