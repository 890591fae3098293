package workloads

import (
	"fmt"
	"slices"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/internal/fault"
)

// Synthetic describes requests that are drawn at random.
type Synthetic struct {
	Requests      int
	Seed          uint64
	Arrival       Arrival
	Input, Output Lengths
}

// Opener opens the trace that a part of a Synthetic names under a key: "arrival.trace", "input.trace" or
// "output.trace".
type Opener func(key, trace string) (Source, error)

// Generate draws requests as spec says. The times of arrival, the prompts and the outputs each have a random
// stream of their own under the seed, so that changing how one is drawn leaves the others as they are.
func Generate(spec Synthetic, open Opener) (Source, error) {
	if spec.Requests < 1 {
		return nil, &fault.Error{Key: "requests", Wrong: fmt.Sprintf("%d is not a number of requests", spec.Requests), Right: "use at least 1"}
	}
	arrivals, err := newArrivals(spec.Arrival, newStream(spec.Seed, "arrival"), open)
	if err != nil {
		return nil, err
	}
	g := &generator{arrivals: arrivals, undrawn: spec.Requests}
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

// jointlyEmpirical tells that prompts and outputs are drawn from the same trace. Then they are of the same
// row, because long prompts and short answers go together in real traces.
func (s *Synthetic) jointlyEmpirical() bool {
	return s.Input.Distribution == "empirical" && s.Output.Distribution == "empirical" && s.Input.Trace == s.Output.Trace
}

// generator draws requests ahead of Next.
type generator struct {
	arrivals        arrivals
	input, output   lengths
	times           [drawAhead]units.Picoseconds
	inputs, outputs [drawAhead]int32
	next, drawn     int // of those
	undrawn         int // requests
	err             error
}

// Next implements Source.
func (g *generator) Next(r *Request) bool {
	if g.next == g.drawn && !g.draw() {
		return false
	}
	i := g.next & (drawAhead - 1) // in the arrays, as the compiler sees
	g.next++
	r.Arrival, r.Input, r.Output = g.times[i], int(g.inputs[i]), int(g.outputs[i])
	r.MaxOutput, r.Priority, r.Session, r.Class = 0, 0, 0, ClassName{}
	if r.Blocks != nil {
		r.Blocks = nil
	}
	return true
}

// draw draws further requests. It reports false where there are none.
func (g *generator) draw() bool {
	if g.err != nil {
		return false
	}
	g.next = 0
	g.drawn, g.err = g.arrivals.fill(g.times[:min(g.undrawn, drawAhead)])
	if i := slices.IndexFunc(g.times[:g.drawn],
		func(t units.Picoseconds) bool { return t > units.Forever/2 }); i >= 0 {
		g.drawn = i
		g.err = &fault.Error{Key: "arrival", Wrong: "the requests arrive over more than 50 days", Right: "use a higher rate or fewer requests"}
	}
	g.input.fill(g.inputs[:g.drawn])
	g.output.fill(g.outputs[:g.drawn])
	g.undrawn -= g.drawn
	return g.drawn > 0
}

// Err implements Source: what keeps the generator from going on after the requests that Next has still to
// give.
func (g *generator) Err() error {
	if g.next < g.drawn {
		return nil
	}
	return g.err
}
