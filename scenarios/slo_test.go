package scenarios

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/roofserve/roofserve/hw/units"
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

// A request at a limit meets it, and one that is a thousandth of the limit, or a picosecond, later does
// not; of the other latencies a limit on one says nothing. By hand: 41 tokens, the first after 250 ms, the
// others 50 ms apart.
func TestARequestAtItsLimitMeetsIt(t *testing.T) {
	const ms, arrival = units.Picoseconds(1e9), units.Picoseconds(1e12)
	at := sim.Finished{
		Arrival: arrival, FirstToken: arrival + 250*ms, LastToken: arrival + 2250*ms, Output: 41,
	}
	first, last := at, at
	first.FirstToken++ // which makes the others come sooner after it
	last.LastToken++
	thousandth := at
	thousandth.FirstToken += ms / 4
	thousandth.LastToken += 9 * ms / 4
	for _, c := range []struct {
		limits              SLO
		first, last, longer bool
	}{
		{SLO{TTFT: 250}, false, true, false},
		{SLO{TPOT: 50}, true, false, false},
		{SLO{E2E: 2250}, true, false, false},
		{SLO{TTFT: 250, TPOT: 50, E2E: 2250}, false, false, false},
		{SLO{TTFT: 250.25, TPOT: 50.05, E2E: 2252.25}, true, true, true},
	} {
		for _, f := range []struct {
			name string
			*sim.Finished
			met bool
		}{
			{"at the limit", &at, true}, {"with a first token 1 ps later", &first, c.first},
			{"with a last token 1 ps later", &last, c.last}, {"0.1% later", &thousandth, c.longer},
		} {
			if c.limits.Met(f.Finished) != f.met {
				t.Errorf("a request %s meets %+v: %v", f.name, c.limits, !f.met)
			}
		}
	}
}

// Goodput counts by limits exactly what their words say, request by request, also where one is just at a
// limit.
func TestGoodputIsCountedRequestByRequest(t *testing.T) {
	var finished []sim.Finished
	note := func(f *sim.Finished) { finished = append(finished, *f) }
	observed(t, note, "llama-3.1-8b-h100", "workload.requests=200", "workload.rate_scale=3")
	ttft := func(f sim.Finished) units.Picoseconds { return f.FirstToken - f.Arrival }
	slices.SortFunc(finished, func(a, b sim.Finished) int { return cmp.Compare(ttft(a), ttft(b)) })
	for n := 20; n <= len(finished); n += 45 { // the limit is the n-th TTFT: as many meet it, and its equals
		limit := ttft(finished[n-1])
		within := 0
		for _, f := range finished {
			if ttft(f) <= limit {
				within++
			}
		}
		set := "slo.ttft_ms=" + strconv.FormatFloat(limit.Milliseconds(), 'g', -1, 64)
		r := simulate(t, "llama-3.1-8b-h100", "workload.requests=200", "workload.rate_scale=3", set)
		if r.Good != within {
			t.Errorf("%s: %d requests are within the limit, want %d", set, r.Good, within)
		}
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
