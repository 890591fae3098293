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
	Limit  float64 // ms
}

// String is the objective as a flag has it.
func (o Objective) String() string {
	statistic, latency, _ := strings.Cut(strings.TrimSuffix(o.Metric, "_ms"), "_")
	return fmt.Sprintf("%s_%s=%sms", latency, statistic, strconv.FormatFloat(o.Limit, 'g', -1, 64))
}

// The latencies and statistics that objectives may name, and a result has.
var (
	latencies  = []string{"ttft", "tpot", "itl", "e2el"}
	statistics = []string{"mean", "median", "p90", "p95", "p99", "max"}
)

// ParseObjectives reads "ttft_p99=1000ms,tpot_p99=50ms". A time has a unit: 1 would be read as a second by some and as a millisecond
// by others. label stands in messages.
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
	latency, statistic, _ := strings.Cut(strings.ToLower(strings.TrimSpace(name)), "_")
	if statistic == "p50" {
		statistic = "median"
	}
	if slices.Contains(latencies, latency) && slices.Contains(statistics, statistic) {
		return statistic + "_" + latency + "_ms", nil
	}
	var known []string
	for _, l := range latencies {
		for _, s := range statistics {
			known = append(known, l+"_"+s)
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

// expectations are the objectives as a scenario would write them, so that a limit on a latency that nothing had is not met here either.
func expectations(objectives []Objective) []scenarios.Expectation {
	list := make([]scenarios.Expectation, len(objectives))
	for i := range objectives {
		list[i] = scenarios.Expectation{Metric: objectives[i].Metric, Max: &objectives[i].Limit}
	}
	return list
}

// requestLimits are what a single request must meet so that it counts for goodput: the tightest limit on each latency.
// Gaps between tokens are not a request's property, so ITL limits none.
func requestLimits(objectives []Objective) scenarios.SLO {
	var limits scenarios.SLO
	for _, o := range objectives {
		for latency, limit := range map[string]*float64{"ttft": &limits.TTFT, "tpot": &limits.TPOT, "e2el": &limits.E2E} {
			if strings.HasSuffix(o.Metric, "_"+latency+"_ms") && (*limit == 0 || o.Limit < *limit) {
				*limit = o.Limit
			}
		}
	}
	return limits
}
