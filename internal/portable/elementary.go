package portable

import "math"

// ln 2 in two parts, the first short enough that its product with any exponent is exact (FreeBSD, s_log1p.c).
const (
	ln2High = 6.93147180369123816490e-01
	ln2Low  = 1.90821492927058770002e-10
)

// Log is the natural logarithm, within one unit in the last place: with x = 2^k·(1+f) and s = f/(2+f),
// log(1+f) = 2·atanh(s), by the minimax polynomial of FreeBSD's e_log.c (Sun Microsystems, 1993, freely
// granted).
func Log(x float64) float64 {
	switch {
	case math.IsNaN(x) || x < 0:
		return math.NaN()
	case x == 0:
		return math.Inf(-1)
	case math.IsInf(x, 1):
		return x
	}
	fraction, exponent := split(x)
	f, k := fraction-1, float64(exponent)
	s := f / (2 + f)
	z := float64(s * s)
	p := 1.531383769920937332e-01 + float64(z*1.479819860511658591e-01)
	p = 1.818357216161805012e-01 + float64(z*p)
	p = 2.222219843214978396e-01 + float64(z*p)
	p = 2.857142874366239149e-01 + float64(z*p)
	p = 3.999999999940941908e-01 + float64(z*p)
	p = 6.666666666666735130e-01 + float64(z*p)
	r := float64(z * p)
	half := float64(0.5 * f * f)
	return float64(k*ln2High) - ((half - (float64(s*(half+r)) + float64(k*ln2Low))) - f)
}

// Exp is e^x, within one unit in the last place: with x = k·ln 2 + r, the rational approximation of FreeBSD's
// e_exp.c (Sun Microsystems, 1993, freely granted).
func Exp(x float64) float64 {
	switch {
	case math.IsNaN(x) || x > 709.782712893383973096: // overflows
		return x * math.Inf(1)
	case x < -745.133219101941108420: // underflows
		return 0
	}
	k := math.RoundToEven(float64(math.Log2E * x))
	high, low := x-float64(k*ln2High), float64(k*ln2Low)
	r := high - low
	t := float64(r * r)
	p := -1.65339022054652515390e-06 + float64(t*4.13813679705723846039e-08)
	p = 6.61375632143793436117e-05 + float64(t*p)
	p = -2.77777777770155933842e-03 + float64(t*p)
	p = 1.66666666666666657415e-01 + float64(t*p)
	c := r - float64(t*p)
	y := 1 - ((low - float64(r*c)/(2-c)) - high)
	return scale(y, int(k))
}

// Pow is x^y for x of at least 0. Its relative error grows with |y·log x|, one unit in the last place for
// each: it suits norms and power laws, not large powers that must be exact.
func Pow(x, y float64) float64 {
	switch {
	case y == 0 || x == 1:
		return 1
	case x == 0 && y < 0:
		return math.Inf(1)
	case x == 0:
		return 0
	}
	return Exp(float64(y * Log(x)))
}

// scale is y·2^k, for y near 1: for normal results by a power of two made from its bits, which is quick.
func scale(y float64, k int) float64 {
	if k < -1021 || k > 1022 {
		return math.Ldexp(y, k)
	}
	return y * math.Float64frombits(uint64(k+1023)<<52)
}

// split writes x > 0 as fraction·2^exponent with the fraction from √½ to √2.
func split(x float64) (fraction float64, exponent int) {
	bits := math.Float64bits(x)
	if biased := bits >> 52; biased == 0 { // subnormal
		fraction, exponent = math.Frexp(x)
	} else { // Frexp's result, from the bits
		fraction, exponent = math.Float64frombits(bits&(1<<52-1)|1022<<52), int(biased)-1022
	}
	if fraction < math.Sqrt2/2 {
		return fraction * 2, exponent - 1
	}
	return fraction, exponent
}
