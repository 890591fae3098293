package experts

import (
	"math"
	"slices"
	"testing"
)

// deepSeek is DeepSeek-V3's router (config.json: 256 experts, top 8 from 4 of 8 groups, sigmoid), untrained
// and skewed.
func deepSeek(b Balance) Settings {
	return Settings{Experts: 256, TopK: 8, Groups: 8, GroupsTaken: 4, Affinity: Sigmoid, Balance: b,
		Skew: DefaultSkew, Speed: b.DefaultSpeed(), Seed: 1}
}

func newRouter(t *testing.T, s Settings) *Gate {
	t.Helper()
	r, err := New(s)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// DeepSeek-V3's bias update evens a skewed router out; without it nothing changes.
func TestBalancing(t *testing.T) {
	for _, c := range []struct {
		balance Balance
		low, up float64 // bounds of the largest load over the mean, after training
	}{{BiasUpdate, 1, 1.2}, {AuxiliaryLoss, 1, 1.2}, {Unbalanced, 3, math.Inf(1)}} {
		r := newRouter(t, deepSeek(c.balance))
		if before := r.Sample(SampleTokens).MaxOverMean(); before < 3 {
			t.Errorf("%s: %.2f before training, want a router skewed beyond 3", c.balance, before)
		}
		r.Train(120)
		if after := r.Sample(SampleTokens).MaxOverMean(); after < c.low || after > c.up {
			t.Errorf("%s: %.3f after training, want %g to %g", c.balance, after, c.low, c.up)
		}
	}
}

// A step moves every bias by the speed and no further: 10 steps of 0.001 leave none beyond 0.01.
func TestBiasMovesBySpeed(t *testing.T) {
	r := newRouter(t, deepSeek(BiasUpdate))
	r.Train(10)
	if least, most := slices.Min(r.bias), slices.Max(r.bias); math.Abs(least+0.01) > 1e-12 ||
		math.Abs(most-0.01) > 1e-12 {
		t.Errorf("biases from %g to %g, want the most skewed at ∓0.01", least, most)
	}
}

func TestDescendFollowsTheGradient(t *testing.T) {
	// Two experts, all choices to the first, mean affinities ¾ and ¼: the loss is 2·¾ = 1.5.
	offset := []float64{0, 0}
	descend(offset, []float64{2, 0}, []float64{0.75 * StepTokens, 0.25 * StepTokens}, 1, 0.1)
	if want := []float64{-0.1 * 1.5 * 0.5, 0.1 * 0.5 * 1.5}; math.Abs(offset[0]-want[0]) > 1e-15 ||
		math.Abs(offset[1]-want[1]) > 1e-15 {
		t.Errorf("offsets %v, want %v", offset, want)
	}
}

func TestSameSeedSameChoices(t *testing.T) {
	first, again := newRouter(t, deepSeek(BiasUpdate)), newRouter(t, deepSeek(BiasUpdate))
	first.Train(3)
	first.Sample(50) // looking does not disturb training
	first.Train(2)
	again.Train(5)
	a, b := first.Sample(1000), again.Sample(1000)
	if !slices.Equal(a.choices, b.choices) {
		t.Error("two routers of one seed differ")
	}
	other := deepSeek(BiasUpdate)
	other.Seed = 2
	if slices.Equal(a.choices, newRouter(t, other).Sample(1000).choices) {
		t.Error("another seed gives the same choices")
	}
}

// Group-limited routing takes different experts, from no more groups than allowed.
func TestChoicesKeepToGroups(t *testing.T) {
	s := newRouter(t, deepSeek(Unbalanced)).Sample(500)
	for choice := range slices.Chunk(s.choices, 8) {
		groups, experts := map[uint16]bool{}, map[uint16]bool{}
		for _, e := range choice {
			groups[e/32], experts[e] = true, true
		}
		if len(experts) != 8 || len(groups) > 4 {
			t.Fatalf("token chose %v: %d experts of %d groups", choice, len(experts), len(groups))
		}
	}
}

func TestTopMatchesSorting(t *testing.T) {
	scores := []float64{0.3, 0.9, 0.1, 0.9, 0.5, 0.2}
	best, values := make([]int, 4), make([]float64, 4)
	for _, c := range []struct {
		from int
		want []int
	}{{0, []int{1, 3, 4, 0}}, {2, []int{3, 1, 4, 0}}, {5, []int{1, 3, 4, 0}}} {
		if top(best, values, scores, c.from); !slices.Equal(best, c.want) {
			t.Errorf("from %d: %v, want %v", c.from, best, c.want)
		}
	}
}

// Perfectly fair routing leaves batches of 256 tokens 2.1 times fuller on the fullest of 256 experts than on
// the mean one: the expected maximum of 256 binomial counts of mean 8 (16.9).
func TestSmallBatchesAreUneven(t *testing.T) {
	fair := Settings{Experts: 256, TopK: 8, Affinity: Sigmoid, Balance: Unbalanced, Seed: 3}
	s := newRouter(t, fair).Sample(SampleTokens)
	if at256 := s.Imbalance(256); math.Abs(at256-2.1) > 0.05 {
		t.Errorf("max/mean %.3f at 256 tokens, want 2.1", at256)
	}
	if all := s.Imbalance(SampleTokens); all > 1.1 || all != s.MaxOverMean() {
		t.Errorf("max/mean %.3f over the sample (%.3f)", all, s.MaxOverMean())
	}
}

func TestSettingsAreChecked(t *testing.T) {
	for _, change := range []func(*Settings){
		func(s *Settings) { s.Experts = 0 }, func(s *Settings) { s.TopK = 257 }, func(s *Settings) { s.Groups = 7 },
		func(s *Settings) { s.GroupsTaken = 1; s.TopK = 33 }, func(s *Settings) { s.Affinity = "linear" },
		func(s *Settings) { s.Balance = "" }, func(s *Settings) { s.Skew = -1 },
		func(s *Settings) { s.Speed = math.NaN() },
	} {
		s := deepSeek(BiasUpdate)
		change(&s)
		if _, err := New(s); err == nil {
			t.Errorf("%+v was accepted", s)
		}
	}
}

func BenchmarkTrain(b *testing.B) {
	r, err := New(deepSeek(BiasUpdate))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		r.Train(1)
	}
}
