package main

import (
	"math"
)

// linear is the q-quantile by NumPy's default definition.
func linear(sorted []float64, q float64) float64 {
	if len(sorted) == 0 {
		return math.NaN()
	}
	below, part := math.Modf(q * float64(len(sorted)-1))
	i := int(below)
	if part == 0 {
		return sorted[i]
	}
	return sorted[i]*(1-part) + sorted[i+1]*part
}
