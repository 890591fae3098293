package scenarios

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
)

// Expectation is a promise that a scenario's result must keep: a metric within absolute bounds, or not worse than a
// baseline's by more than a share.
type Expectation struct {
	Metric      string   `toml:"metric" json:"metric"`
	Min         *float64 `toml:"min" json:"min,omitempty"`
	Max         *float64 `toml:"max" json:"max,omitempty"`
	MaxIncrease string   `toml:"max_increase" json:"max_increase,omitempty"` // "5%" over the baseline's value
	Baseline    string   `toml:"baseline" json:"baseline,omitempty"`         // JSON result of an earlier run
}

// Verdict is an expectation held against a result.
type Verdict struct {
	Metric string
	Value  float64
	Bound  string // "max 60", "max 63 (baseline 60 + 5%)"
	Kept   bool
}

// String is one line for people.
func (v Verdict) String() string {
	word := "kept"
	if !v.Kept {
		word = "FAILED"
	}
	return fmt.Sprintf("expect %s: %s is %s, %s", word, v.Metric, strconv.FormatFloat(v.Value, 'g', 6, 64), v.Bound)
}

func (s *Scenario) checkExpectations() error {
	known := MetricNames()
	for i, e := range s.Expect {
		at := func(key string) string { return fmt.Sprintf("expect[%d].%s", i, key) }
		if e.Metric == Goodput && !s.SLO.IsSet() {
			return s.source.fault(at("metric"), "counts requests within limits, and there are none", `set one, as in [slo] ttft_ms = 1000`)
		}
		if _, ok := canonical(e.Metric, known); !ok {
			if e.Metric == "" {
				return s.source.fault(at("metric"), "is missing", `name one, as in metric = "p99_tpot_ms"`)
			}
			return s.source.unknown(at("metric"), "metric", e.Metric, known)
		}
		if e.Min == nil && e.Max == nil && e.MaxIncrease == "" {
			return s.source.fault(at("metric"), "has no bound", `add max = …, min = … or max_increase = "5%"`)
		}
		for _, b := range []struct {
			key   string
			value *float64
		}{{"min", e.Min}, {"max", e.Max}} {
			if b.value != nil && math.IsInf(*b.value, 0) {
				return s.source.fault(at(b.key), "is infinite", "use a finite number")
			}
		}
		if e.MaxIncrease == "" {
			continue
		}
		if _, err := percent(e.MaxIncrease); err != nil {
			return s.source.faultf(at("max_increase"), `use a percentage, as in "5%"`, "%q is no percentage", e.MaxIncrease)
		}
		if e.Baseline == "" {
			return s.source.fault(at("max_increase"), "has no baseline", `add baseline = "earlier.json", a result that run --json wrote`)
		}
	}
	return nil
}

// Baselines reads the files that expectations compare with, so that a missing one is found before a long run.
func (s *Scenario) Baselines() ([]float64, error) {
	values := make([]float64, len(s.Expect))
	for i, e := range s.Expect {
		if e.MaxIncrease == "" {
			continue
		}
		path := fmt.Sprintf("expect[%d].baseline", i)
		data, err := os.ReadFile(s.source.path(path, e.Baseline))
		if err != nil {
			return nil, s.source.faultf(path, "write it with roofserve run … --json FILE", "cannot be read: %v", err)
		}
		name, _ := canonical(e.Metric, MetricNames())
		value, err := lookupJSON(data, name)
		if err != nil {
			return nil, s.source.faultf(path, "use a result that run --json wrote", "%s: %v", e.Baseline, err)
		}
		values[i] = value
	}
	return values, nil
}

// lookupJSON finds a dotted name in a JSON object.
func lookupJSON(data []byte, name string) (float64, error) {
	var value any
	if err := json.Unmarshal(data, &value); err != nil {
		return 0, err
	}
	for _, key := range strings.Split(name, ".") {
		object, _ := value.(map[string]any)
		value = object[key]
	}
	number, ok := value.(float64)
	if !ok {
		return 0, fmt.Errorf("has no number %q", name)
	}
	return number, nil
}

// Judge holds the scenario's expectations against metrics. Baselines are as Baselines read them.
func (s *Scenario) Judge(metrics []Metric, baselines []float64) []Verdict {
	known := MetricNames()
	var verdicts []Verdict
	for i, e := range s.Expect {
		name, _ := canonical(e.Metric, known)
		value := find(metrics, name)
		add := func(bound string, kept bool) {
			verdicts = append(verdicts, Verdict{Metric: e.Metric, Value: value, Bound: bound, Kept: kept})
		}
		if e.Min != nil {
			add(fmt.Sprintf("min %v", *e.Min), value >= *e.Min)
		}
		if e.Max != nil {
			add(fmt.Sprintf("max %v", *e.Max), value <= *e.Max)
		}
		if share, err := percent(e.MaxIncrease); err == nil {
			most := baselines[i] * (1 + share)
			add(fmt.Sprintf("max %s (baseline %v + %s)", strconv.FormatFloat(most, 'g', 6, 64), baselines[i], e.MaxIncrease), value <= most)
		}
	}
	return verdicts
}

// percent reads "5%" as 0.05.
func percent(text string) (float64, error) {
	digits, ok := strings.CutSuffix(strings.TrimSpace(text), "%")
	if !ok {
		return 0, fmt.Errorf("%q has no %%", text)
	}
	v, err := strconv.ParseFloat(strings.TrimSpace(digits), 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) || v < 0 {
		return 0, fmt.Errorf("%q is no percentage", text)
	}
	return v / 100, nil
}
