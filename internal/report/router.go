package report

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"

	"github.com/roofserve/roofserve/internal/report/figure"
	"github.com/roofserve/roofserve/internal/study/explain"
	"github.com/roofserve/roofserve/sim/cost/experts"
)

// Convergence is the JSON object of routers in training.
func Convergence(c *explain.Convergence) any {
	o := &object{}
	o.set("model", c.Parts.Model.Name)
	o.set("device", c.Parts.Device.Name)
	o.set("plan", planObject(c.Parts.Plan))
	o.set("experts", c.Experts.Experts)
	o.set("top_k", c.Experts.TopK)
	o.set("routing", c.Scenario.Routing)
	o.set("sample_tokens", experts.SampleTokens)
	o.set("small_batch", explain.SmallBatch)
	o.set("batch", c.Step.Batch)
	o.set("context", c.Step.Context)
	o.set("prefill", c.Step.Prefill)
	routers := make([]object, len(c.Routers))
	for i := range c.Routers {
		r := &c.Routers[i]
		points := make([]object, len(r.Points))
		for j, p := range r.Points {
			points[j] = object{{"steps", p.Steps}, {"max_over_mean", p.Load}, {"max_over_mean_small_batch", p.Small},
				{"rank_max_over_mean", p.Rank}, {"step_ms", p.Time.Milliseconds()}}
		}
		routers[i] = object{{"balance", r.Balance}, {"speed", r.Speed}, {"redundant_experts", r.Redundant}, {"points", points}}
	}
	o.set("routers", routers)
	o.set("warnings", append([]string{}, c.Parts.Warnings...))
	o.set("version", Version)
	return o
}

// WriteConvergence writes routers in training for people.
func WriteConvergence(w io.Writer, c *explain.Convergence) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s\n", convergenceTitle(c))
	fmt.Fprintf(&b, "%s\n\n", convergenceNote(c))
	header := []string{"largest load over the mean", "steps", "expert", fmt.Sprintf("at %d tokens", explain.SmallBatch), "rank", "step (ms)"}
	var rows [][]string
	for i := range c.Routers {
		r := &c.Routers[i]
		for _, p := range r.Points {
			rows = append(rows, []string{routerName(r), fmt.Sprint(p.Steps), decimals(p.Load), decimals(p.Small),
				decimals(p.Rank), brief(p.Time.Milliseconds())})
		}
	}
	writeColumns(&b, header, rows)
	fmt.Fprintf(&b, "\nexpert: counted over %s tokens; rank: of the %d expert-parallel ones, over the step's tokens; chance alone\n"+
		"makes the expert's load uneven in small batches\n", grouped(experts.SampleTokens), c.Parts.Plan.EP)
	writeWarnings(&b, c.Parts.Warnings)
	_, err := w.Write(b.Bytes())
	return err
}

func decimals(v float64) string { return fmt.Sprintf("%.3f", v) }

// routerName says how a router is balanced.
func routerName(r *explain.TrainedRouter) string {
	switch {
	case r.Redundant > 0:
		return fmt.Sprintf("unbalanced, %s", counted(r.Redundant, "replica"))
	case r.Balance == experts.BiasUpdate:
		return fmt.Sprintf("bias update, speed %g", r.Speed)
	case r.Balance == experts.AuxiliaryLoss:
		return fmt.Sprintf("auxiliary loss, speed %g", r.Speed)
	default:
		return "unbalanced"
	}
}

func convergenceTitle(c *explain.Convergence) string {
	r := &c.Scenario.Routing
	return fmt.Sprintf("%s's router of %d experts, top %d, with %s affinities, a skew of %g and a drift of %g", c.Parts.Model.Name,
		c.Experts.Experts, c.Experts.TopK, r.Affinity, r.Skew, *r.Drift)
}

func convergenceNote(c *explain.Convergence) string {
	return fmt.Sprintf("step: %s on %d × %s, %s", stepText(c.Step), c.Scenario.Hardware.GPUs,
		c.Parts.Device.Name, planText(&c.Scenario.Parallel))
}

// ConvergenceFigure draws the load of the fullest expert while routers are trained, and the time of a step
// with it.
func ConvergenceFigure(c *explain.Convergence) (*figure.Figure, error) {
	f := page("router", convergenceNote(c), 800, 420)
	f.Title = convergenceTitle(c)
	f.Data.Columns = []string{"router", "steps", "max_over_mean", "max_over_mean_at_256_tokens", "rank_max_over_mean", "step_ms"}
	load := figure.NewPlot(fmt.Sprintf("Fullest expert, over %s tokens", grouped(experts.SampleTokens)), "training steps", "load over the mean")
	time := figure.NewPlot("Time of the step", "training steps", "time (ms)")
	for i := range c.Routers {
		r := &c.Routers[i]
		f.Key = append(f.Key, figure.KeyEntry{Label: routerName(r), Color: i, Mark: true})
		var loads, times plotter.XYs
		for _, p := range r.Points {
			f.Data.Add(routerName(r), fmt.Sprint(p.Steps), figure.Cell(p.Load), figure.Cell(p.Small),
				figure.Cell(p.Rank), figure.Cell(p.Time.Milliseconds()))
			loads = append(loads, plotter.XY{X: float64(p.Steps), Y: p.Load})
			times = append(times, plotter.XY{X: float64(p.Steps), Y: p.Time.Milliseconds()})
		}
		if r.Redundant > 0 {
			loads = nil // replicas leave the router as it is
		}
		err := errors.Join(addDotted(time, routerName(r), times, i), addDotted(load, routerName(r), loads, i))
		if err != nil {
			return nil, err
		}
	}
	figure.FromZero(load)
	figure.FromZero(time)
	f.Panels = [][]*plot.Plot{{load, time}}
	return f, nil
}
