package report

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"

	"github.com/roofserve/roofserve/internal/report/figure"
)

// sweepPanels are the metrics that a sweep's figure draws, each against the first numeric key.
var sweepPanels = []string{"p99_ttft_ms", "p99_tpot_ms", "output_throughput", "concurrent_sequences.mean"}

// maxCurves is how many combinations of the other keys a figure tells apart.
const maxCurves = 7

// mostDots is how many cases of a curve have a dot each: more of them would touch, and hide the line.
const mostDots = 200

// SweepFigure draws the cases' latencies, throughput and concurrency against the first key whose values are
// numbers, one curve for each combination of the others; where no key has two numbers, as bars for the values
// of one key. It is nil where there is nothing to tell apart.
func SweepFigure(cases []CaseResult) (*figure.Figure, error) {
	axis := numericKey(cases)
	if axis < 0 {
		return barSweep(cases)
	}
	key := cases[0].Settings[axis].Key
	f, groups := sweepPage(cases, axis)
	for i, metric := range sweepPanels {
		p := metricPlot(metric, key)
		for g, group := range groups {
			if err := addCurve(p, group, axis, metric, g); err != nil {
				return nil, err
			}
		}
		figure.FromZero(p)
		p.X.Padding = vg.Points(4)
		if grows(settingsOf(cases, axis)) {
			p.X.Padding = 0
			p.X.Scale, p.X.Tick.Marker = plot.LogScale{}, ticksAt(settingsOf(cases, axis))
			p.X.Min, p.X.Max = logRange(p.X.Min, p.X.Max)
		}
		if far(cases, metric) {
			p.Y.Padding = 0
			p.Y.Scale, p.Y.Tick.Marker = plot.LogScale{}, figure.Log{}
			p.Y.Min, p.Y.Max = logRange(extremes(cases, metric))
		}
		f.Panels[i/2][i%2] = p
	}
	return f, nil
}

// sweepPage is an empty figure of a sweep against one key, and the cases in groups, one for each combination
// of the other keys.
func sweepPage(cases []CaseResult, axis int) (*figure.Figure, [][]CaseResult) {
	panels := inPairs(len(sweepPanels))
	f := page("sweep", "against "+cases[0].Settings[axis].Key, 760, vg.Length(300*len(panels)))
	f.Title = sweptTitle(cases)
	f.Data = CasesTable(cases)
	f.Panels = panels
	labels, groups, left := curves(cases, axis)
	if left > 0 {
		f.Note += fmt.Sprintf("; %s of further combinations: only in the CSV", counted(left, "case"))
	}
	for g, label := range labels {
		if label != "" {
			f.Key = append(f.Key, figure.KeyEntry{Label: label, Color: g, Mark: true})
		}
	}
	if slices.ContainsFunc(cases, func(c CaseResult) bool { return c.Overloaded }) {
		f.Note += "; open: the queue grows without end"
	}
	return f, groups
}

// grows tells whether values are steps by a factor, as 1, 2, 4, 8 are: at least four, which span a factor of
// eight, and none of which is nearer to the one before than a factor of 1.4.
func grows(values []float64) bool {
	slices.Sort(values)
	values = slices.Compact(values)
	if len(values) < 4 || values[0] <= 0 || values[len(values)-1] < 8*values[0] {
		return false
	}
	for i, v := range values[1:] {
		if v < 1.4*values[i] {
			return false
		}
	}
	return true
}

// mostTicks is how many values an axis labels.
const mostTicks = 8

// ticksAt are a logarithmic axis's labels: the values that were swept, where these are few.
func ticksAt(values []float64) plot.Ticker {
	slices.Sort(values)
	values = slices.Compact(values)
	if len(values) > mostTicks {
		return figure.Log{}
	}
	var ticks plot.ConstantTicks
	for _, v := range values {
		ticks = append(ticks, plot.Tick{Value: v, Label: strconv.FormatFloat(v, 'g', -1, 64)})
	}
	return ticks
}

// settingsOf are the numbers that a key has in the cases.
func settingsOf(cases []CaseResult, key int) []float64 {
	var list []float64
	for i := range cases {
		if v, ok := number(cases[i].Settings[key].Value); ok {
			list = append(list, v)
		}
	}
	return list
}

// far tells whether a metric's values lie so far apart that most would lie on the axis of a linear plot, as
// latencies do beside those of an overload.
func far(cases []CaseResult, metric string) bool {
	low, high := extremes(cases, metric)
	return low > 0 && high > 50*low
}

// extremes are a metric's least and largest value in the cases, bounds included.
func extremes(cases []CaseResult, metric string) (low, high float64) {
	low = math.Inf(1)
	for i := range cases {
		if v, ok := cases[i].Metrics[metric]; ok {
			low, high = min(low, v), max(high, v)
		}
		if b, ok := cases[i].Bounds[metric]; ok {
			low, high = min(low, b[0]), max(high, b[1])
		}
	}
	return low, high
}

// numericKey is the first key with at least two different numbers; -1 where there is none.
func numericKey(cases []CaseResult) int {
	for k := range cases[0].Settings {
		seen := map[float64]bool{}
		for _, c := range cases {
			if v, ok := number(c.Settings[k].Value); ok {
				seen[v] = true
			}
		}
		if len(seen) > 1 {
			return k
		}
	}
	return -1
}

// number is a setting's value as a number.
func number(value any) (float64, bool) {
	switch v := value.(type) {
	case int64:
		return float64(v), true
	case float64:
		return v, !math.IsNaN(v)
	default:
		return 0, false
	}
}

// curves groups the cases by the keys other than the axis, in order of appearance, and counts those left out.
func curves(cases []CaseResult, axis int) (labels []string, groups [][]CaseResult, left int) {
	index := map[string]int{}
	for _, c := range cases {
		label := otherSettings(&c, axis)
		i, known := index[label]
		if !known {
			if len(groups) == maxCurves {
				left++
				continue
			}
			i = len(groups)
			index[label] = i
			labels, groups = append(labels, label), append(groups, nil)
		}
		groups[i] = append(groups[i], c)
	}
	return labels, groups, left
}

// otherSettings are a case's settings but that of the axis.
func otherSettings(c *CaseResult, axis int) string {
	var parts []string
	for k, s := range c.Settings {
		if k != axis {
			parts = append(parts, s.Text())
		}
	}
	return strings.Join(parts, ", ")
}

// addCurve draws one metric of a group of cases with a dot at each, where they do not touch, and an open one
// where the queue grew without end.
func addCurve(p *plot.Plot, cases []CaseResult, axis int, metric string, color int) error {
	var points, kept, over plotter.XYs
	for _, c := range cases {
		x, numeric := number(c.Settings[axis].Value)
		y, ran := c.Metrics[metric]
		if numeric && ran {
			at := plotter.XY{X: x, Y: y}
			if points = append(points, at); c.Overloaded {
				over = append(over, at)
			} else {
				kept = append(kept, at)
			}
			if b, ok := c.Bounds[metric]; ok {
				if err := addWhisker(p, x, b, color); err != nil {
					return err
				}
			}
		}
	}
	if len(points) > mostDots {
		kept = nil
	}
	return errors.Join(addLine(p, otherSettings(&cases[0], axis), points, color),
		addDots(p, kept, color, figure.Filled(color)),
		addDots(p, over, color, figure.Open(color)))
}
