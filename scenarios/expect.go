package scenarios

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Expectation is a promise that a scenario's result must keep: a metric within absolute bounds, or not
// further from a baseline's than a share of it.
type Expectation struct {
	Metric      string   `toml:"metric" json:"metric"`
	Class       string   `toml:"class" json:"class,omitempty"`
	Min         *float64 `toml:"min" json:"min,omitempty"`
	Max         *float64 `toml:"max" json:"max,omitempty"`
	MaxIncrease string   `toml:"max_increase" json:"max_increase,omitempty"`
	MaxDecrease string   `toml:"max_decrease" json:"max_decrease,omitempty"`
	Within      string   `toml:"within" json:"within,omitempty"`
	Baseline    string   `toml:"baseline" json:"baseline,omitempty"`
}

var expectTable = table{
	path: "expect",
	does: "A promise about a metric of the result. Where one is broken, `roofserve run` and `sweep` end with status 1.",
	example: `[[expect]]
metric = "p99_tpot_ms"
max = 60
[[expect]]
metric = "output_throughput"
min = 1000
`,
	keys: []key{{
		name: "metric", unset: "required",
		does: "A number of the result by its key, which metrics.md lists. Of a latency, `p99_ttft` and `ttft_p99` mean " +
			"`p99_ttft_ms`, and `p50` the median.",
		example: `"p99_tpot_ms"`,
	}, {
		name: "class", unset: "all requests",
		does:    "The `[[slo.class]]` whose metric it is.",
		example: `"interactive"`,
	}, {
		name: "min", unit: "the metric's", unset: "no bound",
		does:    "The least that it may be.",
		example: "10",
	}, {
		name: "max", unit: "the metric's", unset: "no bound",
		does:    "The most that it may be.",
		example: "60",
	}, {
		name: "max_increase", unset: "no bound",
		does:    "By how much it may be above the baseline's, in percent. It needs a `baseline`.",
		example: `"5%"`,
	}, {
		name: "max_decrease", unset: "no bound",
		does:    "By how much it may be below the baseline's, in percent. It needs a `baseline`.",
		example: `"5%"`,
	}, {
		name: "within", unset: "no bound",
		does:    "How far it may be from the baseline's in either direction, in percent. It needs a `baseline`.",
		example: `"2%"`,
	}, {
		name: "baseline", unset: "none",
		does: "The JSON result of an earlier run, which `run --json FILE` wrote, or another scenario, a `.toml` file: " +
			"it is simulated too, and what it expects does not count.",
		example: `"earlier.json"`,
	}},
}

func (s *Scenario) checkExpectations() error {
	for i, e := range s.Expect {
		at := func(key string) string { return fmt.Sprintf("expect[%d].%s", i, key) }
		known := MetricNames()
		if e.Class != "" {
			if classes := s.SLO.classNames(); !slices.Contains(classes, e.Class) {
				return s.source.unknown(at("class"), "class of [[slo.class]]", e.Class, classes)
			}
			known = ClassMetricNames()
		}
		name, ok := canonical(e.Metric, known)
		if ok && (name == Goodput || name == attainment) && !s.SLO.limited(e.Class) {
			return s.source.fault(at("metric"), "counts requests within limits, and there are none", `set one, as in [slo] ttft_ms = 1000`)
		}
		if d := Define(name); d != nil && !d.in(s) {
			return s.source.faultf(at("metric"), "add ["+d.table+"]", "is in no result of a scenario without [%s]", d.table)
		}
		if !ok {
			if e.Metric == "" {
				return s.source.fault(at("metric"), "is missing", `name one, as in metric = "p99_tpot_ms"`)
			}
			return s.source.unknown(at("metric"), "metric", e.Metric, known)
		}
		if e.Min == nil && e.Max == nil && len(e.relative()) == 0 {
			return s.source.fault(at("metric"), "has no bound", `add max = …, min = … or max_increase = "5%"`)
		}
		if err := s.checkBounds(&e, at); err != nil {
			return err
		}
	}
	return nil
}

// checkBounds refuses bounds that no value can be held against.
func (s *Scenario) checkBounds(e *Expectation, at func(key string) string) error {
	for _, b := range []struct {
		key   string
		value *float64
	}{{"min", e.Min}, {"max", e.Max}} {
		if b.value != nil && math.IsInf(*b.value, 0) {
			return s.source.fault(at(b.key), "is infinite", "use a finite number")
		}
	}
	if e.Min != nil && e.Max != nil && *e.Min > *e.Max {
		return s.source.faultf(at("min"), "let min ≤ max", "%v is above max = %v: no value is within both", *e.Min, *e.Max)
	}
	relative := e.relative()
	if len(relative) == 0 && e.Baseline != "" {
		return s.source.fault(at("baseline"), "does nothing without max_increase", `add max_increase = "5%"`)
	}
	for _, b := range relative {
		if _, err := percent(b.share); err != nil {
			return s.source.faultf(at(b.key), `use a percentage from 0 on, as in "5%"`, "%q is no percentage", b.share)
		}
		if e.Baseline == "" {
			return s.source.fault(at(b.key), "has no baseline", `add baseline = "earlier.json", a result that run --json wrote`)
		}
	}
	return nil
}

// relativeBound is a bound that is a share of a baseline.
type relativeBound struct{ key, share string }

// relative are the bounds that need a baseline, of those that are set.
func (e *Expectation) relative() []relativeBound {
	all := []relativeBound{
		{boundIncrease, e.MaxIncrease}, {boundDecrease, e.MaxDecrease}, {boundWithin, e.Within},
	}
	return slices.DeleteFunc(all, func(b relativeBound) bool { return b.share == "" })
}

// mostPercent bounds an increase, so that its limit is a number: ten thousand times as much.
const mostPercent = 1e6

// percent reads "5%" as 5.
func percent(text string) (float64, error) {
	digits, ok := strings.CutSuffix(strings.TrimSpace(text), "%")
	if !ok {
		return 0, fmt.Errorf("%q has no %%", text)
	}
	v, err := strconv.ParseFloat(strings.TrimSpace(digits), 64)
	if err != nil || !(v >= 0 && v <= mostPercent) {
		return 0, fmt.Errorf("%q is no percentage", text)
	}
	return v, nil
}
