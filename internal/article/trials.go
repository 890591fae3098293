package article

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/roofserve/roofserve/internal/study/capacity"
	"github.com/roofserve/roofserve/internal/study/explain"
	"github.com/roofserve/roofserve/scenarios"
)

// edgeTolerance is how far the largest load that is found may be from the first that is too large.
const edgeTolerance = 0.01

// trialQuantities are what scenarios give, as they are and under other settings.
func trialQuantities() []Quantity {
	return []Quantity{
		{"metric", "scenario settings metric", "a number of a scenario's result, times in seconds; the scenario is a built-in one or a file, settings are those of --set, divided by semicolons", func(l *Lab, a *arguments) (float64, error) {
			return l.remember(a, l.metric)
		}},
		{"largest_load", "scenario settings limits", "the largest load under which a scenario meets limits, as roofserve capacity finds it: times the scenario's own; 0 where none does", func(l *Lab, a *arguments) (float64, error) {
			return l.remember(a, l.largestLoad)
		}},
		{"speedup", "scenario settings sequences", "how many times the tokens a second drafts give in a decode step of so many sequences of 2,048 tokens, as roofserve explain has it", func(l *Lab, a *arguments) (float64, error) {
			return l.speedup(a.text(0), a.text(1), a.count(2))
		}},
		{"less", "a b", "1 where a is less than b, else 0", func(_ *Lab, a *arguments) (float64, error) {
			return oneIf(a.number(0) < a.number(1)), nil
		}},
		{"least", "a b", "the lesser of two numbers", func(_ *Lab, a *arguments) (float64, error) {
			return min(a.number(0), a.number(1)), nil
		}},
	}
}

// remember computes a quantity of a scenario once.
func (l *Lab) remember(a *arguments, compute func(name, settings, of string) (float64, error)) (float64,
	error) {
	name, settings, of := a.text(0), a.text(1), a.text(2)
	if a.err != nil {
		return 0, a.err
	}
	key := strings.Join([]string{name, settings, of}, "|")
	if v, ok := l.trials[key]; ok {
		return v, nil
	}
	v, err := compute(name, settings, of)
	if err == nil {
		l.trials[key] = v
	}
	return v, err
}

// scenario is a built-in scenario, or a file of the lab's folder, with some of its keys set.
func (l *Lab) scenario(name, settings string) (*scenarios.Scenario, error) {
	if l.folder != "" && strings.HasSuffix(name, ".toml") && !filepath.IsAbs(name) {
		name = filepath.Join(l.folder, name)
	}
	s, err := scenarios.Load(name)
	if err != nil {
		return nil, err
	}
	for _, setting := range strings.Split(settings, ";") {
		if setting = strings.TrimSpace(setting); setting == "" {
			continue
		}
		if err := s.SetText(setting); err != nil {
			return nil, err
		}
	}
	return s, s.Validate()
}

// draftedContext is the context of a step whose drafts are looked at.
const draftedContext = 2048

// speedup is what drafts give in a scenario's decode step.
func (l *Lab) speedup(name, settings string, sequences int) (float64, error) {
	s, err := l.scenario(name, settings)
	if err != nil {
		return 0, err
	}
	e, err := explain.Choose(s, explain.Step{Batch: sequences, Context: draftedContext}, explain.AsGiven)
	if err != nil {
		return 0, err
	}
	if e.Payoff == nil {
		return 0, fmt.Errorf("%s has no drafts", name)
	}
	return e.Payoff.Gain, nil
}

// metric is a number of a scenario's result; times are in seconds.
func (l *Lab) metric(name, settings, metric string) (float64, error) {
	s, err := l.scenario(name, settings)
	if err != nil {
		return 0, err
	}
	run, err := capacity.Attempt(l.Context(), s, nil, 1)
	if err != nil {
		return 0, err
	}
	v, ok := run.Metrics[metric]
	if !ok {
		return 0, fmt.Errorf("%s has no %s", name, metric)
	}
	if strings.HasSuffix(metric, "_ms") {
		return v / 1e3, nil
	}
	return v, nil
}

// largestLoad is how many times its own load a scenario bears within limits.
func (l *Lab) largestLoad(name, settings, limits string) (float64, error) {
	s, err := l.scenario(name, settings)
	if err != nil {
		return 0, err
	}
	objectives, err := capacity.ParseObjectives(limits, limits)
	if err != nil {
		return 0, err
	}
	search := capacity.Search{Objectives: objectives, Tolerance: edgeTolerance}
	found, err := search.Load(l.Context(), s)
	if err != nil {
		return 0, err
	}
	if found.Best == nil {
		return 0, nil
	}
	return found.Best.Load, nil
}
