package results

import "math"

// Result is one run of a benchmark.
type Result struct {
	Model       string  // as the benchmark was told; "" where it does not say
	Engine      string  // the kind of server; "" where it does not say
	Rate        float64 // requests a second that were asked for; infinite: all at once; 0: it does not say
	Concurrency int     // most requests in flight; 0: no limit, or it does not say
	Deployed    Deployed
	Requests    []Request
	Failed      int // requests without an answer, left out of Requests
	Means       Means
	Notes       []string // what was taken otherwise than it is written
}

// Deployed is what a result says of what it measured; what is 0 or empty it does not say.
type Deployed struct {
	System           string // the GPU
	GPUs, TP, PP, EP int
	DPAttention      int    // ranks of data-parallel attention
	Weights, KV      string // number formats
	Method           string // how weights are quantised, where that does not say in which format
	EngineVersion    string
}

// Request is one request that was answered.
type Request struct {
	Start  float64 // when it was sent, in s since some origin; NaN where that is not known
	Input  int     // prompt tokens
	Output int     // generated tokens
	TTFT   float64 // time to first token in s; NaN where not measured
	E2E    float64 // time to the last token in s; NaN where not measured
	Line   int     // of the file
}

// Means are what a run took on average.
type Means struct {
	Requests      int     // that were answered
	Input, Output float64 // tokens of a request; NaN where not known
	TTFT, TPOT    float64 // ms; NaN where not measured
	Answered      float64 // requests a second over the whole run; 0 where not known
	Whole         float64 // ms until the last token, where the others are not measured; 0 where not known
}

// unmeasured are the means of a run of which nothing is known.
func unmeasured() Means {
	return Means{Input: math.NaN(), Output: math.NaN(), TTFT: math.NaN(), TPOT: math.NaN()}
}

// complete computes the means that the file does not give from the requests, as vLLM's benchmark does: TPOT
// of requests with more than one token.
func (r *Result) complete() {
	m := &r.Means
	if m.Requests == 0 {
		m.Requests = len(r.Requests)
	}
	var input, output, ttft, tpot mean
	for i := range r.Requests {
		q := &r.Requests[i]
		input.add(float64(q.Input))
		output.add(float64(q.Output))
		ttft.add(float64(1e3 * q.TTFT))
		if q.Output > 1 {
			tpot.add(float64(1e3*(q.E2E-q.TTFT)) / float64(q.Output-1))
		}
	}
	for _, v := range []struct {
		field *float64
		from  mean
	}{{&m.Input, input}, {&m.Output, output}, {&m.TTFT, ttft}, {&m.TPOT, tpot}} {
		if math.IsNaN(*v.field) {
			*v.field = v.from.value()
		}
	}
}

// mean is that of the numbers that are known.
type mean struct {
	sum float64
	n   int
}

func (m *mean) add(v float64) {
	if !math.IsNaN(v) {
		m.sum += v
		m.n++
	}
}

func (m *mean) value() float64 {
	if m.n == 0 {
		return math.NaN()
	}
	return m.sum / float64(m.n)
}
