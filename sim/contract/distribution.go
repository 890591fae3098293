package contract

import "github.com/roofserve/roofserve/sim/metrics"

// PsPerMs converts the picoseconds of sketches to the milliseconds of results.
const PsPerMs = 1e9

// Distribution summarises a latency in ms. All of it is exact but the quantiles of more than metrics.Exact
// observations, which carry the relative error that Result's sketches state. Quantiles are NumPy's, between
// neighbouring observations; Std is the population's, as in vLLM's benchmark. Where Count is 0, there is no
// figure to speak of, and all are 0.
type Distribution struct {
	Count                       int64
	Mean, Std, Min, Max         float64
	Median, P90, P95, P99, P999 float64
	// CDF holds (value, share of observations at or below) pairs, ascending, at most 200; the share is exact. A
	// run that is asked for its numbers alone has none.
	CDF [][2]float64
}

// cdfPoints bounds Distribution.CDF.
const cdfPoints = 200

// DistributionOf joins what a sketch and exact moments know of one latency, in picoseconds, with its CDF.
func DistributionOf(s *metrics.Sketch, m *metrics.Moments) Distribution {
	return distributionOf(s, m, true)
}

// NumbersOf is DistributionOf without the CDF, for which all observations would have to be put in order.
func NumbersOf(s *metrics.Sketch, m *metrics.Moments) Distribution {
	return distributionOf(s, m, false)
}

func distributionOf(s *metrics.Sketch, m *metrics.Moments, curve bool) Distribution {
	order := s.Sorted(m)
	quantile := func(q float64) float64 { return order.Quantile(q) / PsPerMs }
	d := Distribution{
		Count: m.Count,
		Mean:  m.Mean() / PsPerMs, Std: m.Std() / PsPerMs, Min: m.Min / PsPerMs, Max: m.Max / PsPerMs,
		Median: quantile(0.5), P90: quantile(0.9), P95: quantile(0.95), P99: quantile(0.99), P999: quantile(0.999),
	}
	if curve && m.Count > 0 {
		d.CDF = make([][2]float64, 0, min(m.Count, cdfPoints))
		order.CDF(cdfPoints, func(value, share float64) {
			d.CDF = append(d.CDF, [2]float64{value / PsPerMs, share})
		})
	}
	return d
}
