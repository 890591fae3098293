package sim

import (
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/metrics"
)

// latency is a latency as one replica measures it, in picoseconds; the sketch is shared with other replicas.
type latency struct {
	sketch *metrics.Sketch
	sum    metrics.Moments
}

//go:noinline // as it would stand in four places of the hot loop, which only just fits a processor's caches
func (l *latency) add(x float64, times int64) {
	l.sketch.Add(x, times)
	l.sum.Add(x, times)
}

// addProgression adds the steps values first, first+growth, …, each as often as times says.
func (l *latency) addProgression(first, growth units.Picoseconds, steps, times int64) {
	if steps == 1 {
		l.add(float64(first), times)
	} else {
		l.addSeveral(first, growth, steps, times)
	}
}

// addSeveral is addProgression in general.
//
//go:noinline // so that addProgression is
func (l *latency) addSeveral(first, growth units.Picoseconds, steps, times int64) {
	l.sketch.AddProgression(int64(first), int64(growth), steps, times)
	l.sum.AddProgression(float64(first), float64(growth), steps, times)
}
