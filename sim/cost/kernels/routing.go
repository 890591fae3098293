package kernels

import (
	"math"
	"math/bits"

	"github.com/roofserve/roofserve/internal/portable"
)

// Spread is where the tokens of one layer's step go, seen from the expert-parallel rank that gets most of
// them, which sets the layer's time.
type Spread struct {
	// tokens that the rank's experts process, a token counting once for each of them that it chose
	Copies  float64
	Experts float64 // the rank's experts that at least one token chose: those whose weights are read
}

// Routing is how a router spreads tokens over experts. Implementations give expectations, as pure functions
// of their arguments: tokens in the layer, experts each chooses, experts in the layer, and ranks that share
// these evenly.
type Routing interface {
	Spread(tokens, topK, experts, ranks int) Spread
}

// Balanced routing gives every expert the same number of tokens, and few tokens to different experts: the
// ideal of a load balancer, and more distinct experts than any router reaches with few tokens.
type Balanced struct{}

// Spread implements Routing.
func (Balanced) Spread(tokens, topK, experts, ranks int) Spread {
	copies := math.Max(float64(tokens*topK)/float64(ranks), math.Min(1, float64(tokens*topK)))
	return Spread{Copies: copies, Experts: math.Min(copies, float64(experts)/float64(ranks))}
}

// Uniform routing draws each token's experts at random, all equally likely: E·(1−(1−k/E)^M) experts are hit.
type Uniform struct{}

// Spread implements Routing.
func (Uniform) Spread(tokens, topK, experts, ranks int) Spread {
	chance := float64(topK) / float64(experts)
	missed := 0.0
	if chance < 1 {
		missed = portable.Exp(float64(float64(tokens) * portable.Log(1-chance)))
	}
	local := float64(experts) / float64(ranks)
	mean := float64(float64(tokens)*chance) * local
	variance := float64(mean * (1 - chance))
	return fullest(tokens, topK, ranks, local, mean, variance, 1-missed, math.Inf(1))
}

// PowerLaw routing draws each expert's popularity from a density ∝ x^−Alpha between 1 and 0.8·tokens (between
// 0.01 and 2 while there are fewer choices than experts), and shares the choices out in proportion, in whole
// tokens: what the expert layers in silicon/*_moe were measured with (Apache-2.0, aiconfigurator,
// collector/helper.py). Alpha 1.01 is what DeepSeek-R1's router was observed to do and 1.2 what Qwen3-235B's
// was (same source).
type PowerLaw struct{ Alpha float64 }

// Spread implements Routing.
func (r PowerLaw) Spread(tokens, topK, experts, ranks int) Spread {
	if tokens == 0 {
		return Spread{}
	}
	low, high := 0.01, 2.0
	if tokens*topK > experts {
		low, high = 1, 0.8*float64(tokens)
	}
	each := float64(tokens*topK) / float64(experts) // mean choices of an expert
	law := powerLaw(1-r.Alpha, low, high, each)
	hit, filled := law.hit()
	local := float64(experts) / float64(ranks)
	mean := float64(each * local)
	variance := float64(law.variance()*local) + float64(filled*local)
	return fullest(tokens, topK, ranks, local, mean, variance, math.Min(hit, each),
		float64(local*math.Max(law.high, 1)))
}

// fullest is the spread on the fullest of several ranks, each with local experts whose choices have the mean
// and variance given; hit is the share of experts hit on an average rank and most the largest number of
// choices possible. The choices of a rank are taken as gamma distributed (by the cube-root approximation of
// Wilson and Hilferty, 1931).
func fullest(tokens, topK, ranks int, local, mean, variance, hit, most float64) Spread {
	s := Spread{Copies: mean, Experts: float64(hit * local)}
	if ranks == 1 || variance == 0 {
		return s
	}
	variance *= 1 - 1/float64(ranks)
	width := math.Sqrt(variance) / (3 * mean)
	root := 1 - float64(width*width) + float64(width*expectedMaximum(ranks))
	copies := float64(mean * root * root * root)
	copies = math.Min(copies, math.Min(most, float64(tokens)*math.Min(float64(topK), local)))
	s.Copies = math.Max(copies, math.Max(mean, 1))
	// Where few experts are hit, more choices hit more of them; where all are, no more can be.
	crowd := 1 + float64((1-hit)*(s.Copies/mean-1))
	s.Experts = math.Min(float64(s.Experts*crowd), math.Min(local, s.Copies))
	return s
}

// normalMaxima are the expected largest of 1, 2, 4, … 256 standard normal deviates (Harter, Biometrika 48,
// 1961).
var normalMaxima = [...]float64{0, 0.5642, 1.0294, 1.4236, 1.7660, 2.0697, 2.3437, 2.5946, 2.8269}

// expectedMaximum interpolates normalMaxima.
func expectedMaximum(n int) float64 {
	i := bits.Len(uint(n)) - 1
	if i >= len(normalMaxima)-1 {
		return normalMaxima[len(normalMaxima)-1]
	}
	part := float64(n)/float64(int(1)<<i) - 1
	return normalMaxima[i] + float64(part*(normalMaxima[i+1]-normalMaxima[i]))
}

// powers is a power law between two bounds, of which the chance to exceed t is (t^b − high^b)/(low^b −
// high^b).
type powers struct {
	b, low, high     float64
	lowToB, highToB  float64
	second, mean, of float64 // ⟨x²⟩, ⟨x⟩, low^b − high^b
}

// powerLaw is the power law with exponent b−1 between low and high, scaled to a mean.
func powerLaw(b, low, high, mean float64) powers {
	lowToB, highToB := portable.Pow(low, b), portable.Pow(high, b)
	norm := -b / (lowToB - highToB)
	first := float64(norm*(float64(highToB*high)-float64(lowToB*low))) / (b + 1)
	second := float64(norm*(float64(highToB*high*high)-float64(lowToB*low*low))) / (b + 2)
	scale := mean / first
	toB := portable.Pow(scale, b)
	p := powers{b: b, low: low * scale, high: high * scale, mean: mean, second: float64(second * scale * scale)}
	p.lowToB, p.highToB = float64(lowToB*toB), float64(highToB*toB)
	p.of = p.lowToB - p.highToB
	return p
}

func (p *powers) variance() float64 {
	if p.high < 0.5 {
		return 0 // every popularity rounds to zero tokens: choices are filled in one by one
	}
	return math.Max(p.second-float64(p.mean*p.mean), 0)
}

// exceeds is the chance of a value above t.
func (p *powers) exceeds(t float64) float64 {
	switch {
	case t <= p.low:
		return 1
	case t >= p.high:
		return 0
	}
	return (portable.Pow(t, p.b) - p.highToB) / p.of
}

// hit is the share of experts with at least one token after rounding to whole tokens, and the share that owe
// it to the tokens that rounding left over, which go to experts without any. The tokens left over are ∫₀¹
// exceeds − exceeds(½) an expert, plus what the midpoint rule misses of the rest (Σ f″/24 at 1.5, 2.5, …, of
// which Σ (n+½)^−2 is 0.935).
func (p *powers) hit() (share, filled float64) {
	rounded := p.exceeds(0.5)
	var below float64
	switch {
	case p.high <= 1:
		below = p.mean
	case p.low >= 1:
		below = 1
	default:
		below = p.low + ((1-float64(p.lowToB*p.low))/(p.b+1)-float64(p.highToB*(1-p.low)))/p.of
	}
	left := below - rounded
	if p.high > 1.5 {
		left += 0.935 / 24 * float64(-p.b*(1-p.b)) / p.of
	}
	share = math.Min(1, rounded+math.Max(left, 0))
	return share, share - rounded
}
