package scenarios

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/roofserve/roofserve/sim"
)

func TestGoodputCountsRequestsWithinEveryLimit(t *testing.T) {
	served := func(limits ...string) *Run {
		return simulate(t, "llama-3.1-8b-h100", append(limits, "workload.requests=2000", "workload.rate_scale=3")...)
	}
	all := served("slo.ttft_ms=1e9")
	if got, want := metric(t, all, Goodput), metric(t, all, "request_throughput"); got != want {
		t.Errorf("goodput under no real limit is %v of %v", got, want)
	}
	ttft := fmt.Sprintf("slo.ttft_ms=%v", metric(t, all, "p90_ttft_ms"))
	one, both := served(ttft), served(ttft, fmt.Sprintf("slo.tpot_ms=%v", metric(t, all, "median_tpot_ms")))
	if share := float64(one.Good) / float64(one.Result.Completed); math.Abs(share-0.9) > 0.02 {
		t.Errorf("%.3f of the requests are within the 90th percentile", share)
	}
	if both.Good >= one.Good || both.Good == 0 {
		t.Errorf("%d requests meet two limits, %d one of them", both.Good, one.Good)
	}
}

func TestSingleTokensHaveNoTimeBetweenThem(t *testing.T) {
	f := &sim.Finished{LastToken: 5e9, FirstToken: 5e9, Output: 1}
	if !(&SLO{TPOT: 1}).Met(f) || (&SLO{TTFT: 4}).Met(f) || (&SLO{E2E: 4}).Met(f) ||
		!(&SLO{TTFT: 5, E2E: 5}).Met(f) {
		t.Error("limits of a single token")
	}
	if (&SLO{TTFT: 5}).Met(&sim.Finished{Failed: true}) {
		t.Error("a refused request met a limit")
	}
}

func TestGoodputWithoutLimitsIsAMistake(t *testing.T) {
	for text, want := range map[string]string{
		"[[expect]]\nmetric = \"request_goodput\"\nmin = 1\n": "[slo]",
		"[slo]\nttft_ms = -1\n":                               "out of range",
	} {
		err := parse(t, "[model]\nname = \"llama-3.1-8b\"\n"+text).Validate()
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v", text, err)
		}
	}
}
