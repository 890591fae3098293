package kernels

import (
	"math"

	"github.com/roofserve/roofserve/internal/portable"
)

// Popularity routing lets some experts be chosen more often than others, for all of a step's tokens alike: a
// token has an expert among its choices with a chance that is drawn once for each expert, from a beta
// distribution with mean topK/experts and Shape as its first parameter. An expert's choices are then
// beta-binomial (Skellam, JRSS B 10, 1948). A large Shape is uniform routing; a small one has few favourites,
// and leaves more experts without any token.
type Popularity struct{ Shape float64 }

// Spread implements Routing.
func (r Popularity) Spread(tokens, topK, experts, ranks int) Spread {
	if tokens == 0 {
		return Spread{}
	}
	if topK >= experts {
		return Uniform{}.Spread(tokens, topK, experts, ranks)
	}
	n, chance := float64(tokens), float64(topK)/float64(experts)
	a := r.Shape
	b := a * (1 - chance) / chance
	missed := portable.Exp(portable.LogGamma(b+n) - portable.LogGamma(b) +
		portable.LogGamma(a+b) - portable.LogGamma(a+b+n))
	local := float64(experts) / float64(ranks)
	mean := float64(n*chance) * local
	variance := float64(mean*(1-chance)) * (a + b + n) / (a + b + 1)
	return fullest(tokens, topK, ranks, local, mean, variance, 1-missed, math.Inf(1))
}
