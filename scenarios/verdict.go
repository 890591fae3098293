package scenarios

import (
	"fmt"
	"math"
	"strconv"
)

// Verdict is one bound of an expectation held against a result.
type Verdict struct {
	Metric   Metric  // under the name that the expectation gives it
	Bound    string  // its key: min, max, max_increase, max_decrease or within
	Limit    float64 // what the value is compared with, of within the upper one; NaN where the baseline has none
	Floor    float64 // of within alone: the lower one
	Share    string  // "5%", of bounds over a baseline
	Baseline float64 // of bounds over a baseline; NaN where it has none
	Kept     bool
	Over     string // the baseline's file, of bounds over a baseline of a scenario
	File     string // where the expectation is written, and its line; empty where no file holds it
	Line     int
	// Reason says why there was nothing to compare; empty where there was. Such an expectation is not kept.
	Reason string
}

// String is one line for people.
func (v *Verdict) String() string {
	word := "kept"
	if !v.Kept {
		word = "FAILED"
	}
	return fmt.Sprintf("expect %s: %s", word, v.Finding())
}

// Subject is the metric, with the class of clients that it is of.
func (v *Verdict) Subject() string { return v.Metric.Subject() }

// Finding is the value beside its bound: "p99_tpot_ms is 61.2, max 60", and by how much it is off a baseline:
// "p99_tpot_ms is 63.6 (+6%), max 63 (baseline 60 + 5%)".
func (v *Verdict) Finding() string {
	if v.Metric.Missing != "" {
		return fmt.Sprintf("%s has no value: %s; %s", v.Subject(), v.Metric.Missing, v.BoundText())
	}
	return fmt.Sprintf("%s is %s, %s", v.Subject(), v.ChangedText(), v.BoundText())
}

// ChangedText is ValueText with the change since the baseline, where there is one: "63.6 (+6%)".
func (v *Verdict) ChangedText() string {
	text := v.ValueText()
	if v.Share == "" || v.Metric.Missing != "" || math.IsNaN(v.Baseline) || v.Baseline == 0 {
		return text
	}
	percent := 100 * (v.Metric.Value - v.Baseline) / math.Abs(v.Baseline)
	if percent == 0 {
		return text + " (unchanged)"
	}
	sign := "+"
	if percent < 0 {
		sign = "−"
	}
	return fmt.Sprintf("%s (%s%s%%)", text, sign, strconv.FormatFloat(math.Abs(percent), 'g', 3, 64))
}

// BoundText is the bound as a reader knows it: "max 60", "max 63 (baseline 60 + 5%)".
func (v *Verdict) BoundText() string {
	switch {
	case v.Share == "":
		return fmt.Sprintf("%s %v", v.Bound, v.Limit)
	case math.IsNaN(v.Baseline):
		return fmt.Sprintf("%s %s over a baseline that has no value", v.Bound, v.Share)
	case v.Bound == boundDecrease:
		return fmt.Sprintf("min %s (baseline %s − %s)", short(v.Limit), short(v.Baseline), v.Share)
	case v.Bound == boundWithin:
		return fmt.Sprintf("from %s to %s (baseline %s ± %s)", short(v.Floor), short(v.Limit), short(v.Baseline), v.Share)
	default:
		return fmt.Sprintf("max %s (baseline %s + %s)", short(v.Limit), short(v.Baseline), v.Share)
	}
}

// ValueText is the value in six digits, or in all where six would put it on the other side of the limit; a
// word where there is none.
func (v *Verdict) ValueText() string {
	if v.Metric.Missing != "" {
		return "none"
	}
	text := short(v.Metric.Value)
	if rounded, err := strconv.ParseFloat(text, 64); err == nil && v.Reason == "" && v.holds(rounded) != v.Kept {
		return strconv.FormatFloat(v.Metric.Value, 'g', -1, 64)
	}
	return text
}

func short(v float64) string { return strconv.FormatFloat(v, 'g', 6, 64) }

// holds compares a value with the limit, which itself is within the bound.
func (v *Verdict) holds(value float64) bool {
	switch v.Bound {
	case boundMin, boundDecrease:
		return value >= v.Limit
	case boundWithin:
		return value >= v.Floor && value <= v.Limit
	default:
		return value <= v.Limit
	}
}

// Keys of an expectation's bounds.
const (
	boundMin      = "min"
	boundMax      = "max"
	boundIncrease = "max_increase"
	boundDecrease = "max_decrease"
	boundWithin   = "within"
)

// Judge holds expectations against metrics, a verdict for each bound. A statistic of nothing keeps no bound,
// and nothing keeps one over a baseline of nothing. Baselines are as Scenario.Baselines reads them, one for
// each expectation; nil where none has any.
func Judge(expectations []Expectation, metrics []Metric, baselines []float64) []Verdict {
	verdicts := []Verdict{}
	known := MetricNames()
	for i, e := range expectations {
		metric := find(metrics, e.judged(known), e.Class)
		metric.Name = e.Metric
		add := func(v Verdict) {
			v.Metric = metric
			if v.Reason == "" {
				v.Reason = metric.Missing
			}
			v.Kept = v.Reason == "" && v.holds(metric.Value)
			verdicts = append(verdicts, v)
		}
		if e.Min != nil {
			add(Verdict{Bound: boundMin, Limit: *e.Min})
		}
		if e.Max != nil {
			add(Verdict{Bound: boundMax, Limit: *e.Max})
		}
		for _, b := range e.relative() {
			add(overBaseline(baselines[i], b))
		}
	}
	return verdicts
}

// judged is the name of an expectation's metric among those of a run, or of its class.
func (e *Expectation) judged(known []string) string {
	if e.Class != "" {
		known = ClassMetricNames()
	}
	name, _ := canonical(e.Metric, known)
	return name
}

// overBaseline is a bound that is a share of a baseline. No value keeps one over a baseline that has none.
// From a baseline of 0 every change is infinite, so that its limits are 0.
func overBaseline(baseline float64, b relativeBound) Verdict {
	share, err := percent(b.share)
	room := float64(baseline*share) / 100
	v := Verdict{Bound: b.key, Share: b.share, Baseline: baseline, Limit: baseline + room}
	switch b.key {
	case boundDecrease:
		v.Limit = baseline - room
	case boundWithin:
		v.Floor = baseline - room
	}
	if err != nil || math.IsNaN(baseline) {
		v.Reason = "the baseline has no value"
	}
	return v
}

// NotRun are the metrics of a run that did not take place.
func NotRun(reason string) []Metric {
	names := MetricNames()
	metrics := make([]Metric, len(names))
	for i, name := range names {
		metrics[i] = statistic(name, 0, reason)
	}
	return metrics
}

// Judge holds the scenario's expectations against the run and keeps the verdicts in it.
func (r *Run) Judge(baselines []float64) []Verdict {
	r.Verdicts = r.Scenario.Judge(r.AllMetrics(), baselines)
	return r.Verdicts
}

// Judge holds the scenario's expectations against metrics; a verdict says where its expectation stands.
func (s *Scenario) Judge(metrics []Metric, baselines []float64) []Verdict {
	verdicts := []Verdict{}
	for i := range s.Expect {
		var baseline []float64
		if baselines != nil {
			baseline = baselines[i : i+1]
		}
		file, line := s.source.where(fmt.Sprintf("expect[%d].metric", i))
		for _, v := range Judge(s.Expect[i:i+1], metrics, baseline) {
			v.File, v.Line = file, line
			if v.Share != "" {
				v.Over = s.baselineFile(i)
			}
			verdicts = append(verdicts, v)
		}
	}
	return verdicts
}
