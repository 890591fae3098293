package fidelity

import (
	"context"
	"fmt"
	"math"
	"runtime"

	"golang.org/x/sync/errgroup"

	"github.com/roofserve/roofserve/scenarios"
	"github.com/roofserve/roofserve/sim/cost/robust"
	"github.com/roofserve/roofserve/sim/engines"
)

// Constant is one number of an engine's overhead that a fit may move.
type Constant struct {
	Name      string // as profiles write it
	Unit      string
	Low, High float64
	field     func(*engines.Overhead) *float64
}

// Constants are the numbers of an engine that end-to-end rows identify. The bounds are what a host, a Python process and
// a driver can plausibly take.
var Constants = []Constant{
	{"step_us", "µs", 1, 5000, func(o *engines.Overhead) *float64 { return &o.StepUS }},
	{"sequence_us", "µs", 0.01, 100, func(o *engines.Overhead) *float64 { return &o.SequenceUS }},
	{"layer_us", "µs", 0.01, 60, func(o *engines.Overhead) *float64 { return &o.LayerUS }},
	{"launch_prefill_layer_us", "µs", 0.01, 3000, func(o *engines.Overhead) *float64 { return &o.LaunchPrefillLayerUS }},
	{"chunk_us", "µs", 0.01, 20000, func(o *engines.Overhead) *float64 { return &o.ChunkUS }},
	{"service_ms", "ms", 0.01, 30, func(o *engines.Overhead) *float64 { return &o.ServiceMS }},
	{"request_ms", "ms", 0.1, 300, func(o *engines.Overhead) *float64 { return &o.RequestMS }},
}

// ttftWeight is the weight of a TTFT beside a TPOT: its noise is about three times as large (2.8% against 0.4% from day
// to day, silicon/README.md). Where lengths are exact, users march in step and a change of 2% in lengths moves the
// mean TTFT several-fold (same place): those weigh a tenth of that.
const (
	ttftWeight      = 0.3
	exactTTFTWeight = 0.03
)

// Fitted is an engine's overhead as rows identify it.
type Fitted struct {
	Overhead engines.Overhead
	Free     []Constant
	// StandardErrors are those of the constants' logarithms, in the order of Free; 0 at a bound.
	StandardErrors []float64
	Loss           float64
}

// fitting is the state of one fit: the rows' scenarios, built once.
type fitting struct {
	ctx   context.Context
	rows  []Row
	built []*scenarios.Built
	start engines.Overhead
	free  []Constant
	err   error
}

// Fit finds the constants of one engine's overhead that reproduce rows best, starting from what its profile says. Names
// lists those that may move; the others keep the profile's values.
func Fit(ctx context.Context, rows []Row, names ...string) (*Fitted, error) {
	f := &fitting{ctx: ctx}
	for i := range rows {
		b, err := build(&rows[i])
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", rows[i].File, rows[i].Line, err)
		}
		f.rows, f.built = append(f.rows, rows[i]), append(f.built, b)
		f.start = b.Parameters().Overhead
	}
	theta, problem, err := f.problem(names)
	if err != nil {
		return nil, err
	}
	loss := problem.Minimise(theta)
	errors := problem.StandardErrors(theta)
	return &Fitted{Overhead: f.overhead(theta), Free: f.free, StandardErrors: errors, Loss: loss}, f.err
}

func (f *fitting) problem(names []string) (theta []float64, p *robust.Problem, err error) {
	p = &robust.Problem{Residuals: f.residuals}
	for _, name := range names {
		c, err := constant(name)
		if err != nil {
			return nil, nil, err
		}
		f.free = append(f.free, c)
		p.Low, p.High = append(p.Low, math.Log(c.Low)), append(p.High, math.Log(c.High))
		start := f.start
		theta = append(theta, math.Log(max(*c.field(&start), c.Low)))
	}
	for _, r := range f.rows {
		group := fmt.Sprintf("%s tp%d", r.Model, r.TP)
		p.Groups = append(p.Groups, group, group)
	}
	return theta, p, nil
}

func constant(name string) (Constant, error) {
	for _, c := range Constants {
		if c.Name == name {
			return c, nil
		}
	}
	return Constant{}, fmt.Errorf("no engine constant %q", name)
}

func (f *fitting) overhead(theta []float64) engines.Overhead {
	o := f.start
	for i, c := range f.free {
		*c.field(&o) = math.Exp(theta[i])
	}
	return o
}

// residuals are ln(predicted/measured) of each row's TPOT and TTFT, weighted.
func (f *fitting) residuals(theta []float64) []float64 {
	r := make([]float64, 2*len(f.rows))
	overhead := f.overhead(theta)
	group, ctx := errgroup.WithContext(f.ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i := range f.rows {
		group.Go(func() error {
			b, err := f.built[i].With(scenarios.Parameters{Kernels: f.built[i].Parameters().Kernels, Overhead: overhead})
			if err != nil {
				return err
			}
			p := simulate(ctx, &f.rows[i], b)
			if p.Skipped != "" {
				return fmt.Errorf("%s:%d: %s", f.rows[i].File, f.rows[i].Line, p.Skipped)
			}
			r[2*i] = residual(p.TPOTMS, f.rows[i].MeasuredTPOTMS, 1)
			weight := ttftWeight
			if f.rows[i].LengthMinFraction == 1 {
				weight = exactTTFTWeight
			}
			r[2*i+1] = residual(p.TTFTMS, f.rows[i].MeasuredTTFTMS, weight)
			return nil
		})
	}
	if err := group.Wait(); err != nil && f.err == nil {
		f.err = err
	}
	return r
}

func residual(predicted, measured, weight float64) float64 {
	if math.IsNaN(measured) {
		return 0
	}
	return weight * math.Log(predicted/measured)
}
