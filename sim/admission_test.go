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
	c.Admission.FirstTokenTimeout = timeout("first token within")
	c.Admission.RequestTimeout = timeout("answer within")
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

// Requests may be given up wherever they are between prefill and decode pools.
func TestGatewaysBeforePartsEqualOracle(t *testing.T) {
	given := 0
	rapid.Check(t, func(t *rapid.T) {
		var c Config
		var fresh func() workloads.Source
		if rapid.Bool().Draw(t, "squeezed") {
			c, fresh = squeezed(t)
		} else {
			c, fresh = scenario(t)
		}
		withTransfers(t, &c)
		withGateway(t, &c)
		for _, p := range poolsOf(&c) {
			if p.Policy == "sglang" { // see deviation 21
				p.Limits.LongestPrefix, p.PrefixCaching = false, false
			}
		}
		simulatedAlike(t, c, fresh)
		r, _ := simulated(t, c, fresh(), engine)
		if r != nil {
			given += r.Gate.TimedOut
		}
	})
	if given == 0 {
		t.Error("no request of any scenario was given up")
	}
}

// Worked out by hand, in ms: prompts of 32 tokens take a step, one at a time, and caches half a ms. The first
// of two at 0 has its tokens at 1, 2.5 and 3.5.
func TestGatewaysBeforePoolsByHand(t *testing.T) {
	const ms = units.Picoseconds(1e9)
	for _, x := range []struct {
		name     string
		c        Config
		a        Admission
		requests []workloads.Request
		lasts    []float64 // of the answers; 0 where there is none
		want     GateStats
	}{{
		// The second's prompt is computed until 2, half a ms in vain; the third, at 1.7, is next, and its one
		// token is there at 3.
		"before its prompt is computed", parted(32), Admission{FirstTokenTimeout: ms + ms/2},
		[]workloads.Request{at(0, 32, 3), at(0, 32, 3), at(1.7, 32, 1)},
		[]float64{3.5, 0, 3}, GateStats{TimedOut: 1},
	}, {
		// Both decode from 2.5 on, and leave at 3.5. The third's prompt is computed from 2.3 to 3.3, its cache
		// there at 3.8, and its second token at 4.8.
		"while it decodes", parted(32), Admission{RequestTimeout: 2*ms + 6*ms/10},
		[]workloads.Request{at(0, 32, 3), at(0, 32, 3), at(2.3, 32, 2)},
		[]float64{0, 0, 4.8}, GateStats{TimedOut: 2},
	}, {
		// Given up at 1.5 and sent anew at 2.5, its prompt is computed at 3.5, its cache there at 4.
		"sent anew", parted(32), Admission{FirstTokenTimeout: ms + ms/2, Retries: 1, Backoff: ms},
		[]workloads.Request{at(0, 32, 3), at(0, 32, 3)}, []float64{3.5, 6}, GateStats{Retried: 1},
	}, {
		// The client's first token is the decode side's: 2.5 and 3.5, of which the second comes too late.
		"the decode side's first token", parted(32, again), Admission{FirstTokenTimeout: 3 * ms},
		[]workloads.Request{at(0, 32, 3), at(0, 32, 3)}, []float64{4.5, 0}, GateStats{TimedOut: 1},
	}} {
		x.a.Policy, x.c.Admission, x.c.Check = AdmitAlways, &x.a, true
		for name, run := range map[string]func(Config) (*Result, error){"engine": engine, "oracle": simulate} {
			r, finished := outcome(t, x.c, &fixture.List{Requests: x.requests}, run)
			lasts := make([]float64, len(x.requests))
			for _, f := range finished {
				lasts[f.Index] = float64(f.LastToken) / float64(ms)
			}
			if r.Gate != x.want && name == "engine" || !slices.Equal(lasts, x.lasts) {
				t.Errorf("%s, %s: answers at %v, %+v; want %v, %+v", x.name, name, lasts, r.Gate, x.lasts, x.want)
			}
		}
	}
}
