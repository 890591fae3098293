package report

import (
	"fmt"
	"slices"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/internal/report/figure"
	"github.com/roofserve/roofserve/scenarios"
	"github.com/roofserve/roofserve/sim"
)

// Figures draws a run: latencies, what the replicas held over time, throughput over time, and the time of a
// decode step.
func Figures(r *scenarios.Run) ([]*figure.Figure, error) {
	var figures []*figure.Figure
	for _, draw := range []func(*scenarios.Run) (*figure.Figure, error){
		latencyFigure, timelineFigure, throughputFigure, breakdownFigure,
	} {
		f, err := draw(r)
		if err != nil {
			return nil, err
		}
		f.Title = headline(r)
		figures = append(figures, f)
	}
	return figures, nil
}

// RunFigures are the names of the figures that Figures draws.
func RunFigures() []string { return []string{"latency", "timeline", "throughput", "step_breakdown"} }

// inPairs is room for some panels, two in a row.
func inPairs(panels int) [][]*plot.Plot {
	rows := make([][]*plot.Plot, units.CeilDiv(panels, 2))
	for i := range rows {
		rows[i] = make([]*plot.Plot, 2)
	}
	return rows
}

// metricPlot is an empty plot of a metric against something, titled as the metric is defined.
func metricPlot(metric, against string) *plot.Plot {
	d := scenarios.Define(metric)
	return figure.NewPlot(capitalised(d.Title), against, strings.ReplaceAll(d.Unit, "/", " / "))
}

// page is an empty figure in the house's style.
func page(name, note string, width, height vg.Length) *figure.Figure {
	return &figure.Figure{Name: name, Note: note, Width: width, Height: height}
}

// headline names what ran: "deepseek-v3 on 16 × h100-sxm-80gb".
func headline(r *scenarios.Run) string {
	if pools := r.Scenario.Pool; len(pools) > 0 {
		return modelName(r) + " on " + poolsText(pools)
	}
	h := &r.Scenario.Hardware
	text := fmt.Sprintf("%s on %d × %s", modelName(r), h.GPUs, deviceName(r))
	if h.Replicas > 1 {
		text += fmt.Sprintf(", %d replicas", h.Replicas)
	}
	return text
}

// conditions is the line below the headline: plan, precision, engine and workload.
func conditions(r *scenarios.Run) string {
	s := r.Scenario
	parts := []string{planText(&s.Parallel), precisionText(&s.Precision), s.Engine.Policy, workloadText(s)}
	return strings.Join(parts, "  ·  ")
}

// together is what stands behind a level that is a sum over replicas; nothing where there is one.
func together(r *scenarios.Run) string {
	if n := r.Scenario.Hardware.Replicas; n > 1 {
		return fmt.Sprintf(" of %d replicas together", n)
	}
	return ""
}

// timeAxis chooses the unit in which a span of time reads well.
func timeAxis(span units.Seconds) (label string, perUnit float64) {
	switch {
	case span > 6*3600:
		return "time (h)", 3600
	case span > 600:
		return "time (min)", 60
	default:
		return "time (s)", 1
	}
}

// maxWindows is how many windows a figure over time draws; more would be noise at its size.
const maxWindows = 240

// coarse joins neighbouring windows until there are few enough to draw.
func coarse(windows []sim.Window) []sim.Window {
	n := units.CeilDiv(len(windows), maxWindows)
	if n <= 1 {
		return windows
	}
	var joined []sim.Window
	for group := range slices.Chunk(windows, n) {
		joined = append(joined, join(group))
	}
	return joined
}

// meansOf says that what is drawn are means, and of how long: a peak within a window is higher.
func meansOf(windows []sim.Window) string {
	if len(windows) == 0 {
		return ""
	}
	return fmt.Sprintf("  ·  means of %s s", brief(float64((windows[0].End - windows[0].Start).Seconds())))
}

// join is one window over several: levels are weighted by time, counts add up.
func join(group []sim.Window) sim.Window {
	all := sim.Window{Start: group[0].Start, End: group[len(group)-1].End}
	span := float64(all.End - all.Start)
	for _, w := range group {
		weight := 1 / float64(len(group))
		if span > 0 {
			weight = float64(w.End-w.Start) / span
		}
		all.Running += float64(weight * w.Running)
		all.Waiting += float64(weight * w.Waiting)
		all.KVUsage += float64(weight * w.KVUsage)
		all.InputTokens += w.InputTokens
		all.OutputTokens += w.OutputTokens
		all.Arrivals += w.Arrivals
		all.Completions += w.Completions
		all.Preempted += w.Preempted
	}
	return all
}

// layer is one line of a panel over time.
type layer struct {
	name  string
	color int
	value func(w *sim.Window) float64
}

// points is a layer's value for each window, as the corners of steps against time.
func (l *layer) points(windows []sim.Window, perUnit float64) plotter.XYs {
	points := make(plotter.XYs, 0, len(windows)+1)
	for i := range windows {
		points = append(points, plotter.XY{X: float64(windows[i].Start.Seconds()) / perUnit,
			Y: l.value(&windows[i])})
	}
	if n := len(windows); n > 0 {
		points = append(points, plotter.XY{X: float64(windows[n-1].End.Seconds()) / perUnit, Y: points[n-1].Y})
	}
	return points
}

// timePanel draws lines of steps against time: one as an area, several over one another.
func timePanel(f *figure.Figure, windows []sim.Window, title, y string, layers ...layer) (*plot.Plot, error) {
	var span units.Seconds
	if n := len(windows); n > 0 {
		span = windows[n-1].End.Seconds()
	}
	label, perUnit := timeAxis(span)
	p := figure.NewPlot(title, label, y)
	draw := figure.Area
	if len(layers) > 1 {
		draw = figure.Steps
	}
	for _, l := range layers {
		if len(windows) == 0 {
			break
		}
		line, err := draw(l.points(windows, perUnit), l.color)
		if err != nil {
			return nil, err
		}
		line.Name = l.name
		p.Add(line)
		if len(layers) > 1 {
			p.Legend.Add(l.name, line)
		}
	}
	figure.FromZero(p)
	p.X.Min, p.X.Max = 0, max(float64(span)/perUnit, 1e-9)
	p.X.Tick.Marker = figure.Linear{Marks: 8}
	return p, nil
}

// stack puts panels over one another on one time axis.
func stack(f *figure.Figure, panels ...*plot.Plot) {
	f.SharedX = true
	f.Panels = make([][]*plot.Plot, len(panels))
	for i, p := range panels {
		f.Panels[i] = []*plot.Plot{p}
	}
}
