package capacity

import (
	"fmt"
	"math"
	"slices"
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
	Class  string  // of clients, whose latency it is; empty for that of all requests
	Limit  float64 // ms
}

// Subject is the metric's name among those of a trial: "p99_ttft_ms of interactive".
func (o Objective) Subject() string { return scenarios.Subject(o.Metric, o.Class) }

// String is the objective as a flag has it.
func (o Objective) String() string {
	l, statistic := scenarios.LatencyOf(o.Metric)
	class := o.Class
	if class != "" {
		class += classMark
	}
	return fmt.Sprintf("%s%s_%s=%sms", class, l.Key, statistic, strconv.FormatFloat(o.Limit, 'g', -1, 64))
}

// classMark stands behind the class of clients that a limit is on.
const classMark = ":"

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
		"latencies %s\nand the statistics %s. chat:ttft_p99=1s limits a class of [[slo.class]] alone.",
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
		class, name := classOf(name)
		metric, err := objectiveMetric(name)
		if err != nil {
			return nil, &fault.Error{File: label, Key: name, Wrong: "unknown latency", Right: err.Error()}
		}
		ms, err := milliseconds(limit)
		if err != nil {
			return nil, &fault.Error{File: label, Key: name, Wrong: fmt.Sprintf("%q is no time with a unit", limit), Right: unitFor(limit)}
		}
		list = append(list, Objective{Metric: metric, Class: class, Limit: ms})
	}
	return list, nil
}

// classOf splits a limit's name into the class of clients that it is on, empty for all, and the latency.
func classOf(name string) (class, latency string) {
	if i := strings.LastIndex(name, classMark); i >= 0 {
		return strings.TrimSpace(name[:i]), name[i+1:]
	}
	return "", name
}

// CheckClasses refuses objectives on classes that a scenario does not have.
func CheckClasses(s *scenarios.Scenario, objectives []Objective) error {
	for _, o := range objectives {
		if o.Class == "" {
			continue
		}
		var known []string
		for i := range s.SLO.Classes {
			known = append(known, s.SLO.Classes[i].Name)
		}
		if !slices.Contains(known, o.Class) {
			return &fault.Error{File: "--slo", Key: o.Class, Wrong: "unknown class of [[slo.class]]",
				Right: names.Suggest(o.Class, known)}
		}
	}
	return nil
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
		o := &objectives[i]
		list[i] = scenarios.Expectation{Metric: o.Metric, Class: o.Class, Max: &o.Limit}
	}
	return list
}

// requestLimits are what a single request must meet so that it counts for goodput: the tightest limit on each
// latency. Gaps between tokens are not a request's property, so ITL limits none.
func requestLimits(objectives []Objective) scenarios.SLO {
	var limits scenarios.SLO
	for _, o := range objectives {
		l, _ := scenarios.LatencyOf(o.Metric)
		if l.Limit == nil || o.Class != "" {
			continue
		}
		if limit := l.Limit(&limits); *limit == 0 || o.Limit < *limit {
			*limit = o.Limit
		}
	}
	return limits
}
