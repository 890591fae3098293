package report

import (
	"math"
	"strings"

	"github.com/roofserve/roofserve/scenarios"
)

// Verdicts of an expectation in JSON.
const (
	verdictKept   = "kept"
	verdictFailed = "failed"
)

// verdictObjects are the verdicts on a run's expectations, one for each bound. What has no value is null,
// with the reason.
func verdictObjects(verdicts []scenarios.Verdict) []object {
	list := make([]object, 0, len(verdicts))
	for i := range verdicts {
		v := &verdicts[i]
		word := verdictFailed
		if v.Kept {
			word = verdictKept
		}
		o := object{{"metric", v.Metric.Name}}
		if v.Metric.Class != "" {
			o.set("class", v.Metric.Class)
		}
		o = append(o, object{{"verdict", word}, {"value", v.Metric.JSON()}, {"bound", v.Bound}, {"limit", orNull(v.Limit)}}...)
		if v.Share != "" {
			o.set(strings.TrimPrefix(v.Bound, "max_"), v.Share)
			o.set("baseline", orNull(v.Baseline))
			if v.Floor != 0 {
				o.set("floor", v.Floor)
			}
		}
		if v.Reason != "" {
			o.set("reason", v.Reason)
		}
		list = append(list, append(o, field{"text", v.Finding()}))
	}
	return list
}

// orNull is a number in JSON, which has no NaN.
func orNull(v float64) any {
	if math.IsNaN(v) {
		return nil
	}
	return v
}
