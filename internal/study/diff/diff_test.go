package diff_test

import (
	"math"
	"slices"
	"testing"

	"github.com/roofserve/roofserve/internal/study/diff"
	"github.com/roofserve/roofserve/scenarios"
)

func at(point float64) diff.Value { return diff.Value{Point: point, Low: point, High: point} }

func within(low, point, high float64) diff.Value {
	return diff.Value{Point: point, Low: low, High: high, Interval: true}
}

func TestVerdicts(t *testing.T) {
	for name, c := range map[string]struct {
		metric   string
		old, new *diff.Value
		want     diff.Verdict
		delta    float64
	}{
		"a latency that grows is worse":        {"mean_tpot_ms", p(at(10)), p(at(11)), diff.Worse, 0.1},
		"a latency that falls is better":       {"mean_tpot_ms", p(at(10)), p(at(5)), diff.Better, -0.5},
		"a throughput that grows is better":    {"output_throughput", p(at(10)), p(at(11)), diff.Better, 0.1},
		"a throughput that falls is worse":     {"output_throughput", p(at(10)), p(at(9)), diff.Worse, -0.1},
		"nothing is better about more context": {"max_context", p(at(10)), p(at(20)), diff.Moved, 1},
		"equal to the last digit":              {"mean_tpot_ms", p(at(10)), p(at(10)), diff.Same, 0},
		"intervals that overlap leave it open": {"mean_tpot_ms", p(within(9, 10, 12)), p(within(11, 13, 15)), diff.Unclear, 0.3},
		"intervals that touch leave it open":   {"mean_tpot_ms", p(within(9, 10, 12)), p(within(12, 13, 15)), diff.Unclear, 0.3},
		"intervals that part decide":           {"mean_tpot_ms", p(within(9, 10, 11)), p(within(12, 13, 15)), diff.Worse, 0.3},
		"a point within an interval is open":   {"mean_tpot_ms", p(at(10)), p(within(9, 11, 12)), diff.Unclear, 0.1},
		"the same point with another interval": {"mean_tpot_ms", p(within(9, 10, 11)), p(within(8, 10, 11)), diff.Unclear, 0},
		"a value where there was none":         {"mean_tpot_ms", nil, p(at(10)), diff.Gained, math.NaN()},
		"no value where there was one":         {"mean_tpot_ms", p(at(10)), nil, diff.Lost, math.NaN()},
		"a share of nothing is no share":       {"preemptions", p(at(0)), p(at(3)), diff.Worse, math.NaN()},
	} {
		older, newer := diff.Outcome{Values: map[string]diff.Value{}}, diff.Outcome{Values: map[string]diff.Value{}}
		if c.old != nil {
			older.Values[c.metric] = *c.old
		}
		if c.new != nil {
			newer.Values[c.metric] = *c.new
		}
		got := outcomes(t, []diff.Outcome{older}, []diff.Outcome{newer}).Pairs[0].Changes
		if len(got) != 1 || got[0].Metric.Key != c.metric || got[0].Verdict != c.want ||
			!near(got[0].Delta, c.delta) {
			t.Errorf("%s: %+v, want %s and %v", name, got, c.want, c.delta)
		}
	}
}

func p(v diff.Value) *diff.Value { return &v }

func near(a, b float64) bool { return math.IsNaN(a) && math.IsNaN(b) || math.Abs(a-b) < 1e-12 }

func outcomes(t *testing.T, older, newer []diff.Outcome) *diff.Differences {
	t.Helper()
	s, err := diff.Outcomes(older, newer)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestKeysAndPartsThatMoved(t *testing.T) {
	older := diff.Outcome{Keys: map[string]string{"parallel.tp": "4", "engine.policy": `"vllm"`, "seed": "1"},
		Step: diff.Step{Operators: []diff.Operator{{"gemm", "attention", 2}, {"norm", "head", 1}, {"gemm", "attention", 3}}}}
	newer := diff.Outcome{Keys: map[string]string{"parallel.tp": "8", "engine.policy": `"vllm"`, "slo.ttft_ms": "100"},
		Step: diff.Step{Operators: []diff.Operator{{"all-reduce", "attention", 7}, {"gemm", "attention", 4}, {"norm", "head", 1}}}}
	pair := outcomes(t, []diff.Outcome{older}, []diff.Outcome{newer}).Pairs[0]
	if want := []diff.KeyChange{{"parallel.tp", "4", "8"}, {"seed", "1", ""}, {"slo.ttft_ms", "", "100"}}; !slices.Equal(pair.Keys, want) {
		t.Errorf("keys %+v, want %+v", pair.Keys, want)
	}
	want := []diff.PartChange{{"all-reduce", "attention", 0, 7}, {"gemm", "attention", 5, 4}, {"norm", "head", 1, 1}}
	if !slices.Equal(pair.Parts, want) {
		t.Errorf("parts %+v, want %+v", pair.Parts, want)
	}
}

func TestCasesArePairedByTheirSettings(t *testing.T) {
	swept := func(values ...float64) (list []diff.Outcome) {
		for _, v := range values {
			list = append(list, diff.Outcome{
				Settings: []scenarios.Setting{{Key: "workload.rate_scale", Value: v}},
				Values:   map[string]diff.Value{"mean_tpot_ms": at(10 * v)},
			})
		}
		return list
	}
	older, newer := swept(1, 2, 4), swept(4, 8, 1)
	newer[0].Values["mean_tpot_ms"] = at(160)
	s := outcomes(t, older, newer)
	if len(s.Pairs) != 2 || s.Pairs[0].Name != "workload.rate_scale=1" || s.Pairs[1].New != &newer[0] ||
		!slices.Equal(s.OnlyOld, []string{"workload.rate_scale=2"}) || !slices.Equal(s.OnlyNew, []string{"workload.rate_scale=8"}) {
		t.Errorf("%+v", s)
	}
	if ratio, n := s.Typical("mean_tpot_ms"); !near(ratio, 2) || n != 2 {
		t.Errorf("typical ratio %v of %d pairs, want √(1·4) of 2", ratio, n)
	}
	if _, err := diff.Outcomes(swept(1, 2), swept(3, 4)); err == nil {
		t.Error("sweeps that share no case are compared")
	}
}
