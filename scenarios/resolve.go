package scenarios

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/internal/fault"
	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/sim/cost/kernels"
	"github.com/roofserve/roofserve/sim/engines"
	"github.com/roofserve/roofserve/sim/kv"
	"github.com/roofserve/roofserve/sim/sched"
)

// Parts are the things that a scenario names, looked up and joined.
type Parts struct {
	Model       *arch.Model
	Device      *hw.Device
	Engine      *engines.Profile
	Plan        arch.Plan
	Limits      sched.Limits
	Memory      kv.Memory
	Kernels     *kernels.Set // of the engine on the device, as measured
	Speculation *Drafting    // nil without
	Startable   int          // longest max_model_len with which the engine starts; 0 where its own does
	Uncached    bool         // whether prompts begin alike, and the engine caches those of other models
	Warnings    []string

	origins []kernels.Origin // of the kernels' laws
	system  *system
}

// Resolve validates the scenario, looks up what it names, and returns it with every default filled in. A plan
// that does not fit in memory is no error here: Parts.Memory tells.
func (s *Scenario) Resolve() (*Scenario, *Parts, error) {
	if err := s.Validate(); err != nil {
		return nil, nil, err
	}
	y, err := s.simulated()
	if err != nil {
		return nil, nil, err
	}
	r, p := y.serve(s)
	if err := cmp.Or(r.resolveAdmission(), r.resolveWorkload(p)); err != nil {
		return nil, nil, err
	}
	r.resolveClasses()
	return r, p, nil
}

// Served is the model that is served and the device that serves it, whatever the plan.
func (s *Scenario) Served() (*arch.Model, *hw.Device, error) {
	if err := s.Validate(); err != nil {
		return nil, nil, err
	}
	r, p := *s, &Parts{}
	if err := cmp.Or(r.resolveModel(p), r.resolveDevice(p)); err != nil {
		return nil, nil, err
	}
	return p.Model, p.Device, nil
}

// relocate makes an error of a catalogue one about the scenario's key, unless it is about another file.
func (s *Scenario) relocate(key string, err error) error {
	var wrong *fault.Error
	if !errors.As(err, &wrong) {
		return s.source.fault(key, err.Error(), "")
	}
	if wrong.File != "" {
		return err
	}
	return s.source.fault(key, wrong.Wrong, wrong.Right)
}

func (p *Parts) warn(format string, args ...any) {
	p.Warnings = append(p.Warnings, fmt.Sprintf(format, args...))
}

// WarnOfContext says where sequences are longer than the model was published for.
func (p *Parts) WarnOfContext(tokens int) {
	if tokens > p.Model.MaxContext {
		p.warn("%d tokens of context are more than the %d that %s was published for", tokens, p.Model.MaxContext, p.Model.Name)
	}
}
