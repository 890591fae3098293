package kernels

import (
	"math"
	"testing"
)

// waysToTake counts the ways to take k of n.
func waysToTake(n, k int) float64 {
	ways := 1.0
	for i := range k {
		ways = ways * float64(n-i) / float64(i+1)
	}
	return ways
}

// maximum is the exact mean of the largest of so many cells' counts when tokens fall into them at random: the
// sum over
// t of the chance that some cell has more than t, counting arrangements cell by cell.
func maximum(tokens, cells int) float64 {
	mean := 0.0
	for t := range tokens {
		// ways[n] is the number of arrangements of n tokens in the cells so far with at most t in each.
		ways := make([]float64, tokens+1)
		ways[0] = 1
		for range cells {
			next := make([]float64, tokens+1)
			for n, w := range ways {
				for k := 0; k <= t && n+k <= tokens; k++ {
					next[n+k] += w * waysToTake(n+k, k)
				}
			}
			ways = next
		}
		mean += 1 - ways[tokens]/math.Pow(float64(cells), float64(tokens))
	}
	return mean
}

// The fullest rank's choices, against every arrangement of a few tokens that choose one of many experts. The
// law takes ranks
// as independent and a little too even: it leaves out that what one rank gets the others do not.
func TestFullestRankByCounting(t *testing.T) {
	// of three tokens all fall on one rank with a chance of ¼
	for tokens, want := range map[int]float64{1: 1, 2: 1.5, 3: 2.25} {
		if got := maximum(tokens, 2); got != want {
			t.Fatalf("the larger of two counts of %d tokens is %g on average, by hand %g", tokens, got, want)
		}
	}
	for _, c := range []struct {
		tokens, ranks int
		off           float64
	}{{10, 2, 0.09}, {40, 2, 0.04}, {20, 4, 0.07}, {60, 4, 0.04}, {16, 8, 0.06}} {
		want := maximum(c.tokens, c.ranks)
		got := Uniform{}.Spread(c.tokens, 1, 16*c.ranks, c.ranks).Copies
		if off := 1 - got/want; off < -0.01 || off > c.off {
			t.Errorf("%d tokens on %d ranks: %.3f choices on the fullest, by counting %.3f", c.tokens,
				c.ranks, got, want)
		}
	}
	// 256 tokens choose 8 of 256 experts on 8 ranks of 32: 256 choices on the mean rank, with a variance of
	// 256·(1−8/256)·(1−1/8),
	// and 1.4236 deviations on the fullest of 8; its cube root is normal (Wilson and Hilferty).
	w := math.Sqrt(256*(1-8./256)*7/8) / (3 * 256)
	root := 1 - w*w + 1.4236*w
	same(t, "the fullest of 8", Uniform{}.Spread(256, 8, 256, 8).Copies, 256*root*root*root)
}

// An expert's chance to be chosen is drawn from Beta(a, a·(1−c)/c) with mean c: that no token chooses it has
// the chance
// ∏ (b+i)/(a+b+i).
func TestPopularityByHand(t *testing.T) {
	for _, c := range []struct {
		shape                 float64
		tokens, topK, experts int
	}{{0.61, 1, 8, 256}, {0.61, 64, 8, 256}, {2, 7, 2, 8}, {0.3, 500, 6, 64}} {
		chance := float64(c.topK) / float64(c.experts)
		a, b := c.shape, c.shape/chance-c.shape
		missed := 1.0
		for i := range c.tokens {
			missed *= (b + float64(i)) / (a + b + float64(i))
		}
		want := float64(c.experts) * (1 - missed)
		got := Popularity{c.shape}.Spread(c.tokens, c.topK, c.experts, 1)
		if math.Abs(got.Experts/want-1) > 1e-9 ||
			math.Abs(got.Copies-float64(c.tokens*c.topK)) > 1e-9*got.Copies {
			t.Errorf("%+v: %+v, by hand %g experts", c, got, want)
		}
	}
	// Favourites crowd a rank: the spread of its choices is the beta-binomial's, which the fullest rank's
	// grows with.
	even, skewed := Uniform{}.Spread(256, 8, 256, 8).Copies, Popularity{0.61}.Spread(256, 8, 256, 8).Copies
	n, p := 256., 8./256
	a := 0.61
	b := a * (1 - p) / p
	ratio := math.Sqrt((a + b + n) / (a + b + 1))
	if got := (skewed - 256) / (even - 256); math.Abs(got/ratio-1) > 0.15 {
		t.Errorf("the fullest rank exceeds the mean %.2f times as far as with even chances, the deviations' ratio is %.2f", got, ratio)
	}
	if got := (Popularity{1}).Spread(5, 4, 4, 2); got != (Uniform{}).Spread(5, 4, 4, 2) {
		t.Errorf("every token takes every expert: %+v", got)
	}
}

