package replica

import (
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/metrics"
)

// Latency is a latency as one replica measures it, in picoseconds; the sketch is shared with other replicas.
type Latency struct {
	sketch *metrics.Sketch
	Sum    metrics.Moments
}

//go:noinline // as it would stand in four places of the hot loop, which only just fits a processor's caches
func (l *Latency) Add(x float64, times int64) {
	l.sketch.Add(x, times)
	l.Sum.Add(x, times)
}

// addProgression adds the steps values first, first+growth, …, each as often as times says.
func (l *Latency) addProgression(first, growth units.Picoseconds, steps, times int64) {
	if steps == 1 {
		l.Add(float64(first), times)
	} else {
		l.addSeveral(first, growth, steps, times)
	}
}

// addSeveral is addProgression in general.
//
//go:noinline // so that addProgression is
func (l *Latency) addSeveral(first, growth units.Picoseconds, steps, times int64) {
	l.sketch.AddProgression(int64(first), int64(growth), steps, times)
	l.Sum.AddProgression(float64(first), float64(growth), steps, times)
}
