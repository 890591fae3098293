package portable

// halfLog2Pi is ln(2π)/2.
const halfLog2Pi = 0.918938533204672741780

// LogGamma is ln Γ(x) for x above 0, to 12 digits: Stirling's series from 10 on, below by Γ(x) = Γ(x+1)/x
// (Abramowitz and Stegun, Handbook of Mathematical Functions, 6.1.15 and 6.1.41).
func LogGamma(x float64) float64 {
	product := 1.0
	for x < 10 {
		product *= x
		x++
	}
	inverse := 1 / x
	square := float64(inverse * inverse)
	series := 1.0/1260 - float64(square/1680)
	series = 1.0/360 - float64(square*series)
	series = 1.0/12 - float64(square*series)
	return float64((x-0.5)*Log(x)) - x + halfLog2Pi + float64(inverse*series) - Log(product)
}
