package scenarios

import (
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim"
)

const warmupKey = "workload.warmup_s"

// checkWarmup refuses a warm-up during which all requests arrive, where that is known before the run: no
// request arrives after the end of the part of a trace that is taken, and those of a constant rate arrive
// when they are due.
func (s *Scenario) checkWarmup() error {
	w := &s.Workload
	if w.Warmup == 0 {
		return nil
	}
	if span := (w.End - w.Start) / w.RateScale; w.End > 0 && w.Warmup >= span {
		return s.source.faultf(warmupKey, "use a shorter one, or a later end_s", "%g s is not shorter than the %g s in which requests arrive: nothing would be measured",
			w.Warmup, span)
	}
	y := &w.Synthetic
	if y.Arrival.Process != "constant" || y.Arrival.Rate == 0 || y.Sessions.IsSet() {
		return nil
	}
	requests := y.Requests
	if w.Requests > 0 {
		requests = min(requests, w.Requests)
	}
	if last := float64(requests-1) / float64(y.Arrival.Rate) / w.RateScale; w.Warmup > last {
		return s.source.faultf(warmupKey, "use a shorter one, or more requests", "the last of %d requests arrives after %g s, within the warm-up of %g s: nothing would be measured",
			requests, last, w.Warmup)
	}
	return nil
}

// watchWarmup notes when the last request arrives. It is nil, and costs nothing, without a warm-up.
func (w *Workload) watchWarmup(hooks *Hooks) *units.Picoseconds {
	if w.Warmup == 0 {
		return nil
	}
	last := new(units.Picoseconds)
	hooks.finished(func(f *sim.Finished) { *last = max(*last, f.Arrival) })
	return last
}

// emptyWindow refuses a part of a trace in which no request arrives.
func (s *Scenario) emptyWindow(r *sim.Result) error {
	if r.Requests() > 0 {
		return nil
	}
	key, other := "workload.start_s", "workload.end_s"
	if !s.source.has(key) {
		key, other = other, key
	}
	return s.source.faultf(key, "use a part in which requests arrive, or leave out both", "no request arrives in the part that it and %s cut out", other)
}

// overslept refuses a warm-up that was longer than the run, told by the last arrival.
func (s *Scenario) overslept(last *units.Picoseconds) error {
	if last == nil || *last >= units.Seconds(s.Workload.Warmup).Picoseconds() {
		return nil
	}
	return s.source.faultf(warmupKey, "use a shorter one, or more requests", "the last request arrives after %g s, within the warm-up of %g s: nothing is measured",
		float64(last.Seconds()), s.Workload.Warmup)
}
