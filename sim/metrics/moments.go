package metrics

import "math"

// Moments are the exact count, extremes, mean and standard deviation of a stream of values. Sums are taken
// about the first value, so that values that hardly differ lose no digits.
type Moments struct {
	Count        int64
	Min, Max     float64
	origin       float64
	sum, squares float64 // of value − origin
}

func (m *Moments) begin(first float64) {
	if m.Count == 0 {
		m.origin, m.Min, m.Max = first, first, first
	}
}

// stretch makes the extremes hold two further values. The built-in min and max take longer, as they look
// for NaN and the sign of 0.
func (m *Moments) stretch(low, high float64) {
	if low < m.Min {
		m.Min = low
	}
	if high > m.Max {
		m.Max = high
	}
}

// Add counts x n times.
func (m *Moments) Add(x float64, n int64) {
	m.begin(x)
	m.Count += n
	m.stretch(x, x)
	d, w := x-m.origin, float64(n)
	m.sum += float64(w * d)
	m.squares += float64(float64(w*d) * d)
}

// AddProgression counts each of the k ≥ 1 values first, first+step, … n times; step is not negative.
func (m *Moments) AddProgression(first, step float64, k, n int64) {
	m.begin(first)
	m.Count += k * n
	m.stretch(first, first+float64(float64(k-1)*step))
	// Σj = k(k−1)/2 and Σj² = k(k−1)(2k−1)/6 for j = 0…k−1.
	d, w, terms := first-m.origin, float64(n), float64(k)
	linear := terms * (terms - 1) / 2
	square := float64(linear*(2*terms-1)) / 3
	m.sum += float64(w * (float64(terms*d) + float64(step*linear)))
	about := float64(float64(terms*d)*d) + float64(2*d*step*linear) + float64(step*step*square)
	m.squares += float64(w * about)
}

// Merge adds the values of o.
func (m *Moments) Merge(o *Moments) {
	if o.Count == 0 {
		return
	}
	m.begin(o.origin)
	m.Count += o.Count
	m.stretch(o.Min, o.Max)
	d, w := o.origin-m.origin, float64(o.Count)
	m.sum += o.sum + float64(w*d)
	m.squares += o.squares + float64(2*d*o.sum) + float64(float64(w*d)*d)
}

// Mean is the average; 0 where there is no value.
func (m *Moments) Mean() float64 {
	if m.Count == 0 {
		return 0
	}
	return m.origin + m.sum/float64(m.Count)
}

// Std is the population's standard deviation, as NumPy's default.
func (m *Moments) Std() float64 {
	if m.Count == 0 {
		return 0
	}
	n := float64(m.Count)
	mean := m.sum / n
	return math.Sqrt(max(0, m.squares/n-float64(mean*mean)))
}
