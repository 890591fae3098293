package exhibits

import (
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"

	"github.com/roofserve/roofserve/internal/article"
	"github.com/roofserve/roofserve/internal/article/claims"
	"github.com/roofserve/roofserve/internal/report/figure"
)

// bar is one series of a panel of bars: a value for each system, NaN for none, and a bound that is drawn
// across it.
type bar struct {
	name   string
	color  int
	values []float64 // NaN: there is no bar
	lacks  string    // why there is none
	bounds []float64 // nil: none
	limit  string    // what the bound is called in the table
	spans  int       // bars, this one and those to its right, that a bound is drawn across
}

// bounds draws the serving table beside the simulator and physics.
func bounds(l *article.Lab) (*Exhibit, error) {
	e := &Exhibit{Section: "serving", Title: "The table beside simulator and bounds",
		Text: `Physical bounds at 100% of the data sheets: a decode step of one sequence reads every active matrix once; tokens a second are bound by
arithmetic and by reading a context of 256 tokens, whatever the batch. Simulated throughputs are the best of any batch of requests of
512 + 512 tokens. The weights of DeepSeek-V3 and Yi-Lightning do not fit in FP16, and the article gives no INT4 figures for them.`}
	rows, err := servingRows(l)
	if err != nil {
		return nil, err
	}
	var titles []string
	for _, r := range rows {
		titles = append(titles, r.title)
	}
	e.Figure = alone("serving", "Claimed, simulated, possible", "the article's serving table on A100-80GB  ·  red lines: what 100% of the data sheet would give", 860, 640)
	e.Figure.Data.Columns = []string{"panel", "system", "series", "value", "bound"}
	e.Table.Columns = append([]string{"", "series"}, titles...)
	e.Figure.Panels = nil
	for _, panel := range []struct {
		title, axis, unit string
		bars              func(*article.Lab, []servingRow) ([]bar, error)
	}{
		{"Time per output token at batch 1", "ms", "ms", latencyBars},
		{"FP16 throughput", "tokens / s", "tok/s", func(l *article.Lab, rows []servingRow) ([]bar, error) { return rateBars(l, rows, fp16) }},
		{"INT4 throughput", "tokens / s", "tok/s", func(l *article.Lab, rows []servingRow) ([]bar, error) { return rateBars(l, rows, int4) }},
	} {
		bars, err := panel.bars(l, rows)
		if err != nil {
			return nil, err
		}
		p, err := barPanel(panel.title, panel.axis, panel.unit, titles, bars)
		if err != nil {
			return nil, err
		}
		e.Figure.Panels = append(e.Figure.Panels, []*plot.Plot{p})
		for _, b := range bars {
			e.addBars(panel.title, panel.unit, titles, b)
		}
	}
	return e, nil
}

// addBars writes a series into the table and the figure's data, its bound below it.
func (e *Exhibit) addBars(panel, unit string, titles []string, b bar) {
	cells, limits := []string{panel, b.name}, []string{panel, b.limit}
	for i, v := range b.values {
		limit := ""
		if b.bounds != nil {
			limit = figure.Cell(b.bounds[i])
			limits = append(limits, claims.Write(b.bounds[i], unit))
		}
		if math.IsNaN(v) {
			cells = append(cells, "—")
			continue
		}
		cells = append(cells, claims.Write(v, unit))
		e.Figure.Data.Add(panel, titles[i], b.name, figure.Cell(v), limit)
	}
	e.Table.Add(cells...)
	if b.bounds != nil {
		e.Table.Add(limits...)
	}
}

// latencyBars are the article's times per output token and those simulated, in seconds.
func latencyBars(l *article.Lab, rows []servingRow) ([]bar, error) {
	claimed := bar{name: "article", color: figure.Grey, limit: "bound in FP16", spans: 2} // under the bound of FP16
	wide := bar{name: "simulated FP16", color: figure.Blue, lacks: "does not fit"}
	narrow := bar{name: "simulated INT4", color: figure.Orange, limit: "bound in INT4", spans: 1}
	for _, r := range rows {
		claimed.values = append(claimed.values, r.tpot)
		for _, b := range []struct {
			format       string
			bar, bounded *bar
			fits         bool
		}{{fp16, &wide, &claimed, r.fits}, {int4, &narrow, &narrow, true}} {
			least, err := l.Eval("step_bound(%q, %q)", r.system, b.format)
			if err != nil {
				return nil, err
			}
			b.bounded.bounds = append(b.bounded.bounds, least)
			time := math.NaN()
			if b.fits {
				if time, err = l.Eval("tpot(%q, %q)", r.system, b.format); err != nil {
					return nil, err
				}
			}
			b.bar.values = append(b.bar.values, time)
		}
	}
	return []bar{claimed, wide, narrow}, nil
}

// rateBars are the article's throughputs in a format and those simulated, in tokens a second.
func rateBars(l *article.Lab, rows []servingRow, format string) ([]bar, error) {
	claimed := bar{name: "article", color: figure.Grey, limit: "bound", spans: 3, lacks: "not given"}
	generated := bar{name: "simulated, generated tokens", color: figure.Blue, lacks: "does not fit"}
	all := bar{name: "simulated, with prompts", color: figure.Sky, lacks: "does not fit"}
	for _, r := range rows {
		says, fits := r.fp16, r.fits
		if format == int4 {
			says, fits = r.int4, true
		}
		claimed.values = append(claimed.values, says)
		most, err := l.Eval("rate_bound(%q, %q, 256)", r.system, format)
		if err != nil {
			return nil, err
		}
		claimed.bounds = append(claimed.bounds, most)
		for quantity, b := range map[string]*bar{"best_rate": &generated, "best_total_rate": &all} {
			rate := math.NaN()
			if fits {
				if rate, err = l.Eval("%s(%q, %q, 512, 512)", quantity, r.system, format); err != nil {
					return nil, err
				}
			}
			b.values = append(b.values, rate)
		}
	}
	return []bar{claimed, generated, all}, nil
}

// barWidth is the width of a bar, of which a group has up to three.
const barWidth = vg.Length(26)

// barPanel draws groups of bars, with bounds across the bars that have them.
func barPanel(title, axis, unit string, titles []string, bars []bar) (*plot.Plot, error) {
	p := figure.NewPlot(title, "", axis)
	for i, b := range bars {
		values := make(plotter.Values, len(b.values))
		for n, v := range b.values {
			if !math.IsNaN(v) {
				values[n] = claims.In(v, unit)
			}
		}
		chart, err := plotter.NewBarChart(values, barWidth)
		if err != nil {
			return nil, err
		}
		chart.Color, chart.LineStyle.Width = figure.Color(b.color), 0
		chart.Offset = place(float64(i), len(bars))
		p.Add(chart, &absences{values: b.values, why: b.lacks, offset: chart.Offset})
		p.Legend.Add(b.name, chart)
	}
	for i, b := range bars {
		if b.bounds == nil {
			continue
		}
		middle := float64(i) + float64(float64(b.spans-1)/2)
		marks := &across{values: make([]float64, len(b.bounds)), offset: place(middle, len(bars)),
			width: barWidth * vg.Length(b.spans)}
		for n, v := range b.bounds {
			marks.values[n] = claims.In(v, unit)
		}
		p.Add(marks)
	}
	p.NominalX(titles...)
	p.X.Min, p.X.Max = -0.5, float64(len(titles))+0.2 // room for the legend
	figure.FromZero(p)
	return p, nil
}

// place is how far bar number i of a group of n stands from the group's middle.
func place(i float64, n int) vg.Length { return barWidth * vg.Length(i-float64(float64(n-1)/2)) }
