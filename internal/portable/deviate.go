package portable

import (
	"math"
	"math/rand/v2"
	"sync"
)

// The ziggurat under a normal density: so many layers of one area, the lowest of which has the tail beyond an
// edge.
const (
	zigguratLayers = 128
	zigguratEdge   = 3.442619855899
	zigguratArea   = 9.91256303526217e-3
)

// ziggurat tells of each layer the scale that makes a 31-bit number an abscissa, the number below which it
// lies under the density whatever its height, and the density at its outer edge.
type ziggurat struct {
	scale, height [zigguratLayers]float32
	inside        [zigguratLayers]uint32
}

// Deviate draws from the standard normal distribution: (*rand.Rand).NormFloat64, number for number, but for
// the logarithms and the exponentials that about one draw in a hundred needs, which differ between machines
// there (Marsaglia and Tsang, "The ziggurat method for generating random variables", Journal of Statistical
// Software 5(8), 2000).
func Deviate(r *rand.Rand) float64 {
	z := normalZiggurat()
	for {
		bits := r.Uint64()
		j, i := int32(bits), bits>>32%zigguratLayers
		x := float64(float64(j) * float64(z.scale[i]))
		if uint32(max(int64(j), -int64(j))) < z.inside[i] {
			return x
		}
		if i == 0 {
			return math.Copysign(zigguratEdge+normalTail(r), float64(j))
		}
		y := z.height[i] + float32(float32(r.Float64())*(z.height[i-1]-z.height[i]))
		if y < float32(Exp(float64(-0.5*x*x))) {
			return x
		}
	}
}

// normalTail is by how much a deviate beyond the ziggurat's edge exceeds it (Marsaglia, Technometrics 6(1),
// 1964).
func normalTail(r *rand.Rand) float64 {
	for {
		x, y := float64(-Log(r.Float64())*(1/zigguratEdge)), -Log(r.Float64())
		if y+y >= float64(x*x) {
			return x
		}
	}
}

var normalZiggurat = sync.OnceValue(func() *ziggurat {
	const span = 1 << 31 // of the numbers that are scaled
	var z ziggurat
	density := func(x float64) float64 { return Exp(float64(-0.5 * x * x)) }
	outer := zigguratEdge
	base := zigguratArea / density(outer) // width of a box with the area of the lowest layer
	z.inside[0], z.scale[0], z.height[0] = uint32(outer/base*span), float32(base/span), 1
	z.scale[zigguratLayers-1], z.height[zigguratLayers-1] = float32(outer/span), float32(density(outer))
	for i := zigguratLayers - 2; i > 0; i-- {
		inner := math.Sqrt(float64(-2 * Log(zigguratArea/outer+density(outer))))
		z.inside[i+1] = uint32(inner / outer * span)
		z.scale[i], z.height[i] = float32(inner/span), float32(density(inner))
		outer = inner
	}
	return &z
})
