package report

import (
	"fmt"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"

	"github.com/roofserve/roofserve/internal/report/figure"
	"github.com/roofserve/roofserve/internal/study/compare"
)

// Size of the plots of pages: two side by side on a desk, one above the other on a phone, where their texts
// are still read.
const studyWidth, studyHeight = 340, 260

// modelColor keeps a model's colour the same in every plot.
func modelColor(s *compare.Study, e *compare.Entry) int { return slices.Index(studyModels(s), e.Model) }

// modelKey explains the models' colours.
func modelKey(s *compare.Study) []figure.KeyEntry {
	var key []figure.KeyEntry
	for i, name := range studyModels(s) {
		key = append(key, figure.KeyEntry{Label: name, Color: i, Mark: true})
	}
	return key
}

// curve is a metric drawn against something that grows.
type curve[P any] struct {
	name, title, unit, metric string // metric as crossings name it; empty where none are looked for
	value                     func(*P) float64
}

// StudyFigures are patterns of the names of a comparison's figures, as path.Match reads them.
func StudyFigures() []string {
	return []string{"same-load-*", "same-slo-*", "sequences-*", "batch-tpot-*", "saturated-*", "load-tpot-*", "load-ttft-*", "levers-*"}
}

func contextCurves(s *compare.Study) []curve[compare.ContextPoint] {
	return []curve[compare.ContextPoint]{
		{"sequences", "Sequences at once", "sequences", compare.SequencesAtOnce, func(p *compare.ContextPoint) float64 { return float64(p.Sequences) }},
		{"batch-tpot", fmt.Sprintf("Time per output token, batch of %d", s.Batch), "ms", compare.BatchTPOT, func(p *compare.ContextPoint) float64 { return p.TPOT }},
		{"saturated-output", "Output throughput at saturation", "tokens / s", compare.SaturatedOutput, func(p *compare.ContextPoint) float64 { return p.Output }},
		{"saturated-cost", "Cost of a million output tokens at saturation", "$", "", func(p *compare.ContextPoint) float64 { return p.USD }},
	}
}

func loadCurves() []curve[compare.Outcome] {
	return []curve[compare.Outcome]{
		{"load-tpot", "Time per output token, median", "ms", compare.MedianTPOT, func(o *compare.Outcome) float64 { return o.MedianTPOT }},
		{"load-ttft", "Time to first token, median", "ms", compare.MedianTTFT, func(o *compare.Outcome) float64 { return o.MedianTTFT }},
	}
}

// studyPage is an empty plot of a comparison.
func studyPage(s *compare.Study, name, note string) *figure.Figure {
	f := page(name, note, studyWidth, studyHeight)
	f.Key = modelKey(s)
	return f
}

// contextFigure draws a metric of the models on a device against the context.
func contextFigure(s *compare.Study, device *compare.Device, c *curve[compare.ContextPoint]) (*figure.Figure,
	error) {
	f := studyPage(s, c.name+"-"+device.Name, fmt.Sprintf("%d × %s", device.GPUs, device.Name))
	p := figure.NewPlot(c.title, "context (tokens)", c.unit)
	f.Data.Columns = []string{"model", "context", c.name}
	for i := range s.Entries {
		e := &s.Entries[i]
		if e.Device != device.Name {
			continue
		}
		var points plotter.XYs
		for k := range e.Contexts {
			at := &e.Contexts[k]
			if y := c.value(at); y > 0 {
				points = append(points, plotter.XY{X: float64(at.Context), Y: y})
				f.Data.Add(e.Model, fmt.Sprint(at.Context), figure.Cell(y))
			}
		}
		if err := addDotted(p, e.Model, points, modelColor(s, e)); err != nil {
			return nil, err
		}
	}
	f.Panels = [][]*plot.Plot{{p}}
	logAxes(p, figure.PowersOfTwo{})
	return f, markCrossings(p, s, device.Name, c.metric)
}

// loadFigure draws a metric of the models on a device against the load; overloads have open marks.
func loadFigure(s *compare.Study, device *compare.Device, c *curve[compare.Outcome]) (*figure.Figure, error) {
	f := studyPage(s, c.name+"-"+device.Name, fmt.Sprintf("%d × %s  ·  %s", device.GPUs, device.Name, s.Workload.Name))
	note := f.Note
	p := figure.NewPlot(c.title, "load (requests / s)", c.unit)
	f.Data.Columns = []string{"model", "requests_per_s", c.name, "overloaded"}
	ceiling := overloadCeiling(s, device.Name, c)
	for i := range s.Entries {
		e := &s.Entries[i]
		if e.Device != device.Name {
			continue
		}
		var stable, over plotter.XYs
		for k := range e.Loads {
			o := &e.Loads[k]
			at := plotter.XY{X: o.Rate, Y: c.value(o)}
			f.Data.Add(e.Model, figure.Cell(o.Rate), figure.Cell(at.Y), fmt.Sprint(o.Overloaded))
			switch {
			case !(at.X > 0 && at.Y > 0):
			case o.Overloaded && at.Y > ceiling:
			case o.Overloaded:
				over, f.Note = append(over, at), note+"; open: the queue grows without end"
			default:
				stable = append(stable, at)
			}
		}
		if err := addDotted(p, e.Model, stable, modelColor(s, e)); err != nil {
			return nil, err
		}
		if err := addDots(p, over, modelColor(s, e), figure.Open(modelColor(s, e))); err != nil {
			return nil, err
		}
	}
	f.Panels = [][]*plot.Plot{{p}}
	logAxes(p, figure.Log{})
	return f, markCrossings(p, s, device.Name, c.metric)
}

// overloadCeiling is the largest metric of an overload that a plot shows: one that grows with the length of
// the workload would leave no room for the others.
func overloadCeiling(s *compare.Study, device string, c *curve[compare.Outcome]) float64 {
	largest := 0.0
	for i := range s.Entries {
		for k := range s.Entries[i].Loads {
			if o := &s.Entries[i].Loads[k]; s.Entries[i].Device == device && !o.Overloaded {
				largest = max(largest, c.value(o))
			}
		}
	}
	return 4 * largest
}

// logAxes makes both axes of a panel logarithmic; a panel without data gets a plain frame.
func logAxes(p *plot.Plot, x plot.Ticker) {
	p.X.Padding, p.Y.Padding = 0, 0
	if !(p.X.Min > 0 && p.X.Min <= p.X.Max) {
		p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 0, 1, 0, 1
		return
	}
	p.X.Scale, p.X.Tick.Marker = plot.LogScale{}, x
	p.Y.Scale, p.Y.Tick.Marker = plot.LogScale{}, figure.Log{}
	p.X.Min, p.X.Max = logRange(p.X.Min, p.X.Max)
	p.Y.Min, p.Y.Max = logRange(p.Y.Min, p.Y.Max)
}

// markCrossings draws a dashed line where one model overtakes another.
func markCrossings(p *plot.Plot, s *compare.Study, device, metric string) error {
	for _, c := range s.Crossings {
		if c.Device != device || c.Metric != metric {
			continue
		}
		line, err := figure.Line(plotter.XYs{{X: c.At, Y: p.Y.Min}, {X: c.At, Y: p.Y.Max}}, figure.Grey)
		if err != nil {
			return err
		}
		line.Width, line.Dashes = vg.Points(0.8), []vg.Length{vg.Points(3), vg.Points(3)}
		p.Add(line)
	}
	return nil
}
