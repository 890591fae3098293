package scenarios

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/roofserve/roofserve/internal/bounded"
	"github.com/roofserve/roofserve/internal/fault"
)

// Baselines are the values that expectations compare with: read from files, and measured where a baseline is
// another scenario, so that what is missing is found before a long run. A baseline whose own run had nothing
// to measure is NaN.
func (s *Scenario) Baselines(ctx context.Context) ([]float64, error) {
	values := make([]float64, len(s.Expect))
	measured := map[string][]Metric{} // by scenario
	for i := range s.Expect {
		var err error
		switch e := &s.Expect[i]; {
		case e.Baseline == "":
		case e.overScenario():
			values[i], err = s.measured(ctx, i, measured)
		default:
			values[i], err = s.earlier(i)
		}
		if err != nil {
			return nil, err
		}
	}
	return values, nil
}

// overScenario tells whether an expectation's baseline is another scenario.
func (e *Expectation) overScenario() bool { return strings.HasSuffix(e.Baseline, ".toml") }

// earlier is an expectation's metric in the result of an earlier run.
func (s *Scenario) earlier(i int) (float64, error) {
	e, path := &s.Expect[i], baselineKey(i)
	data, err := bounded.ReadFile(s.baselineFile(i), bounded.Result)
	if err != nil {
		return 0, s.source.faultf(path, "write it with roofserve check … --update-baselines", "%s cannot be read: %v", e.Baseline, err)
	}
	name, _ := canonical(e.Metric, MetricNames())
	value, err := lookupJSON(data, name, e.Class)
	if err != nil {
		return 0, s.source.faultf(path, "use a result that run --json wrote", "%s: %v", e.Baseline, err)
	}
	return value, nil
}

// measured is an expectation's metric of another scenario, which is simulated once.
func (s *Scenario) measured(ctx context.Context, i int, known map[string][]Metric) (float64, error) {
	file := s.baselineFile(i)
	if known[file] == nil {
		other, err := Load(file)
		if err == nil && len(other.Sweep) > 0 {
			err = errors.New("is a sweep, and no single result")
		}
		if err != nil {
			return 0, s.overFault(i, err)
		}
		r, err := other.Simulate(ctx)
		if err != nil {
			return 0, s.overFault(i, err)
		}
		known[file] = r.AllMetrics()
	}
	e := &s.Expect[i]
	m := find(known[file], e.judged(MetricNames()), e.Class)
	return m.Value, nil
}

// overFault is an error of the scenario that is a baseline; one that says where it is in that stays as it is.
func (s *Scenario) overFault(i int, err error) error {
	var wrong *fault.Error
	if errors.As(err, &wrong) || errors.Is(err, context.Canceled) {
		return err
	}
	return s.source.faultf(baselineKey(i), "use a scenario that roofserve run takes", "%s: %v", s.Expect[i].Baseline, err)
}

func baselineKey(i int) string { return fmt.Sprintf("expect[%d].baseline", i) }

// baselineFile is the file of an expectation's baseline, as this process finds it.
func (s *Scenario) baselineFile(i int) string {
	return s.source.path(baselineKey(i), s.Expect[i].Baseline)
}

// BaselineFiles are the results that expectations compare with, each once, as this process finds them.
func (s *Scenario) BaselineFiles() []string {
	var list []string
	for i := range s.Expect {
		e, file := &s.Expect[i], s.baselineFile(i)
		if e.Baseline != "" && !e.overScenario() && !slices.Contains(list, file) {
			list = append(list, file)
		}
	}
	return list
}

// lookupJSON finds a dotted name in a JSON object, or in that of one of its classes where one is named: NaN
// where it is null.
func lookupJSON(data []byte, name, class string) (float64, error) {
	var value any
	if err := json.Unmarshal(data, &value); err != nil {
		return 0, err
	}
	if class != "" {
		if value = classObject(value, class); value == nil {
			return 0, fmt.Errorf("has no class %q", class)
		}
	}
	for _, key := range strings.Split(name, ".") {
		object, _ := value.(map[string]any)
		inner, known := object[key]
		if !known {
			return 0, fmt.Errorf("has no number %q", name)
		}
		value = inner
	}
	if value == nil {
		return math.NaN(), nil
	}
	number, ok := value.(float64)
	if !ok {
		return 0, fmt.Errorf("has no number %q", name)
	}
	if number < 0 {
		return 0, fmt.Errorf("%s is %v, and no result is negative", name, number)
	}
	return number, nil
}

// classObject is the object of a class in a result; nil where it has none of the name.
func classObject(result any, class string) any {
	object, _ := result.(map[string]any)
	for _, c := range classesIn(object) {
		if c["name"] == class {
			return c
		}
	}
	return nil
}
