package report

import (
	"cmp"
	"encoding/json"
	"fmt"

	"github.com/roofserve/roofserve/scenarios"
)

// caseFile is what ReadCase takes from a case's file.
type caseFile struct {
	Case *struct {
		Scenario string          `json:"scenario"`
		Version  string          `json:"version"`
		Index    int             `json:"index"`
		Of       int             `json:"of"`
		Sweep    string          `json:"sweep"`
		Digest   string          `json:"digest"`
		Settings json.RawMessage `json:"settings"`
	} `json:"case"`
	Error    string `json:"error"`
	Interval *struct {
		Metrics map[string][]float64 `json:"metrics"`
	} `json:"interval"`
	Classes []struct {
		Name     string               `json:"name"`
		Interval map[string][]float64 `json:"interval"`
	} `json:"classes"`
	Invalid  bool  `json:"invalid"`
	Fits     *bool `json:"fits"` // false, or left out
	Scenario struct {
		Model    scenarios.Model    `json:"model"`
		Hardware scenarios.Hardware `json:"hardware"`
		Pool     []struct {
			Replicas int `json:"replicas"`
		} `json:"pool"`
		Workload struct {
			Synthetic struct {
				Arrival struct {
					Process string `json:"process"`
				} `json:"arrival"`
			} `json:"synthetic"`
		} `json:"workload"`
	} `json:"scenario"`
	Expectations []struct {
		Metric   string   `json:"metric"`
		Class    string   `json:"class"`
		Bound    string   `json:"bound"`
		Limit    *float64 `json:"limit"`
		Increase string   `json:"increase"`
		Decrease string   `json:"decrease"`
		Within   string   `json:"within"`
		Verdict  string   `json:"verdict"`
		Text     string   `json:"text"`
	} `json:"expectations"`
}

// ReadCase reads a case's file.
func ReadCase(name string, data []byte) (CaseResult, error) {
	var file caseFile
	if err := json.Unmarshal(data, &file); err != nil {
		return CaseResult{}, fmt.Errorf("%s: %w", name, err)
	}
	var tree map[string]any
	if err := json.Unmarshal(data, &tree); err != nil {
		return CaseResult{}, fmt.Errorf("%s: %w", name, err)
	}
	return caseOf(name, &file, tree)
}

// caseOf is the case that a file holds, given once as ReadCase takes it and once as it is.
func caseOf(name string, file *caseFile, tree map[string]any) (CaseResult, error) {
	if file.Case == nil {
		return CaseResult{}, fmt.Errorf("%s: is no case of a sweep", name)
	}
	if i, n := file.Case.Index, file.Case.Of; i < 0 || i >= n {
		return CaseResult{}, fmt.Errorf("%s: is case %d of %d", name, i, n)
	}
	c := CaseResult{
		CaseOrigin: CaseOrigin{
			Version: file.Case.Version, Of: file.Case.Of, Sweep: file.Case.Sweep, Digest: file.Case.Digest,
		},
		Scenario: file.Case.Scenario, Index: file.Case.Index,
		Error: file.Error, Invalid: file.Invalid, DoesNotFit: file.Fits != nil && !*file.Fits,
		Metrics: scenarios.MetricsIn(tree),
	}
	for _, e := range file.Expectations {
		limit := cmp.Or(e.Increase, e.Decrease, e.Within)
		if limit == "" && e.Limit != nil {
			limit = fmt.Sprint(*e.Limit)
		}
		c.Expectations = append(c.Expectations,
			expectationOf(scenarios.Subject(e.Metric, e.Class), e.Bound, limit, e.Text, e.Verdict == verdictKept))
	}
	var err error
	if c.Settings, err = readSettings(file.Case.Settings); err != nil {
		return c, fmt.Errorf("%s: %w", name, err)
	}
	c.Overloaded = scenarios.QueueGrew(int(c.Metrics["queue.at_half"]), int(c.Metrics["queue.at_end"]),
		int(c.Metrics["num_prompts"]), file.replicas(), file.Scenario.Workload.Synthetic.Arrival.Process)
	for metric, b := range file.bounds() {
		c.bound(metric, b[0], b[1])
	}
	c.Classes = file.classNames()
	if s := &file.Scenario; s.Hardware.Device != "" {
		c.Model, c.Hardware = s.Model.Title(), hardwareText(&s.Hardware, len(s.Pool))
	}
	return c, nil
}

// replicas is the number of replicas of all pools.
func (f *caseFile) replicas() (n int) {
	for _, p := range f.Scenario.Pool {
		n += p.Replicas
	}
	if n == 0 {
		n = f.Scenario.Hardware.Replicas
	}
	return n
}

// bounds are the intervals of metrics, those of classes among them, by their subjects.
func (f *caseFile) bounds() map[string][2]float64 {
	all := map[string][2]float64{}
	add := func(class string, list map[string][]float64) {
		for metric, b := range list {
			if len(b) == 2 {
				all[scenarios.Subject(metric, class)] = [2]float64{b[0], b[1]}
			}
		}
	}
	if f.Interval != nil {
		add("", f.Interval.Metrics)
	}
	for i := range f.Classes {
		if c := &f.Classes[i]; c.Name != "" {
			add(c.Name, c.Interval)
		}
	}
	return all
}

// classNames are those of the classes; requests of none have no name.
func (f *caseFile) classNames() (list []string) {
	for i := range f.Classes {
		if name := f.Classes[i].Name; name != "" {
			list = append(list, name)
		}
	}
	return list
}
