package experts

import (
	"math"
	"testing"

	"github.com/roofserve/roofserve/sim/cost/kernels"
)

func TestSpreadKeepsItsLaws(t *testing.T) {
	s := newRouter(t, deepSeek(Unbalanced)).Sample(8192)
	for _, c := range []struct{ ranks, redundant int }{{1, 0}, {8, 0}, {64, 0}, {256, 0}, {32, 32}} {
		r, err := s.Routing(c.ranks, c.redundant)
		if err != nil {
			t.Fatal(err)
		}
		local := float64(256+c.redundant) / float64(c.ranks)
		before := kernels.Spread{}
		for _, tokens := range []int{0, 1, 2, 3, 7, 20, 63, 64, 200, 1000, 8191, 8192, 8193, 100_000} {
			at := r.Spread(tokens, 8, 256, c.ranks)
			mean := float64(tokens*8) / float64(c.ranks)
			switch {
			case at.Copies < mean || c.ranks == 1 && at.Copies != mean:
				t.Errorf("%v: %d tokens: %g choices on the fullest rank, %g on the mean one", c, tokens, at.Copies, mean)
			case at.Experts > math.Min(local, at.Copies):
				t.Errorf("%v: %d tokens: %g of %g experts hit by %g choices", c, tokens, at.Experts, local, at.Copies)
			case at.Copies < before.Copies:
				t.Errorf("%v: %d tokens: %g choices, fewer than %g with fewer tokens", c, tokens, at.Copies, before.Copies)
			}
			before = at
		}
	}
}

// A fair router's spread is that of uniform routing.
func TestFairSpreadIsUniform(t *testing.T) {
	fair := Settings{Experts: 256, TopK: 8, Affinity: Softmax, Balance: Unbalanced, Seed: 5}
	s := newRouter(t, fair).Sample(SampleTokens)
	for _, ranks := range []int{1, 16} {
		r, err := s.Routing(ranks, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, tokens := range []int{4, 64, 256, 4096} {
			got, want := r.Spread(tokens, 8, 256, ranks), kernels.Uniform{}.Spread(tokens, 8, 256, ranks)
			if math.Abs(got.Copies/want.Copies-1) > 0.05 || math.Abs(got.Experts/want.Experts-1) > 0.1 {
				t.Errorf("%d tokens on %d ranks: %+v, uniform %+v", tokens, ranks, got, want)
			}
		}
	}
}

// Redundant experts even a skewed load out over ranks.
func TestReplicationEvensRanksOut(t *testing.T) {
	s := newRouter(t, deepSeek(Unbalanced)).Sample(SampleTokens)
	fullest := func(redundant int) float64 {
		r, err := s.Routing(32, redundant)
		if err != nil {
			t.Fatal(err)
		}
		return r.Spread(SampleTokens, 8, 256, 32).Copies / (SampleTokens * 8 / 32)
	}
	if plain, with := fullest(0), fullest(32); plain < 1.3 || with > 1.05 {
		t.Errorf("fullest rank %.3f of the mean without, %.3f with 32 redundant experts", plain, with)
	}
}

// Four experts of loads 6, 3, 2, 1 on two ranks: two more replicas go to the first, whose 2+2+2 with 3, 2, 1
// pack evenly.
func TestReplicasGoToTheHeaviest(t *testing.T) {
	p := replicated([]float64{6, 3, 2, 1}, 2, 2)
	seen := map[int]bool{}
	weight := make([]float64, 2)
	for e, load := range []float64{6, 3, 2, 1} {
		for _, slot := range p.replicas[e] {
			if seen[slot] {
				t.Errorf("slot %d holds two experts", slot)
			}
			seen[slot] = true
			weight[slot/p.slots] += load / float64(len(p.replicas[e]))
		}
	}
	if len(p.replicas[0]) != 3 || len(seen) != 6 || p.slots != 3 || math.Abs(weight[0]-weight[1]) > 1e-9 {
		t.Errorf("replicas %v, ranks %v", p.replicas, weight)
	}
}

func TestRoutingIsChecked(t *testing.T) {
	s := newRouter(t, deepSeek(Unbalanced)).Sample(16)
	for _, c := range [][2]int{{0, 0}, {7, 0}, {8, -8}, {8, 3}} {
		if _, err := s.Routing(c[0], c[1]); err == nil {
			t.Errorf("%d ranks with %d redundant experts were accepted", c[0], c[1])
		}
	}
}
