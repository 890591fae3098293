package sim

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/internal/fixture"
	"github.com/roofserve/roofserve/workloads"
)

// withGateway puts a gateway before the router of a configuration.
func withGateway(t *rapid.T, c *Config) {
	timeout := func(label string) units.Picoseconds {
		return units.Picoseconds(rapid.SampledFrom([]int{0, 1, 3000, 20_000, 100_000, 500_000}).Draw(t, label))
	}
	c.Admission = &Admission{
		Policy:    rapid.SampledFrom(AdmissionPolicies()).Draw(t, "admission"),
		MaxQueue:  rapid.SampledFrom([]int{0, 1, 3, 20}).Draw(t, "queue"),
		ShedAbove: rapid.SampledFrom([]int{-2, 0, 2}).Draw(t, "tier"),
		Capacity:  rapid.SampledFrom([]float64{0, 50, 300}).Draw(t, "capacity"),
		Refill:    rapid.SampledFrom([]float64{0, 1e8, 1e9}).Draw(t, "refill"),
		Retries:   rapid.SampledFrom([]int{0, 0, 1, 3}).Draw(t, "retries"),
		Backoff:   units.Picoseconds(rapid.SampledFrom([]int{1, 2000, 50_000}).Draw(t, "backoff")),
	}
	if c.Exchange == nil {
		c.Admission.FirstTokenTimeout = timeout("first token within")
		c.Admission.RequestTimeout = timeout("answer within")
	}
}

func TestGatewaysEqualOracle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, fresh := scenario(t)
		if rapid.SampledFrom([]bool{false, false, false, true}).Draw(t, "transfers") {
			withTransfers(t, &c)
		}
		withGateway(t, &c)
		simulatedAlike(t, c, fresh)
	})
}

// Every request comes to one end: it completes, fails, is rejected or times out.
func TestGatewaysLoseNoRequest(t *testing.T) {
	met := map[string]int{}
	rapid.Check(t, func(t *rapid.T) {
		c, fresh := scenario(t)
		withGateway(t, &c)
		r, finished := simulated(t, c, fresh(), engine)
		requests, _ := (&drawn{c, fresh}).requests()
		ends := map[int]int{}
		for _, f := range finished {
			ends[f.Index]++
		}
		if r.Requests() != len(requests) || len(ends) != len(requests) || len(finished) != len(requests) {
			t.Fatalf("%d requests, of which %d completed, %d failed, and %+v; %d were told of", len(requests), r.Completed,
				r.Failed, r.Gate, len(finished))
		}
		met["rejected"] += r.Gate.Rejected
		met["timed out"] += r.Gate.TimedOut
		met["sent anew"] += r.Gate.Retried
	})
	for _, what := range []string{"rejected", "timed out", "sent anew"} {
		if met[what] == 0 {
			t.Errorf("no request of any scenario was %s", what)
		}
	}
}

// gatewayMicro is what becomes of requests that pass a gateway to an engine which runs one at a time, in
// steps of 1 ms.
func gatewayMicro(t *testing.T, a Admission, requests ...workloads.Request) (*Result, []Finished) {
	t.Helper()
	c := vllmMicro(100)
	c.Limits.MaxNumSeqs, c.Admission, c.Check = 1, &a, true
	return outcome(t, c, &fixture.List{Requests: requests}, engine)
}

// at is a request at a time in ms.
func at(ms float64, input, output int) workloads.Request {
	return workloads.Request{Arrival: units.Picoseconds(ms * 1e9), Input: input, Output: output}
}

// Worked out by hand, in ms: the first request runs from 0 to 10, its tokens come at 1, 2, …
func TestGatewaysByHand(t *testing.T) {
	const ms = units.Picoseconds(1e9)
	for _, x := range []struct {
		name     string
		a        Admission
		requests []workloads.Request
		lasts    []units.Picoseconds // of the answers; 0 where there is none
		want     GateStats
	}{{
		"the second waits in vain until 3.5", Admission{FirstTokenTimeout: 3 * ms},
		[]workloads.Request{at(0, 16, 10), at(0.5, 16, 3)}, []units.Picoseconds{10 * ms, 0},
		GateStats{TimedOut: 1},
	}, {
		"sent anew at 7.5 it begins at 10, is given up at 10.5, and leaves at 11",
		Admission{FirstTokenTimeout: 3 * ms, Retries: 1, Backoff: 4 * ms},
		[]workloads.Request{at(0, 16, 10), at(0.5, 16, 3), at(10.1, 16, 1)},
		[]units.Picoseconds{10 * ms, 0, 12 * ms}, GateStats{TimedOut: 1, Retried: 1},
	}, {
		"sent anew at 10.5 it is answered", Admission{FirstTokenTimeout: 3 * ms, Retries: 1, Backoff: 7 * ms},
		[]workloads.Request{at(0, 16, 10), at(0.5, 16, 3)}, []units.Picoseconds{10 * ms, 13*ms + ms/2},
		GateStats{Retried: 1},
	}, {
		"the first is given up at 6.2 and leaves at 7", Admission{RequestTimeout: 6*ms + ms/5},
		[]workloads.Request{at(0, 16, 10), at(2, 16, 1)}, []units.Picoseconds{0, 8 * ms}, GateStats{TimedOut: 1},
	}, {
		"one may wait, so that the third is rejected", Admission{Policy: QueueLimit, MaxQueue: 1},
		[]workloads.Request{at(0, 16, 10), at(1, 16, 1), at(2, 16, 1), at(10.5, 16, 1)},
		[]units.Picoseconds{10 * ms, 11 * ms, 0, 12 * ms}, GateStats{Rejected: 1},
	}, {
		"of 20 tokens 4 are left at 0, 5 at 1 and 17 at 13", Admission{Policy: TokenBucket, Capacity: 20, Refill: 1000},
		[]workloads.Request{at(0, 16, 1), at(1, 16, 1), at(13, 16, 1)}, []units.Picoseconds{ms, 0, 14 * ms},
		GateStats{Rejected: 1},
	}} {
		if x.a.Policy == "" {
			x.a.Policy = AdmitAlways
		}
		r, finished := gatewayMicro(t, x.a, x.requests...)
		lasts := make([]units.Picoseconds, len(x.requests))
		for _, f := range finished {
			lasts[f.Index] = f.LastToken
		}
		if r.Gate != x.want || !slices.Equal(lasts, x.lasts) {
			t.Errorf("%s: answers at %v, %+v; want %v, %+v", x.name, lasts, r.Gate, x.lasts, x.want)
		}
	}
}
