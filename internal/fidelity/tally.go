package fidelity

import (
	"math"
	"slices"

	"github.com/montanaflynn/stats"

	"github.com/roofserve/roofserve/sim/metrics"
)

// tally collects the errors of one metric.
type tally struct {
	sizes, signed   sample // |predicted/measured − 1|, and with its sign
	widths          sample // half of intervals' widths, as shares of what was predicted
	sum             float64
	within, bounded int
}

func (t *tally) add(predicted, measured float64, within Range) {
	if math.IsNaN(measured) || math.IsNaN(predicted) {
		return
	}
	t.note(predicted/measured - 1)
	if within.Known() {
		t.bounded++
		t.widths.add(within.HalfWidth(predicted))
		if within.Holds(measured) {
			t.within++
		}
	}
}

// note counts one error.
func (t *tally) note(e float64) {
	t.sizes.add(math.Abs(e))
	t.signed.add(e)
	t.sum += math.Abs(e)
}

func (t *tally) errors() Errors {
	n := t.sizes.count()
	if n == 0 {
		return Errors{}
	}
	e := Errors{Rows: n, MedianAPE: t.sizes.median(), MeanAPE: t.sum / float64(n), P90APE: t.sizes.quantile(0.9),
		MedianBias:       t.signed.median(),
		IntervalCoverage: math.NaN(), IntervalHalfWidth: math.NaN()}
	if t.bounded > 0 {
		e.IntervalCoverage = float64(t.within) / float64(t.bounded)
		e.IntervalHalfWidth = t.widths.median()
	}
	return e
}

// sample is relative errors, from −1: all of them while they are few, and a sketch of them where they are
// many, so that its memory does not grow with the rows.
type sample struct {
	few     []float64
	many    *metrics.Sketch // of parts, from 0
	moments metrics.Moments
}

const (
	// parts of 1 that the sketch, which is exact to its own 1, counts in. It counts from −1.
	parts = 1e6
	// fewest errors that are sketched.
	fewest = metrics.Exact + 1
)

func (s *sample) add(x float64) {
	if s.many == nil {
		if s.few = append(s.few, x); len(s.few) < fewest {
			return
		}
		s.many = metrics.NewSketch()
		for _, x := range s.few {
			s.sketch(x)
		}
		s.few = nil
		return
	}
	s.sketch(x)
}

func (s *sample) sketch(x float64) {
	part := float64((x + 1) * parts)
	s.many.Add(part, 1)
	s.moments.Add(part, 1)
}

func (s *sample) count() int { return len(s.few) + int(s.moments.Count) }

func (s *sample) quantile(q float64) float64 {
	if s.many == nil {
		return metrics.Linear(slices.Sorted(slices.Values(s.few)), q)
	}
	order := s.many.Sorted(&s.moments)
	return order.Quantile(q)/parts - 1
}

func (s *sample) median() float64 {
	if s.many == nil {
		median, _ := stats.Median(s.few) // which refuses nothing but an empty one
		return median
	}
	return s.quantile(0.5)
}
