package report

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"

	"github.com/roofserve/roofserve/internal/report/figure"
	"github.com/roofserve/roofserve/workloads"
)

// WriteWorkload writes a workload's measures for people.
func WriteWorkload(w io.Writer, name string, s *workloads.Stats) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	row := func(name, format string, args ...any) { fmt.Fprintf(t, "%s\t%s\n", name, fmt.Sprintf(format, args...)) }
	row("workload", "%s", name)
	if s.Format != "" {
		row("format", "%s", s.Format)
	}
	row("requests", "%s in %s s, %s a second", grouped(float64(s.Requests)), brief(float64(s.Duration)), brief(s.Rate))
	row("arrivals", "a minute: mean %s, p50 %s, p99 %s, max %s; gaps vary by %s of their mean (Poisson: 1)", brief(s.Minutes.Mean),
		brief(s.Minutes.P50), brief(s.Minutes.P99), brief(s.Minutes.Max), brief(s.GapVariation))
	for _, side := range []struct {
		name string
		l    workloads.LengthStats
	}{{"prompts", s.Input}, {"outputs", s.Output}} {
		l := side.l
		row(side.name, "%s tokens; mean %s, std %s, min %s, p50 %s, p90 %s, p99 %s, max %s", grouped(float64(l.Total)), brief(l.Mean),
			brief(l.Std), brief(float64(l.Min)), brief(l.P50), brief(l.P90), brief(l.P99), brief(float64(l.Max)))
	}
	if s.Sessions > 0 {
		row("sessions", "%s; %s requests follow the answer before them", grouped(float64(s.Sessions)), grouped(float64(s.Turns)))
	}
	if p := s.Prefix; p != nil {
		row("prefixes", "%s of %s full blocks of %d tokens were seen before (%s)", grouped(float64(p.HitBlocks)), grouped(float64(p.Blocks)),
			p.BlockTokens, percent(p.HitRate))
	}
	for _, note := range s.Notes {
		row("note", "%s", note)
	}
	return t.Flush()
}

// Lengths counts the token counts of a workload's requests.
type Lengths struct{ input, output map[int]int }

// ReadLengths reads a source to its end.
func ReadLengths(source workloads.Source) (Lengths, error) {
	l := Lengths{map[int]int{}, map[int]int{}}
	var r workloads.Request
	for source.Next(&r) {
		l.input[r.Input]++
		l.output[r.Output]++
	}
	return l, source.Err()
}

// WorkloadFigure draws a workload's lengths and its requests a minute.
func WorkloadFigure(name string, s *workloads.Stats, lengths Lengths) (*figure.Figure, error) {
	f := page("workload", fmt.Sprintf("%s requests  ·  mean prompt %s tokens  ·  mean output %s tokens", grouped(float64(s.Requests)),
		brief(s.Input.Mean), brief(s.Output.Mean)), 760, 340)
	f.Title = name
	f.Data.Columns = []string{"series", "x", "y"}
	left := figure.NewPlot("Lengths", "tokens", "share of requests")
	for i, side := range []struct {
		name   string
		counts map[int]int
	}{{"prompt", lengths.input}, {"output", lengths.output}} {
		points := cumulative(side.counts)
		for _, p := range points {
			f.Data.Add(side.name+" tokens, share at or below", figure.Cell(p.X), figure.Cell(p.Y))
		}
		line, err := figure.Line(points, i)
		if err != nil {
			return nil, err
		}
		line.Name = side.name
		left.Add(line)
		left.Legend.Add(side.name, line)
	}
	left.Legend.Left, left.Legend.XOffs, left.Legend.YOffs = true, 8, -8
	left.X.Scale, left.X.Tick.Marker = plot.LogScale{}, figure.Log{}
	left.Y.Min, left.Y.Max, left.Y.Tick.Marker = 0, 1.02, figure.Linear{Percent: true, Marks: 8}
	left.X.Padding, left.Y.Padding = 0, 0
	left.X.Min, left.X.Max = logRange(left.X.Min, left.X.Max)

	right := figure.NewPlot("Arrivals", "time (min)", "requests / min")
	var minutes plotter.XYs
	for i, n := range s.PerMinute {
		minutes = append(minutes, plotter.XY{X: float64(i), Y: float64(n)})
		f.Data.Add("minute, requests", figure.Cell(float64(i)), figure.Cell(float64(n)))
	}
	if len(minutes) > 0 {
		minutes = append(minutes, plotter.XY{X: float64(len(minutes)), Y: minutes[len(minutes)-1].Y})
		steps, err := figure.Area(minutes, figure.Green)
		if err != nil {
			return nil, err
		}
		right.Add(steps)
	}
	figure.FromZero(right)
	f.Panels = [][]*plot.Plot{{left, right}}
	return f, nil
}

// cumulative is the share of observations at or below each value.
func cumulative(counts map[int]int) plotter.XYs {
	total, below := 0, 0
	for _, n := range counts {
		total += n
	}
	var points plotter.XYs
	for _, value := range slices.Sorted(maps.Keys(counts)) {
		below += counts[value]
		points = append(points, plotter.XY{X: float64(value), Y: float64(below) / float64(total)})
	}
	return points
}
