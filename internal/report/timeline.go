package report

import (
	"github.com/roofserve/roofserve/internal/report/figure"
	"github.com/roofserve/roofserve/scenarios"
	"github.com/roofserve/roofserve/sim"
)

// timelineFigure draws what the replicas held over time: running sequences, waiting requests, cache in use.
func timelineFigure(r *scenarios.Run) (*figure.Figure, error) {
	windows := coarse(r.Result.Series)
	f := page("timeline", conditions(r)+meansOf(windows), 760, 620)
	running, err := timePanel(f, windows, "Running sequences"+together(r), "sequences",
		layer{color: figure.Blue, value: func(w *sim.Window) float64 { return w.Running }})
	if err != nil {
		return nil, err
	}
	waiting, err := timePanel(f, windows, "Waiting requests"+together(r), "requests",
		layer{color: figure.Vermilion, value: func(w *sim.Window) float64 { return w.Waiting }})
	if err != nil {
		return nil, err
	}
	usage, err := timePanel(f, windows, "KV cache in use"+together(r), "share of blocks",
		layer{color: figure.Green, value: func(w *sim.Window) float64 { return w.KVUsage }})
	if err != nil {
		return nil, err
	}
	usage.Y.Max = min(usage.Y.Max, 1.04)
	usage.Y.Tick.Marker = figure.Linear{Percent: true}
	stack(f, running, waiting, usage)
	f.Data.Columns = []string{"start_s", "end_s", "running", "waiting", "kv_cache_usage", "preemptions"}
	for _, w := range windows {
		f.Data.Add(figure.Cell(float64(w.Start.Seconds())), figure.Cell(float64(w.End.Seconds())),
			figure.Cell(w.Running),
			figure.Cell(w.Waiting), figure.Cell(w.KVUsage), figure.Cell(float64(w.Preempted)))
	}
	return f, nil
}
