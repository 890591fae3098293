package scenarios

import (
	"fmt"
	"reflect"
	"slices"
	"testing"

	"github.com/roofserve/roofserve/sim"
)

// The limits of [slo] are the latencies that a request has, under their keys, and that on its longest gaps.
func TestLimitsAreThoseOfTheLatencies(t *testing.T) {
	var o SLO
	fields := fieldKeys(reflect.TypeFor[SLO]())
	var latencies []string
	for i, l := range Latencies {
		if (l.Limit == nil) != (l.Request == nil) {
			t.Errorf("%s has a limit, or a request's value, alone", l.Key)
		}
		if l.Limit == nil {
			continue
		}
		latencies = append(latencies, l.Key+"_ms")
		*l.Limit(&o) = float64(1 + i)
	}
	fields = slices.DeleteFunc(fields, func(key string) bool { return key == "tbt_ms" })
	if !slices.Equal(fields, latencies) || !reflect.DeepEqual(o, SLO{TTFT: 1, TPOT: 2, E2E: 4}) {
		t.Errorf("limits %v are %+v, of latencies %v", fields, o, latencies)
	}
}

// Each statistic of each latency is that number of the simulation's.
func TestLatencyMetricsByHand(t *testing.T) {
	result := &sim.Result{Completed: 1}
	for i, d := range []*sim.Distribution{&result.TTFT, &result.TPOT, &result.ITL, &result.E2E} {
		at := float64(10 * (i + 1))
		*d = sim.Distribution{Count: 1, Mean: at, Median: at + 1, Std: at + 2,
			Min: at + 3, Max: at + 4, P90: at + 5, P95: at + 6, P99: at + 7}
	}
	got := Values((&Run{Scenario: Empty(""), Parts: &Parts{}, Result: result}).Metrics())
	for i, latency := range []string{"ttft", "tpot", "itl", "e2el"} {
		for j, statistic := range []string{"mean", "median", "std", "min", "max", "p90", "p95", "p99"} {
			key := fmt.Sprintf("%s_%s_ms", statistic, latency)
			if want := float64(10*(i+1) + j); got[key] != want {
				t.Errorf("%s is %v, want %v", key, got[key], want)
			}
			if l, s := LatencyOf(key); l != &Latencies[i] || s != statistic {
				t.Errorf("%s is %q of %v", key, s, l)
			}
		}
	}
	if l, _ := LatencyOf("output_throughput"); l != nil {
		t.Errorf("a throughput is a latency: %v", l)
	}
}