// Moments of a power law between 1 and h with density ∝ x^−α, by Simpson's rule.
func TestPowerLawMomentsByQuadrature(t *testing.T) {
	integral := func(f func(float64) float64, low, high float64) float64 {
		const n = 2000 // in the logarithm
		step := math.Log(high/low) / n
		sum := 0.0
		for i := range n + 1 {
			x := low * math.Exp(step*float64(i))
			weight := map[bool]float64{true: 4, false: 2}[i%2 == 1]
			if i == 0 || i == n {
				weight = 1
			}
			sum += weight * f(x) * x
		}
		return sum * step / 3
	}
	for _, alpha := range []float64{1.01, 1.2} {
		for _, c := range []struct{ low, high, mean float64 }{{1, 80, 5}, {0.01, 2, 0.3}, {1, 1600, 40}} {
			density := func(x float64) float64 { return math.Pow(x, -alpha) }
			all := integral(density, c.low, c.high)
			first := integral(func(x float64) float64 { return x * density(x) }, c.low, c.high) / all
			second := integral(func(x float64) float64 { return x * x * density(x) }, c.low, c.high) / all
			scale := c.mean / first
			p := powerLaw(1-alpha, c.low, c.high, c.mean)
			if math.Abs(p.low/(c.low*scale)-1) > 1e-6 || math.Abs(p.high/(c.high*scale)-1) > 1e-6 ||
				math.Abs(p.second/(second*scale*scale)-1) > 1e-6 {
				t.Errorf("alpha %g, %+v: from %g to %g with second moment %g, by quadrature %g to %g and %g",
					alpha, c, p.low, p.high, p.second,
					c.low*scale, c.high*scale, second*scale*scale)
			}
			for _, at := range []float64{0.5, 2} {
				x := at * c.mean
				if x <= p.low || x >= p.high {
					continue
				}
				want := integral(density, x/scale, c.high) / all
				if got := p.exceeds(x); math.Abs(got-want) > 1e-6 {
					t.Errorf("alpha %g, %+v: %g exceed %g, by quadrature %g", alpha, c, got, x, want)
				}
			}
			if p.exceeds(p.low) != 1 || p.exceeds(p.high) != 0 {
				t.Errorf("beyond its bounds %g and %g", p.exceeds(p.low), p.exceeds(p.high))
			}
		}
	}
}

// Expected maxima of normal deviates, by integrating 1 − Φ(x)ⁿ.
func TestNormalMaximaByQuadrature(t *testing.T) {
	for n := 2; n <= 256; n *= 2 {
		mean := 0.0
		const step = 1e-3
		for x := -8.0; x < 8; x += step {
			at := x + step/2
			below := math.Pow(0.5*math.Erfc(-at/math.Sqrt2), float64(n))
			if at > 0 {
				mean += (1 - below) * step
			} else {
				mean -= below * step
			}
		}
		if got := expectedMaximum(n); math.Abs(got-mean) > 2e-4 {
			t.Errorf("the largest of %d is %g, by quadrature %.4f", n, got, mean)
		}
	}
	one, three := expectedMaximum(1), expectedMaximum(3)
	six, many := expectedMaximum(6), expectedMaximum(100000)
	if one != 0 ||
		math.Abs(three-0.8463) > 0.06 || math.Abs(six-1.2672) > 0.05 || many != expectedMaximum(256) {
		t.Errorf("of 1, 3, 6 and 100000: %g, %g, %g, %g", one, three, six, many)
	}
}
