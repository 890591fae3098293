package explain

import (
	"math"
	"strings"

	"github.com/roofserve/roofserve/internal/portable"
	"github.com/roofserve/roofserve/scenarios"
)

// Comparison is the same step of several models or devices.
type Comparison struct {
	Cases []*Explanation
	// ChosenGPUs: their number was not given, and is the fewest that hold the weights of every case.
	ChosenGPUs bool
	// Rule is the one by which each case is divided; AsGiven where a degree of parallelism was.
	Rule Rule
	// Quickest is the case whose step takes least, and Close tells of each other whether it cannot be told apart
	// from that.
	Quickest int
	Close    []bool
}

// Compare opens the same step up for several models on several devices, each model on each device: the
// scenario's own model and device first, where it names them. All get the same GPUs.
func Compare(base *scenarios.Scenario, models, devices []string, step Step, rule Rule) (*Comparison, error) {
	cases, err := casesOf(base, models, devices)
	if err != nil {
		return nil, err
	}
	if divided(base) {
		rule = AsGiven
	}
	c := &Comparison{Cases: make([]*Explanation, len(cases)), Rule: rule,
		ChosenGPUs: !divided(base) && !base.Has("hardware.gpus")}
	if c.ChosenGPUs {
		if cases, err = sameGPUs(cases); err != nil {
			return nil, err
		}
	}
	for i, s := range cases {
		if c.Cases[i], err = Choose(s, step, rule); err != nil {
			return nil, err
		}
	}
	return c, c.rank()
}

// LeastLead is the lead, as a logarithm, below which two models count as equal, however sure one is of both.
const LeastLead = 0.01

// Tie is the lead below which two times cannot be told apart that have intervals of those half-widths. What
// each may be off by is drawn by itself (docs/explanation/intervals.md), so that the interval of their ratio
// is as wide as the two together.
func Tie(one, other float64) float64 {
	return max(LeastLead, math.Sqrt(float64(one*one)+float64(other*other)))
}

// rank finds the quickest case, and those that cannot be told apart from it.
func (c *Comparison) rank() error {
	widths := make([]float64, len(c.Cases))
	for i, e := range c.Cases {
		loads := e.Step.loads(e.model.Reaches(), e.Parts.Plan.DP)
		var err error
		if widths[i], err = e.Parts.StepHalfWidth(e.Scenario, e.model, loads); err != nil {
			return err
		}
		if e.Time < c.Cases[c.Quickest].Time {
			c.Quickest = i
		}
	}
	c.Close = make([]bool, len(c.Cases))
	for i, e := range c.Cases {
		lead := portable.Log(float64(e.Time / c.Cases[c.Quickest].Time))
		c.Close[i] = i != c.Quickest && lead < Tie(widths[i], widths[c.Quickest])
	}
	return nil
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
