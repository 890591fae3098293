package report

import (
	"github.com/roofserve/roofserve/internal/report/figure"
	"github.com/roofserve/roofserve/scenarios"
	"github.com/roofserve/roofserve/sim"
)

// throughputFigure draws tokens and requests a second over time.
func throughputFigure(r *scenarios.Run) (*figure.Figure, error) {
	windows := coarse(r.Result.Series)
	f := page("throughput", conditions(r)+meansOf(windows), 760, 620)
	perSecond := func(count func(w *sim.Window) int64) func(w *sim.Window) float64 {
		return func(w *sim.Window) float64 {
			if w.End <= w.Start {
				return 0
			}
			return float64(count(w)) / float64((w.End - w.Start).Seconds())
		}
	}
	output := layer{color: figure.Blue, value: perSecond(func(w *sim.Window) int64 { return w.OutputTokens })}
	input := layer{color: figure.Purple, value: perSecond(func(w *sim.Window) int64 { return w.InputTokens })}
	arrived := layer{"arrivals", figure.Orange, perSecond(func(w *sim.Window) int64 { return w.Arrivals })}
	finished := layer{"completions", figure.Green, perSecond(func(w *sim.Window) int64 { return w.Completions })}
	outputs, err := timePanel(f, windows, "Output tokens", "tokens / s", output)
	if err != nil {
		return nil, err
	}
	inputs, err := timePanel(f, windows, "Prompt tokens", "tokens / s", input)
	if err != nil {
		return nil, err
	}
	requests, err := timePanel(f, windows, "Requests", "requests / s", arrived, finished)
	if err != nil {
		return nil, err
	}
	stack(f, outputs, inputs, requests)
	f.Data.Columns = []string{"start_s", "end_s", "output_tokens_per_s", "input_tokens_per_s", "arrivals_per_s", "completions_per_s"}
	for i := range windows {
		w := &windows[i]
		f.Data.Add(figure.Cell(float64(w.Start.Seconds())), figure.Cell(float64(w.End.Seconds())),
			figure.Cell(output.value(w)),
			figure.Cell(input.value(w)), figure.Cell(arrived.value(w)), figure.Cell(finished.value(w)))
	}
	return f, nil
}
