package scenarios

import (
	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/sim/kv"
)

// DeviceNeed is the fewest GPUs of one kind that hold a model.
type DeviceNeed struct {
	Device *hw.Device
	Plan   *arch.Plan // nil: none up to maxPlanGPUs holds it
	Memory kv.Memory  // under the plan
}

// Needs lists, for the scenario's device and every one of the catalogue, the smallest plan that holds the
// model in the scenario's formats, and a sequence of a context beside it. The scenario must be resolved.
func (s *Scenario) Needs(p *Parts, context int) ([]DeviceNeed, error) {
	devices, err := hw.Devices()
	if err != nil {
		return nil, err
	}
	list := []DeviceNeed{s.need(p, p.Device, context)}
	for _, d := range devices {
		if d.Name != p.Device.Name {
			list = append(list, s.need(p, d, context))
		}
	}
	return list, nil
}

func (s *Scenario) need(p *Parts, d *hw.Device, context int) DeviceNeed {
	on := *p
	on.Device, on.Limits = d, s.limitsOn(p, d)
	need := DeviceNeed{Device: d}
	if plan, ok := s.SmallestPlan(&on, context); ok {
		need.Plan, need.Memory = &plan, kv.Fit(p.Model, d, plan, s.memorySettings(&on, plan))
	}
	return need
}
