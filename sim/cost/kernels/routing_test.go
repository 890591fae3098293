package kernels

import (
	"math"
	"math/rand/v2"
	"testing"
)

var routings = map[string]Routing{
	"balanced": Balanced{}, "uniform": Uniform{}, "power law 1.01": PowerLaw{1.01}, "power law 1.2": PowerLaw{1.2},
	"popularity 0.5": Popularity{0.5}, "popularity 20": Popularity{20},
}

func TestSpreadKeepsItsLaws(t *testing.T) {
	for name, routing := range routings {
		for _, layer := range []struct{ topK, experts, ranks int }{{8, 256, 1}, {8, 256, 8}, {8, 256, 256},
			{2, 8, 1}, {2, 8, 8}, {10, 512, 16}, {1, 16, 4}} {
			before := Spread{}
			for _, tokens := range []int{1, 2, 3, 5, 8, 16, 40, 100, 500, 3000, 20000} {
				s := routing.Spread(tokens, layer.topK, layer.experts, layer.ranks)
				mean := float64(tokens*layer.topK) / float64(layer.ranks)
				local := float64(layer.experts) / float64(layer.ranks)
				switch {
				case s.Copies < mean*(1-1e-12):
					t.Errorf("%s %v: %d tokens: the fullest rank has %g choices, fewer than the mean %g", name, layer, tokens, s.Copies, mean)
				case layer.ranks == 1 && s.Copies != mean:
					t.Errorf("%s %v: %d tokens: %g choices in all, want %g", name, layer, tokens, s.Copies, mean)
				case s.Experts > math.Min(local, s.Copies)*(1+1e-12) || s.Experts <= 0:
					t.Errorf("%s %v: %d tokens: %g of %g experts hit by %g choices", name, layer, tokens, s.Experts, local, s.Copies)
				case s.Copies < 0.8*before.Copies: // the power law's bounds jump where choices outnumber experts
					t.Errorf("%s %v: %d tokens: %g choices, fewer than with fewer tokens (%g)", name, layer, tokens, s.Copies, before.Copies)
				}
				before = s
			}
		}
	}
}

func TestUniformHitsTheExpectedNumberOfExperts(t *testing.T) {
	for _, tokens := range []int{1, 7, 64, 1000} {
		want := 256 * (1 - math.Pow(1-8.0/256, float64(tokens)))
		if got := (Uniform{}).Spread(tokens, 8, 256, 1).Experts; math.Abs(got/want-1) > 1e-12 {
			t.Errorf("%d tokens hit %g experts, want %g", tokens, got, want)
		}
	}
}

// TestPowerLawMatchesDraws compares the closed form with drawing popularities, as the measurements did.
func TestPowerLawMatchesDraws(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 7))
	for _, alpha := range []float64{1.01, 1.2} {
		for _, layer := range []struct{ topK, experts, ranks int }{{8, 256, 1}, {8, 256, 4}, {8, 128, 8},
			{10, 512, 32}, {2, 8, 1}} {
			for _, tokens := range []int{8, 64, 256, 2048} {
				const draws = 200
				var want Spread
				for range draws {
					s := drawSpread(rng, alpha, tokens, layer.topK, layer.experts, layer.ranks)
					want.Copies += s.Copies / draws
					want.Experts += s.Experts / draws
				}
				got := PowerLaw{alpha}.Spread(tokens, layer.topK, layer.experts, layer.ranks)
				if math.Abs(got.Copies/want.Copies-1) > 0.16 || math.Abs(got.Experts/want.Experts-1) > 0.12 {
					t.Errorf("alpha %g, %v, %d tokens: %+v, draws give %+v", alpha, layer, tokens, got, want)
				}
			}
		}
	}
}

// drawSpread draws popularities, rounds them to whole tokens, fills up or takes away what rounding left, and
// finds the fullest rank.
func drawSpread(rng *rand.Rand, alpha float64, tokens, topK, experts, ranks int) Spread {
	low, high := 0.01, 2.0
	if tokens*topK > experts {
		low, high = 1, 0.8*float64(tokens)
	}
	b, sum := 1-alpha, 0.0
	popularity := make([]float64, experts)
	for i := range popularity {
		popularity[i] = math.Pow((math.Pow(high, b)-math.Pow(low, b))*rng.Float64()+math.Pow(low, b), 1/b)
		sum += popularity[i]
	}
	counts, left := make([]int, experts), tokens*topK
	for i, x := range popularity {
		counts[i] = min(int(math.RoundToEven(x/sum*float64(tokens*topK))), tokens)
		left -= counts[i]
	}
	order := rng.Perm(experts)
	for step := 1; left != 0; left -= step {
		best := -1
		if left < 0 {
			step = -1
		} else {
			step = 1
		}
		for _, i := range order {
			if best < 0 || step*counts[i] < step*counts[best] {
				best = i
			}
		}
		counts[best] += step
	}
	var fullest Spread
	local := experts / ranks
	for r := range ranks {
		var s Spread
		for _, n := range counts[r*local : (r+1)*local] {
			s.Copies += float64(n)
			if n > 0 {
				s.Experts++
			}
		}
		if s.Copies > fullest.Copies {
			fullest = s
		}
	}
	return fullest
}

func BenchmarkPowerLawSpread(b *testing.B) {
	for b.Loop() {
		PowerLaw{1.01}.Spread(256, 8, 256, 8)
	}
}
