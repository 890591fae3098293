package playground

import (
	"context"

	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/internal/launch"
	"github.com/roofserve/roofserve/internal/report"
	"github.com/roofserve/roofserve/scenarios"
	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/sim/sched"
)

// choice is something that a list offers: the name that a scenario has for it, and words for people.
type choice struct {
	Name  string `json:"name"`
	Title string `json:"title"`
}

// choices are all that the page's lists offer.
type choices struct {
	Version   string             `json:"version"`
	Scenarios []choice           `json:"scenarios"`
	Models    []choice           `json:"models"`
	Devices   []choice           `json:"devices"`
	Formats   []string           `json:"formats"`
	Policies  []string           `json:"policies"`
	Metrics   map[string]meaning `json:"metrics"` // by their keys in a result
}

// meaning says what a number of a result is.
type meaning struct {
	Title   string `json:"title"`
	Unit    string `json:"unit"`
	Meaning string `json:"meaning"`
	Scope   string `json:"scope"`
	Better  string `json:"better"` // higher, lower, or nothing
}

func catalogue(context.Context, *Question) (*Answer, error) {
	c := choices{Version: report.Version, Formats: units.FormatNames(), Policies: sched.Names(),
		Metrics: map[string]meaning{}}
	for _, name := range scenarios.Names() {
		text, err := scenarios.Text(name)
		if err != nil {
			return nil, err
		}
		c.Scenarios = append(c.Scenarios, choice{name, scenarios.Title(text)})
	}
	for _, name := range arch.Names() {
		c.Models = append(c.Models, choice{name, name})
	}
	devices, err := hw.Devices()
	if err != nil {
		return nil, err
	}
	for _, d := range devices {
		c.Devices = append(c.Devices, choice{d.Name, d.Title})
	}
	for i := range scenarios.Definitions {
		d := &scenarios.Definitions[i]
		c.Metrics[d.Key] = meaning{d.Title, d.Unit, d.Meaning, string(d.Scope), string(d.Better)}
	}
	return answerWith(c)
}

// preset gives the text of a built-in scenario.
func preset(_ context.Context, q *Question) (*Answer, error) {
	text, err := scenarios.Text(q.Name)
	return &Answer{Text: string(text)}, err
}

// draft makes a scenario of the command line of an engine.
func draft(_ context.Context, q *Question) (*Answer, error) {
	d, err := launch.From(q.Scenario)
	if err != nil {
		return nil, err
	}
	return &Answer{Text: d.TOML, Notes: d.Notes}, nil
}

// command makes the command line of an engine of a scenario.
func command(_ context.Context, q *Question) (*Answer, error) {
	s, err := q.scenario()
	if err != nil {
		return nil, err
	}
	line, notes, err := launch.Args(s)
	return &Answer{Text: line, Notes: notes}, err
}

// export writes the scenario as a file for the command line, if it can be simulated.
func export(_ context.Context, q *Question) (*Answer, error) {
	s, err := q.scenario()
	if err != nil {
		return nil, err
	}
	if _, _, err := s.Resolve(); err != nil {
		return nil, err
	}
	text, err := q.text()
	return &Answer{Text: text}, err
}
