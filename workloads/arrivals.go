package workloads

import (
	"fmt"
	"math"

	"github.com/roofserve/roofserve/hw/fault"
	"github.com/roofserve/roofserve/hw/names"
	"github.com/roofserve/roofserve/hw/units"
)

// Arrival is a process by which requests arrive.
type Arrival struct {
	Process     string  // one of Processes
	Rate        float64 // requests a second: poisson, gamma, constant
	Burstiness  float64 // shape of gamma's gaps, as vLLM's benchmark has it: 1 is poisson, less comes in bursts
	Concurrency int     // users of a closed loop
	Trace       string  // whose arrivals are taken: trace
}

// closed is the process whose requests arrive when an earlier one is answered. All users start at time 0.
const closed = "closed"

// Processes are the names of all arrival processes.
func Processes() []string { return []string{"poisson", "gamma", "constant", closed, "trace"} }

// arrivals gives the times of arrival, one after the other.
type arrivals interface {
	next() (units.Picoseconds, error)
}

// newArrivals builds the process that spec names. The first request of poisson and gamma arrives after a gap, that of
// constant at time 0. Gaps are not rescaled to a fixed total as vLLM's benchmark does: a stream knows no total.
func newArrivals(spec Arrival, random stream, open Opener) (arrivals, error) {
	bad := func(key, right, format string, args ...any) (arrivals, error) {
		return nil, &fault.Error{Key: "arrival." + key, Wrong: fmt.Sprintf(format, args...), Right: right}
	}
	positive := func(x float64) bool { return x > 0 && !math.IsInf(x, 1) }
	switch spec.Process {
	case "poisson", "gamma", "constant":
		if !positive(spec.Rate) {
			return bad("rate", "use a positive number of requests a second", "%v is no rate", spec.Rate)
		}
	}
	switch spec.Process {
	case "poisson":
		return &poisson{random: random, mean: 1 / spec.Rate}, nil
	case "gamma":
		if !positive(spec.Burstiness) {
			return bad("burstiness", "use a positive number; 1 is poisson", "%v is no shape of gaps", spec.Burstiness)
		}
		return &gammaGaps{random: random, shape: spec.Burstiness, scale: 1 / (spec.Rate * spec.Burstiness)}, nil
	case "constant":
		return &constant{rate: spec.Rate}, nil
	case closed:
		if spec.Concurrency < 1 {
			return bad("concurrency", "use at least 1", "%d is no number of users", spec.Concurrency)
		}
		return atOnce{}, nil
	case "trace":
		from, err := open(spec.Trace)
		if err != nil {
			return nil, err
		}
		return &traceArrivals{name: spec.Trace, from: from}, nil
	}
	return bad("process", names.Suggest(spec.Process, Processes()), "unknown arrival process %q", spec.Process)
}

// poisson has independent exponential gaps.
type poisson struct {
	random stream
	mean   float64 // gap in s
	gaps   ahead[float64]
	now    units.Picoseconds
}

func (p *poisson) next() (units.Picoseconds, error) {
	if p.gaps.empty() {
		gaps := p.gaps.refill()
		for i := range gaps {
			gaps[i] = p.random.exponential() * p.mean
		}
	}
	return advance(&p.now, p.gaps.take())
}

// gammaGaps has independent gaps of a gamma distribution, whose coefficient of variation is 1/√shape.
type gammaGaps struct {
	random       stream
	shape, scale float64
	now          units.Picoseconds
}

func (g *gammaGaps) next() (units.Picoseconds, error) {
	return advance(&g.now, g.random.gamma(g.shape)*g.scale)
}

// advance adds a gap in s to the time of arrival. Time stands still once it has left the range of the clock.
func advance(now *units.Picoseconds, gap float64) (units.Picoseconds, error) {
	if gap > float64(MaxSpan) {
		*now = units.Forever
	}
	if *now <= units.Forever/2 {
		*now += units.Seconds(gap).Picoseconds()
	}
	return *now, nil
}

// constant has equal gaps; times are computed from the number of the request, so that no rounding adds up.
type constant struct {
	rate   float64
	number float64
}

func (c *constant) next() (units.Picoseconds, error) {
	at := units.Seconds(c.number / c.rate)
	c.number++
	if at > MaxSpan {
		return units.Forever, nil
	}
	return at.Picoseconds(), nil
}

// atOnce is the arrival of everyone at time 0: closed loops give requests their time when they are sent.
type atOnce struct{}

func (atOnce) next() (units.Picoseconds, error) { return 0, nil }

// traceArrivals takes the times of arrival from a trace, one for each request.
type traceArrivals struct {
	name  string
	from  Source
	taken int
}

func (t *traceArrivals) next() (units.Picoseconds, error) {
	var r Request
	if t.from.Next(&r) {
		t.taken++
		return r.Arrival, nil
	}
	if err := t.from.Err(); err != nil {
		return 0, err
	}
	return 0, &fault.Error{Key: "arrival.trace", Wrong: fmt.Sprintf("%s has only %d arrivals", t.name, t.taken), Right: "ask for as many requests at most"}
}
