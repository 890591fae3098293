package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/roofserve/roofserve/internal/study/diff"
	"github.com/roofserve/roofserve/scenarios"
)

// outcomeFile is what ReadOutcome takes from a result beside its metrics.
type outcomeFile struct {
	caseFile
	Version  string         `json:"version"`
	Scenario map[string]any `json:"scenario"`
	Step     struct {
		Sequences   float64 `json:"sequences"`
		MeanContext float64 `json:"mean_context"`
		TotalMS     float64 `json:"total_ms"`
		Operators   []struct {
			Name   string  `json:"name"`
			Layer  string  `json:"layer"`
			TimeMS float64 `json:"time_ms"`
		} `json:"operators"`
	} `json:"step_breakdown"`
}

// ReadOutcome reads a result that run --json wrote, or the file of a sweep's case.
func ReadOutcome(data []byte) (diff.Outcome, error) {
	var file outcomeFile
	if err := json.Unmarshal(data, &file); err != nil {
		return diff.Outcome{}, err
	}
	var tree map[string]any
	if err := json.Unmarshal(data, &tree); err != nil {
		return diff.Outcome{}, err
	}
	o := diff.Outcome{
		Error: file.Error, Version: file.Version, Classes: file.classNames(),
		Values: map[string]diff.Value{}, Keys: map[string]string{},
		Step: diff.Step{
			Sequences: file.Step.Sequences, MeanContext: file.Step.MeanContext, TotalMS: file.Step.TotalMS,
		},
	}
	if _, isCase := tree["case"]; isCase {
		c, err := caseOf("the case", &file.caseFile, tree)
		if err != nil {
			return diff.Outcome{}, err
		}
		o.Settings, o.Scenario = c.Settings, c.Scenario
	} else if _, ran := tree["completed"]; !ran {
		return diff.Outcome{}, errors.New("is no result of a run: it counts no completed requests")
	}
	if name, ok := file.Scenario["name"].(string); ok {
		o.Scenario = name
	}
	bounds := file.bounds()
	for metric, point := range scenarios.MetricsIn(tree) {
		v := diff.Value{Point: point, Low: point, High: point}
		if b, bounded := bounds[metric]; bounded {
			v.Low, v.High, v.Interval = b[0], b[1], true
		}
		o.Values[metric] = v
	}
	for _, p := range file.Step.Operators {
		o.Step.Operators = append(o.Step.Operators, diff.Operator{Name: p.Name, Layer: p.Layer, TimeMS: p.TimeMS})
	}
	flatten(o.Keys, "", file.Scenario)
	delete(o.Keys, "name")
	delete(o.Keys, "expect") // judges a result, and has no part in it
	return o, nil
}

// flatten adds the leaves of a tree under their dotted names, as JSON writes them.
func flatten(into map[string]string, prefix string, tree map[string]any) {
	for key, value := range tree {
		name := strings.TrimPrefix(prefix+"."+key, ".")
		if inner, ok := value.(map[string]any); ok {
			flatten(into, name, inner)
			continue
		}
		text, err := marshal(value)
		if err != nil {
			text = []byte(fmt.Sprint(value))
		}
		into[name] = string(text)
	}
}
