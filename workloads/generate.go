package workloads

import (
	"fmt"

	"github.com/roofserve/roofserve/hw/fault"
	"github.com/roofserve/roofserve/hw/units"
)

// Synthetic describes requests that are drawn at random.
type Synthetic struct {
	Requests      int
	Seed          uint64
	Arrival       Arrival
	Input, Output Lengths
}

// Opener opens the trace that a part of a Synthetic names.
type Opener func(trace string) (Source, error)

// Generate draws requests as spec says. The times of arrival, the prompts and the outputs each have a random stream of
// their own under the seed, so that changing how one is drawn leaves the others as they are.
func Generate(spec Synthetic, open Opener) (Source, error) {
	if spec.Requests < 1 {
		return nil, &fault.Error{Key: "requests", Wrong: fmt.Sprintf("%d is not a number of requests", spec.Requests), Right: "use at least 1"}
	}
	arrivals, err := newArrivals(spec.Arrival, newStream(spec.Seed, "arrival"), open)
	if err != nil {
		return nil, err
	}
	g := &generator{arrivals: arrivals, left: spec.Requests}
	if g.input, err = newLengths("input", spec.Input, newStream(spec.Seed, "input"), open); err != nil {
		return nil, err
	}
	if spec.jointlyEmpirical() {
		g.output = g.input.(*empirical).outputs()
	} else if g.output, err = newLengths("output", spec.Output, newStream(spec.Seed, "output"), open); err != nil {
		return nil, err
	}
	if spec.Arrival.Process == closed {
		return struct {
			*generator
			length
			users
		}{g, length(spec.Requests), users(spec.Arrival.Concurrency)}, nil
	}
	return struct {
		*generator
		length
	}{g, length(spec.Requests)}, nil
}

// jointlyEmpirical tells that prompts and outputs are drawn from the same trace. Then they are of the same row, because
// long prompts and short answers go together in real traces.
func (s *Synthetic) jointlyEmpirical() bool {
	return s.Input.Distribution == "empirical" && s.Output.Distribution == "empirical" && s.Input.Trace == s.Output.Trace
}

type generator struct {
	arrivals arrivals
	input    lengths
	output   lengths
	left     int
	err      error
}

// Next implements Source.
func (g *generator) Next(r *Request) bool {
	if g.left == 0 || g.err != nil {
		return false
	}
	if r.Arrival, g.err = g.arrivals.next(); g.err != nil {
		return false
	}
	if r.Arrival > units.Forever/2 {
		g.err = &fault.Error{Key: "arrival", Wrong: "the requests arrive over more than 50 days", Right: "use a higher rate or fewer requests"}
		return false
	}
	r.Input, r.Output, r.MaxOutput, r.Blocks = g.input.next(), g.output.next(), 0, nil
	g.left--
	return true
}

// Err implements Source.
func (g *generator) Err() error { return g.err }
