package workloads

import (
	"math"
	"math/rand/v2"

	"github.com/roofserve/roofserve/internal/hash"
	"github.com/roofserve/roofserve/internal/portable"
)

// stream is a source of random numbers of its own, named within a seed: what one stream draws does not change
// another.
type stream struct{ source *rand.PCG }

func newStream(seed uint64, name string) stream {
	return stream{rand.NewPCG(seed, hash.Name(name))}
}

// drawBits is the number of random bits in a draw.
const drawBits = 52

// draw is one of 2^drawBits whole numbers, all equally likely.
func (s stream) draw() uint64 { return s.source.Uint64() >> (64 - drawBits) }

// probability is the middle of the one of 2^drawBits equal parts between 0 and 1 that a draw numbers.
func probability(draw uint64) float64 { return (float64(int64(draw)) + 0.5) / (1 << drawBits) }

// uniform is a number between 0 and 1, both excluded.
func (s stream) uniform() float64 { return probability(s.draw()) }

// below is a whole number from 0 to n−1, all equally likely.
func (s stream) below(n int) int {
	return int(rand.New(s.source).Uint64N(uint64(n)))
}

// exponential has mean 1.
func (s stream) exponential() float64 { return -portable.Log(s.uniform()) }

// normal has mean 0 and standard deviation 1. It inverts the distribution, one uniform number a draw.
func (s stream) normal() float64 { return portable.NormalQuantile(s.uniform()) }

// gamma has the given shape and scale 1: rejection from a cubed normal (Marsaglia and Tsang, "A simple method
// for generating gamma variables", ACM TOMS 26(3), 2000); below shape 1, that of shape+1 times a power of a
// uniform number (ibid., section 6).
func (s stream) gamma(shape float64) float64 {
	if shape < 1 {
		return s.gamma(shape+1) * portable.Pow(s.uniform(), 1/shape)
	}
	d := shape - 1.0/3
	c := 1 / math.Sqrt(9*d)
	for {
		x := s.normal()
		v := 1 + float64(c*x)
		if v <= 0 {
			continue
		}
		v = float64(v*v) * v
		u, square := s.uniform(), float64(x*x)
		if u < 1-float64(0.0331*float64(square*square)) { // a quick bound from below
			return d * v
		}
		logarithm := float64(0.5*square) + d - float64(d*v) + float64(d*portable.Log(v))
		if portable.Log(u) < logarithm {
			return d * v
		}
	}
}

// drawAhead is how many values are drawn at once: a processor works on several logarithms at a time where
// none waits for the use of another, and finds the code of a short loop at hand.
const drawAhead = 64
