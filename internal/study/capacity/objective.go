package capacity

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/roofserve/roofserve/internal/fault"
	"github.com/roofserve/roofserve/internal/names"
	"github.com/roofserve/roofserve/scenarios"
)

// Objective is a limit on a statistic of a latency.
type Objective struct {
	Metric string  // of a result: "p99_ttft_ms"
	Limit  float64 // ms
}

// String is the objective as a flag has it.
func (o Objective) String() string {
	l, statistic := scenarios.LatencyOf(o.Metric)
	return fmt.Sprintf("%s_%s=%sms", l.Key, statistic, strconv.FormatFloat(o.Limit, 'g', -1, 64))
}

// Syntax says how objectives are written.
func Syntax() string {
	var latencies, statistics []string
	for _, l := range scenarios.Latencies {
		latencies = append(latencies, l.Key)
	}
	for _, s := range scenarios.Statistics {
		if s.Limited {
			statistics = append(statistics, strings.Replace(s.Key, "median", "p50", 1))
		}
	}
	return fmt.Sprintf("Limits are LATENCY_STATISTIC=TIME, as in ttft_p99=1s or tpot_mean=50ms (p99_ttft=1s is the same), with the "+
		"latencies %s\nand the statistics %s.",
		strings.Join(latencies, ", "), strings.Join(statistics, ", "))
}

// ParseObjectives reads "ttft_p99=1000ms,tpot_p99=50ms". A time has a unit: 1 would be read as a second by
// some and as a millisecond by others. label stands in messages.
func ParseObjectives(text, label string) ([]Objective, error) {
	var list []Objective
	for _, item := range strings.Split(text, ",") {
		name, limit, ok := strings.Cut(strings.TrimSpace(item), "=")
		if !ok {
			return nil, &fault.Error{File: label, Wrong: fmt.Sprintf("%q is no objective", item), Right: "write ttft_p99=1000ms,tpot_p99=50ms"}
		}
		metric, err := objectiveMetric(name)
		if err != nil {
			return nil, &fault.Error{File: label, Key: name, Wrong: "unknown latency", Right: err.Error()}
		}
		ms, err := milliseconds(limit)
		if err != nil {
			return nil, &fault.Error{File: label, Key: name, Wrong: fmt.Sprintf("%q is no time with a unit", limit), Right: unitFor(limit)}
		}
		list = append(list, Objective{Metric: metric, Limit: ms})
	}
	return list, nil
}

// objectiveMetric is the result's name of "ttft_p99"; the error says what was most likely meant.
func objectiveMetric(name string) (string, error) {
	name = strings.ToLower(strings.TrimSpace(name))
	if l, s := scenarios.LatencyNamed(name); l != nil && s.Limited {
		return l.Metric(s.Key), nil
	}
	var known []string
	for i := range scenarios.Latencies {
		for _, s := range scenarios.Statistics {
			if s.Limited {
				known = append(known, scenarios.Latencies[i].Key+"_"+s.Key)
			}
		}
	}
	return "", fmt.Errorf("%s", names.Suggest(name, known))
}

// milliseconds reads "50ms" or "1.5s".
func milliseconds(text string) (float64, error) {
	d, err := time.ParseDuration(strings.TrimSpace(text))
	if err == nil && d <= 0 {
		err = fmt.Errorf("%v is not positive", d)
	}
	return float64(d) / float64(time.Millisecond), err
}

// unitFor says what to write instead of a limit that is no time: with a unit where it has none.
func unitFor(limit string) string {
	limit = strings.TrimSpace(limit)
	if v, err := strconv.ParseFloat(limit, 64); err == nil && v > 0 && !math.IsInf(v, 0) {
		return fmt.Sprintf("write %ss or %sms", limit, limit)
	}
	return "write 50ms or 1.5s"
}

// expectations are the objectives as a scenario would write them, so that a limit on a latency that nothing
// had is not met here either.
func expectations(objectives []Objective) []scenarios.Expectation {
	list := make([]scenarios.Expectation, len(objectives))
	for i := range objectives {
		list[i] = scenarios.Expectation{Metric: objectives[i].Metric, Max: &objectives[i].Limit}
	}
	return list
}

// requestLimits are what a single request must meet so that it counts for goodput: the tightest limit on each
// latency. Gaps between tokens are not a request's property, so ITL limits none.
func requestLimits(objectives []Objective) scenarios.SLO {
	var limits scenarios.SLO
	for _, o := range objectives {
		l, _ := scenarios.LatencyOf(o.Metric)
		if l.Limit == nil {
			continue
		}
		if limit := l.Limit(&limits); *limit == 0 || o.Limit < *limit {
			*limit = o.Limit
		}
	}
	return limits
}
