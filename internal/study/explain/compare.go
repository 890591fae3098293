package explain

import (
	"fmt"
	"strings"

	"github.com/roofserve/roofserve/scenarios"
)

// Comparison is the same step of several models or devices.
type Comparison struct {
	Cases []*Explanation
	// ChosenGPUs: their number was not given, and is the fewest that hold the weights of every case.
	ChosenGPUs bool
	// ChosenPlans: no degree of parallelism was given, and each case is divided by the plan that makes its step
	// fastest, among those that hold its weights.
	ChosenPlans bool
}

// Compare opens the same step up for several models on several devices, each model on each device: the
// scenario's own model and device first, where it names them. All get the same GPUs.
func Compare(base *scenarios.Scenario, models, devices []string, step Step) (*Comparison, error) {
	cases, err := casesOf(base, models, devices)
	if err != nil {
		return nil, err
	}
	c := &Comparison{Cases: make([]*Explanation, len(cases)), ChosenPlans: !divided(base)}
	if c.ChosenGPUs = c.ChosenPlans && !base.Has("hardware.gpus"); c.ChosenGPUs {
		if cases, err = sameGPUs(cases); err != nil {
			return nil, err
		}
	}
	open := Explain
	if c.ChosenPlans {
		open = fastest
	}
	for i, s := range cases {
		if c.Cases[i], err = open(s, step); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// casesOf makes a scenario of each model on each device, the scenario's own model first.
func casesOf(base *scenarios.Scenario, models, devices []string) ([]*scenarios.Scenario, error) {
	var byModel []*scenarios.Scenario
	if base.NamesModel() || len(models) == 0 {
		byModel = append(byModel, base)
	}
	for _, name := range models {
		if name == base.Model.Name {
			continue
		}
		s, err := base.WithModel(name, "--compare "+strings.Join(models, ","))
		if err != nil {
			return nil, err
		}
		byModel = append(byModel, s)
	}
	if len(devices) == 0 {
		return byModel, nil
	}
	var cases []*scenarios.Scenario
	for _, s := range byModel {
		for _, name := range devices {
			c, err := with(s, "--device "+strings.Join(devices, ","), "hardware.device", name)
			if err != nil {
				return nil, err
			}
			cases = append(cases, c)
		}
	}
	return cases, nil
}

// degrees are the keys that divide a model over GPUs.
var degrees = []string{"parallel.tp", "parallel.pp", "parallel.dp", "parallel.ep", "parallel.cp"}

// divided tells whether a scenario says how to divide the model.
func divided(s *scenarios.Scenario) bool {
	for _, key := range degrees {
		if s.Has(key) {
			return true
		}
	}
	return false
}

// with is a scenario with keys changed, given as key, value, key, value, …
func with(s *scenarios.Scenario, label string, settings ...any) (*scenarios.Scenario, error) {
	changed := *s
	for i := 0; i < len(settings); i += 2 {
		if err := changed.Set(settings[i].(string), settings[i+1], label); err != nil {
			return nil, err
		}
	}
	return &changed, nil
}

// sameGPUs gives every case as many GPUs as the one that needs most to hold its weights.
func sameGPUs(cases []*scenarios.Scenario) ([]*scenarios.Scenario, error) {
	most := 0
	for _, s := range cases {
		r, _, err := s.Resolve() // takes the smallest plan that fits
		if err != nil {
			return nil, err
		}
		most = max(most, r.Hardware.GPUs)
	}
	list := make([]*scenarios.Scenario, len(cases))
	for i, s := range cases {
		var err error
		if list[i], err = with(s, "the same GPUs for all", "hardware.gpus", most); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// fastest tries the usual ways to divide a model over its GPUs, and returns the step of the one that makes it
// fastest among those that hold the weights, or among all where none does.
func fastest(s *scenarios.Scenario, step Step) (*Explanation, error) {
	r, parts, err := s.Resolve()
	if err != nil {
		return nil, err
	}
	var best *Explanation
	for _, p := range plans(r.Hardware.GPUs, step.Batch, scenarios.ExpertLayer(parts.Model) != nil) {
		changed, err := with(s, fmt.Sprintf("tp %d, pp %d, dp %d, ep %d", p.TP, p.PP, p.DP, p.EP), "hardware.gpus", r.Hardware.GPUs,
			"parallel.tp", p.TP, "parallel.pp", p.PP, "parallel.dp", p.DP, "parallel.ep", p.EP)
		if err != nil {
			return nil, err
		}
		e, err := Explain(changed, step)
		if err != nil {
			continue // this model cannot be divided so
		}
		if best == nil || better(e, best) {
			best = e
		}
	}
	if best == nil {
		return Explain(s, step)
	}
	return best, nil
}

// better tells whether a step is preferable: its weights fit, and it is faster.
func better(a, b *Explanation) bool {
	if a.WeightsFit() != b.WeightsFit() {
		return a.WeightsFit()
	}
	return a.Time < b.Time
}

// plans lists the usual ways to divide a model over so many GPUs: tensor parallelism over a power of two of
// them, and data-parallel attention or pipeline stages over the rest; experts are spread over all GPUs of a
// stage, or each is divided. There are no more stages than sequences, so that none idles.
func plans(gpus, batch int, experts bool) []scenarios.Parallel {
	var list []scenarios.Parallel
	add := func(p scenarios.Parallel) {
		list = append(list, p)
		if spread := p.TP * p.DP; experts && spread > 1 {
			p.EP = spread
			list = append(list, p)
		}
	}
	for tp := 1; gpus%tp == 0; tp *= 2 {
		rest := gpus / tp
		add(scenarios.Parallel{TP: tp, PP: 1, DP: rest, EP: 1})
		if rest > 1 && rest <= batch {
			add(scenarios.Parallel{TP: tp, PP: rest, DP: 1, EP: 1})
		}
	}
	return list
}
