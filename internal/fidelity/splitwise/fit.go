package splitwise

import (
	"context"
	"fmt"

	"github.com/roofserve/roofserve/internal/fidelity"
	"github.com/roofserve/roofserve/internal/portable"
	"github.com/roofserve/roofserve/sim/cost/kernels"
	"github.com/roofserve/roofserve/sim/cost/robust"
	"github.com/roofserve/roofserve/sim/engines"
)

// Constant is one fitted number of the engine.
type Constant struct {
	Name, Unit, Meaning string
	low, high           float64
	field               func(*constants) *float64
}

// Constants are the numbers that the rows identify, with bounds of what a host and a driver can plausibly
// take.
var Constants = []Constant{
	{"slower.kernels", "1", "how many times as long kernels take as the calibrated ones", 0.8, 2.5, func(c *constants) *float64 { return &c.Kernels }},
	{"slower.exchanges", "1", "the same for all-reduces", 0.8, 10, func(c *constants) *float64 { return &c.Exchanges }},
	{"overhead.launch_layer_us", "µs", "host time to launch a layer", 1, 2000, func(c *constants) *float64 { return &c.LaunchLayerUS }},
	{"overhead.launch_prefill_layer_us", "µs", "more where the step has prompts", 1, 2000, func(c *constants) *float64 { return &c.LaunchPrefillLayerUS }},
	{"overhead.host_sequence_us", "µs", "host time of every sequence in a step, while the device waits", 1, 2000, func(c *constants) *float64 { return &c.HostSequenceUS }},
}

// Fitted is the engine's constants on one system's nodes, in the order of Constants.
type Fitted struct {
	System         string
	Rows           int
	Values         []float64
	StandardErrors []float64 // of the logarithms
	InProfile      []float64
}

// fitting is the state of one fit.
type fitting struct {
	ctx     context.Context
	table   *Table
	batches []*batch
	err     error
}

// fit finds the constants of a system's nodes on every TP but the test's.
func fit(ctx context.Context, t *Table, all []*batch, system string) (*Fitted, error) {
	f := &fitting{ctx: ctx, table: t}
	p := &robust.Problem{Residuals: f.residuals}
	fitted := &Fitted{System: system}
	for _, b := range all {
		if b.system != system || b.tp == TestTP {
			continue
		}
		f.batches = append(f.batches, b)
		for range b.rows {
			// Repetitions and outputs of several lengths share what is wrong with a batch of prompts.
			group := fmt.Sprintf("tp%d %dx%d", b.tp, b.size, b.prompt)
			p.Groups = append(p.Groups, group, group)
			fitted.Rows++
		}
	}
	if len(f.batches) == 0 {
		return nil, fmt.Errorf("%s: no rows but those of TP %d, which are left out of the fit", system, TestTP)
	}
	start := f.batches[0].profile()
	var theta []float64
	for _, c := range Constants {
		p.Low, p.High = append(p.Low, portable.Log(c.low)), append(p.High, portable.Log(c.high))
		theta = append(theta, portable.Log(*c.field(&start)))
		fitted.InProfile = append(fitted.InProfile, *c.field(&start))
	}
	p.Minimise(theta)
	fitted.StandardErrors = p.StandardErrors(theta)
	for _, v := range theta {
		fitted.Values = append(fitted.Values, portable.Exp(v))
	}
	return fitted, f.err
}

// residuals are ln(predicted/measured) of both phases of each row.
func (f *fitting) residuals(theta []float64) []float64 {
	c := f.batches[0].profile()
	for i, v := range theta {
		*Constants[i].field(&c) = portable.Exp(v)
	}
	predicted, err := simulateAll(f.ctx, f.batches,
		func(b *batch) (*kernels.Set, engines.Overhead) { return c.Apply(b.base), c.Overhead })
	if err != nil && f.err == nil {
		f.err = err
	}
	var r []float64
	for i, b := range f.batches {
		for _, row := range b.rows {
			r = append(r, ratio(predicted[i], &f.table.Rows[row])...)
		}
	}
	return r
}

func ratio(p times, r *fidelity.Row) []float64 {
	return []float64{portable.Log(p.promptMS / r.MeasuredTTFTMS), portable.Log(p.tokenMS / r.MeasuredTPOTMS)}
}
