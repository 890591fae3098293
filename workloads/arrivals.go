package workloads

import (
	"fmt"
	"math"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/internal/fault"
	"github.com/roofserve/roofserve/internal/names"
)

// Arrival is a process by which requests arrive.
type Arrival struct {
	Process     string  // one of Processes
	Rate        float64 // requests a second: poisson, gamma, constant; infinite: all arrive at 0
	Burstiness  float64 // shape of gamma's gaps, as vLLM's benchmark has it: 1 is poisson, less comes in bursts
	Concurrency int     // users of a closed loop
	Trace       string  // whose arrivals are taken: trace
}

// The least that is taken for a rate, in requests a second (one in thirty years), and for a burstiness (gaps
// whose standard deviation is 32 times their mean). Far below, gaps are 0 or infinite.
const (
	MinRate       = 1e-9
	MinBurstiness = 1e-3
)

// closed is the process whose requests arrive when an earlier one is answered. All users start at time 0.
const closed = "closed"

// Processes are the names of all arrival processes.
func Processes() []string { return []string{"poisson", "gamma", "constant", closed, "trace"} }

// arrivals gives the times of arrival, one after the other.
type arrivals interface {
	// fill writes the next times, as many as there is room for. Where an error ends them, it returns the number
	// of those before.
	fill(times []units.Picoseconds) (int, error)
}

// newArrivals builds the process that spec names. The first request of poisson and gamma arrives after a gap,
// that of constant at time 0. Gaps are not rescaled to a fixed total as vLLM's benchmark does: a stream knows
// no total.
func newArrivals(spec Arrival, random stream, open Opener) (arrivals, error) {
	bad := func(key, right, format string, args ...any) (arrivals, error) {
		return nil, &fault.Error{Key: "arrival." + key, Wrong: fmt.Sprintf(format, args...), Right: right}
	}
	switch spec.Process {
	case "poisson", "gamma", "constant":
		if !(spec.Rate >= MinRate) {
			return bad("rate", fmt.Sprintf("use a number of requests a second from %g", MinRate), "%v is no rate", spec.Rate)
		}
		if math.IsInf(spec.Rate, 1) {
			return atOnce{}, nil
		}
	}
	switch spec.Process {
	case "poisson":
		return &poisson{random: random, mean: 1 / spec.Rate}, nil
	case "gamma":
		if !(spec.Burstiness >= MinBurstiness && spec.Burstiness <= math.MaxFloat64) {
			return bad("burstiness", fmt.Sprintf("use a number from %g; 1 is poisson", MinBurstiness), "%v is no shape of gaps", spec.Burstiness)
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
		from, err := open("arrival.trace", spec.Trace)
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
	now    moment
}

func (p *poisson) fill(times []units.Picoseconds) (int, error) {
	for i := range times {
		times[i] = p.now.advance(p.random.exponential() * p.mean)
	}
	return len(times), nil
}

// gammaGaps has independent gaps of a gamma distribution, whose coefficient of variation is 1/√shape.
type gammaGaps struct {
	random       stream
	shape, scale float64
	now          moment
}

func (g *gammaGaps) fill(times []units.Picoseconds) (int, error) {
	for i := range times {
		times[i] = g.now.advance(g.random.gamma(g.shape) * g.scale)
	}
	return len(times), nil
}

// moment is a time of arrival.
type moment units.Picoseconds

// advance adds a gap in s. Time stands still once it has left the range of Picoseconds.
func (m *moment) advance(gap float64) units.Picoseconds {
	if gap > float64(MaxSpan) {
		*m = moment(units.Forever)
	}
	if *m <= moment(units.Forever/2) {
		*m += moment(units.Seconds(gap).Picoseconds())
	}
	return units.Picoseconds(*m)
}

// constant has equal gaps; times are computed from the number of the request, so that no rounding adds up.
type constant struct {
	rate   float64
	number float64
}

func (c *constant) fill(times []units.Picoseconds) (int, error) {
	for i := range times {
		at := units.Seconds(c.number / c.rate)
		c.number++
		times[i] = units.Forever
		if at <= MaxSpan {
			times[i] = at.Picoseconds()
		}
	}
	return len(times), nil
}

// atOnce is the arrival of everyone at time 0, as at an infinite rate. Closed loops give requests their time
// when they are sent.
type atOnce struct{}

func (atOnce) fill(times []units.Picoseconds) (int, error) {
	clear(times)
	return len(times), nil
}

// traceArrivals takes the times of arrival from a trace, one for each request.
type traceArrivals struct {
	name  string
	from  Source
	taken int
}

func (t *traceArrivals) fill(times []units.Picoseconds) (int, error) {
	var r Request
	for i := range times {
		if !t.from.Next(&r) {
			return i, t.short()
		}
		t.taken++
		times[i] = r.Arrival
	}
	return len(times), nil
}

// short tells why the trace has no more arrivals.
func (t *traceArrivals) short() error {
	if err := t.from.Err(); err != nil {
		return err
	}
	return &fault.Error{Key: "arrival.trace", Wrong: fmt.Sprintf("%s has only %d arrivals", t.name, t.taken), Right: "ask for as many requests at most"}
}
