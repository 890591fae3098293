package scenarios

import (
	"errors"
	"strings"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/internal/fault"
	"github.com/roofserve/roofserve/workloads"
)

// open makes the source of the scenario's requests. The scenario must be resolved.
func (s *Scenario) open() (workloads.Source, error) {
	source, err := s.requests()
	if err != nil {
		return nil, err
	}
	w := &s.Workload
	if w.Start > 0 || w.End > 0 {
		end := units.Forever
		if w.End > 0 {
			end = units.Seconds(w.End).Picoseconds()
		}
		if source, err = workloads.Window(source, units.Seconds(w.Start).Picoseconds(), end); err != nil {
			if wrong := (*fault.Error)(nil); errors.As(err, &wrong) && wrong.Key == "start_s" && w.Start == 0 {
				return nil, s.source.fault("workload.end_s", wrong.Wrong, wrong.Right)
			}
			return nil, s.blame("workload", err)
		}
	}
	if w.Requests > 0 {
		source = workloads.First(source, w.Requests)
	}
	source, err = workloads.Scale(source, w.RateScale)
	return source, s.blame("workload", err)
}

// requests opens the trace, or starts to draw.
func (s *Scenario) requests() (workloads.Source, error) {
	w := &s.Workload
	if !s.IsSynthetic() {
		return s.openTrace("workload.trace", w.Trace)
	}
	const at = "workload.synthetic"
	y := &w.Synthetic
	a := &y.Arrival
	input, output, err := s.lengths()
	if err != nil {
		return nil, err
	}
	opener := func(key, trace string) (workloads.Source, error) { return s.openTrace(at+"."+key, trace) }
	source, err := workloads.Generate(workloads.Synthetic{
		Requests: y.Requests, Seed: y.Seed,
		Arrival: workloads.Arrival{Process: a.Process, Rate: a.Rate, Burstiness: a.Burstiness, Concurrency: a.Concurrency, Trace: a.Trace},
		Input:   input, Output: output,
	}, opener)
	return source, s.blame(at, err)
}

func (s *Scenario) openTrace(key, name string) (workloads.Source, error) {
	source, err := workloads.Open(name, s.source.base(key), workloads.Options{Columns: workloads.Columns(s.Workload.Columns)})
	if missing := (*fault.Error)(nil); errors.As(err, &missing) && missing.Line == 0 {
		return nil, s.source.faultf(key, missing.Right, "%s: %s", name, missing.Wrong)
	}
	return source, err
}

// blame points an error about a field of the workload at the scenario's key; one about another file stays as it is.
func (s *Scenario) blame(prefix string, err error) error {
	var wrong *fault.Error
	if !errors.As(err, &wrong) || wrong.File != "" || wrong.Key == "" || strings.HasPrefix(wrong.Key, prefix) {
		return err
	}
	return s.source.fault(prefix+"."+wrong.Key, wrong.Wrong, wrong.Right)
}
