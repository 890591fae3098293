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

func (l *latency) add(x float64, times int64) {
	l.sketch.Add(x, times)
	l.sum.Add(x, times)
}

// addProgression adds the steps values first, first+growth, …, each as often as times says.
func (l *latency) addProgression(first, growth units.Picoseconds, steps, times int64) {
	if steps == 1 {
		l.add(float64(first), times)
		return
	}
	l.sketch.AddProgression(int64(first), int64(growth), steps, times)
	l.sum.AddProgression(float64(first), float64(growth), steps, times)
}
