package report

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/roofserve/roofserve/scenarios"
	"github.com/roofserve/roofserve/scenarios/report/figure"
)

// CaseResult is what one case of a sweep gave.
type CaseResult struct {
	Scenario string // name of the swept scenario
	Index    int
	Of       int // cases of the whole sweep
	Settings []scenarios.Setting
	Error    string             // why the case did not run; empty where it did
	Metrics  map[string]float64 // those that have a value
	Failures []string           // findings of the expectations that were not kept
	object   object             // what its JSON file holds
}

// NewCaseResult is the result of a case: of a run, or of the error that kept it from running, with what became of its expectations.
func NewCaseResult(c scenarios.Case, of int, r *scenarios.Run, err error, verdicts []scenarios.Verdict) CaseResult {
	result := CaseResult{Scenario: c.Scenario.Name, Index: c.Index, Of: of, Settings: c.Settings, Metrics: map[string]float64{}}
	for i := range verdicts {
		if !verdicts[i].Kept {
			result.Failures = append(result.Failures, verdicts[i].Finding())
		}
	}
	settings := object{}
	for _, s := range c.Settings {
		settings.set(s.Key, s.Value)
	}
	result.object.set("case", object{{"scenario", c.Scenario.Name}, {"index", c.Index}, {"of", of}, {"settings", settings}})
	if err != nil {
		result.Error = err.Error()
		result.object.set("error", result.Error)
		result.object.set("expectations", verdictObjects(verdicts))
		return result
	}
	result.Metrics = scenarios.Values(r.Metrics())
	result.object = append(result.object, *Run(r).(*object)...)
	return result
}

// JSON is the content of the case's file.
func (c *CaseResult) JSON() any { return c.object }

// ReadCase reads a case's file again.
func ReadCase(name string, data []byte) (CaseResult, error) {
	var file struct {
		Case *struct {
			Scenario string          `json:"scenario"`
			Index    int             `json:"index"`
			Of       int             `json:"of"`
			Settings json.RawMessage `json:"settings"`
		} `json:"case"`
		Error        string `json:"error"`
		Expectations []struct {
			Verdict string `json:"verdict"`
			Text    string `json:"text"`
		} `json:"expectations"`
	}
	if err := json.Unmarshal(data, &file); err != nil {
		return CaseResult{}, fmt.Errorf("%s: %w", name, err)
	}
	if file.Case == nil {
		return CaseResult{}, fmt.Errorf("%s: is no case of a sweep", name)
	}
	c := CaseResult{Scenario: file.Case.Scenario, Index: file.Case.Index, Of: file.Case.Of, Error: file.Error, Metrics: map[string]float64{}}
	for _, e := range file.Expectations {
		if e.Verdict != verdictKept {
			c.Failures = append(c.Failures, e.Text)
		}
	}
	var err error
	if c.Settings, err = readSettings(file.Case.Settings); err != nil {
		return c, fmt.Errorf("%s: %w", name, err)
	}
	var tree map[string]any
	if err := json.Unmarshal(data, &tree); err != nil {
		return c, fmt.Errorf("%s: %w", name, err)
	}
	for _, metric := range scenarios.MetricNames() {
		if value, ok := at(tree, metric).(float64); ok {
			c.Metrics[metric] = value
		}
	}
	return c, nil
}

// at is the value at a dotted name.
func at(tree map[string]any, name string) any {
	group, key, nested := strings.Cut(name, ".")
	if !nested {
		return tree[name]
	}
	inner, _ := tree[group].(map[string]any)
	return inner[key]
}

// readSettings reads an object and keeps the order of its keys.
func readSettings(data []byte) ([]scenarios.Setting, error) {
	d := json.NewDecoder(strings.NewReader(string(data)))
	if start, err := d.Token(); err != nil || start != json.Delim('{') {
		return nil, errors.New("the case's settings are no object")
	}
	var settings []scenarios.Setting
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, err
		}
		var value any
		if err := d.Decode(&value); err != nil {
			return nil, err
		}
		settings = append(settings, scenarios.Setting{Key: fmt.Sprint(key), Value: value})
	}
	return settings, nil
}

// CasesTable has a row for each case: its settings, why it did not run, and every metric.
func CasesTable(cases []CaseResult) figure.Table {
	t := figure.Table{Columns: []string{"case"}}
	for _, s := range cases[0].Settings {
		t.Columns = append(t.Columns, s.Key)
	}
	t.Columns = append(t.Columns, "error")
	names := scenarios.MetricNames()
	t.Columns = append(t.Columns, names...)
	for _, c := range cases {
		row := []string{fmt.Sprint(c.Index)}
		for _, s := range c.Settings {
			row = append(row, s.Text())
		}
		row = append(row, c.Error)
		for _, name := range names {
			row = append(row, cellOf(c.Metrics, name))
		}
		t.Add(row...)
	}
	return t
}

// cellOf is a metric in a CSV file: empty where it has no value.
func cellOf(metrics map[string]float64, name string) string {
	if v, ok := metrics[name]; ok {
		return figure.Cell(v)
	}
	return ""
}

// headlines are the metrics that the terminal's table of a sweep shows.
var headlines = []struct{ name, metric string }{
	{"TTFT p50 ms", "median_ttft_ms"}, {"p99", "p99_ttft_ms"}, {"TPOT p50 ms", "median_tpot_ms"}, {"p99", "p99_tpot_ms"},
	{"output tok/s", "output_throughput"}, {"running", "concurrent_sequences.mean"}, {"waiting at end", "queue.at_end"},
}

// WriteCases writes a sweep's headline numbers for a terminal.
func WriteCases(w io.Writer, cases []CaseResult) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, s := range cases[0].Settings {
		fmt.Fprintf(t, "%s\t", s.Key)
	}
	for _, h := range headlines {
		fmt.Fprintf(t, "%s\t", h.name)
	}
	fmt.Fprintln(t)
	for _, c := range cases {
		for _, s := range c.Settings {
			fmt.Fprintf(t, "%s\t", s.Text())
		}
		if c.Error != "" {
			fmt.Fprintln(t, c.Error)
			continue
		}
		for _, h := range headlines {
			fmt.Fprintf(t, "%s\t", briefOf(c.Metrics, h.metric))
		}
		fmt.Fprintln(t)
	}
	return t.Flush()
}
