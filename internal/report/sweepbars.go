package report

import (
	"fmt"
	"image/color"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/roofserve/roofserve/internal/report/figure"
	"github.com/roofserve/roofserve/scenarios"
)

// mostGroups is how many values of a key have names below an axis.
const mostGroups = 12

// barsWidth is the part of a group's room that its bars take.
const barsWidth = 0.8

// categoricalKey is the key with the most different values, and these in their order; -1 where no key has
// two, or it has more than have room.
func categoricalKey(cases []CaseResult) (key int, values []string) {
	key = -1
	for k := range cases[0].Settings {
		var seen []string
		for i := range cases {
			if v := fmt.Sprint(cases[i].Settings[k].Value); !slices.Contains(seen, v) {
				seen = append(seen, v)
			}
		}
		if len(seen) > max(1, len(values)) {
			key, values = k, seen
		}
	}
	if len(values) > mostGroups {
		return -1, nil
	}
	return key, values
}

// barSweep draws the cases of a sweep over names: a group of bars for each value of one key, a colour for
// each combination of the others. It is nil where no key has two values, or too many.
func barSweep(cases []CaseResult) (*figure.Figure, error) {
	key, values := categoricalKey(cases)
	if key < 0 {
		return nil, nil
	}
	f, groups := sweepPage(cases, key)
	for i, metric := range sweepPanels {
		p := metricPlot(metric, cases[0].Settings[key].Key)
		most := mostShown(cases, metric)
		if most < math.Inf(1) && !strings.HasSuffix(f.Note, cutNote) {
			f.Note += cutNote
		}
		for g, group := range groups {
			bars := &caseBars{metric: metric, most: most, color: g, wide: barsWidth / float64(len(groups))}
			bars.shift = (float64(g) - float64(float64(len(groups)-1)/2)) * bars.wide
			for _, c := range group {
				bars.add(c, slices.Index(values, fmt.Sprint(c.Settings[key].Value)))
			}
			p.Add(bars, bars.hints)
		}
		p.NominalX(values...)
		p.X.Tick.Length = vg.Points(4) // names stand clear of the axis, by ticks that nobody sees
		p.X.Tick.LineStyle = draw.LineStyle{Color: color.Transparent, Width: vg.Points(0.5)}
		p.X.Min, p.X.Max = -0.5, float64(len(values))-0.5
		figure.FromZero(p)
		f.Panels[i/2][i%2] = p
	}
	return f, nil
}

// cutNote says what a bar with its value in it is.
const cutNote = ", and where it leaves the frame, with its value"

// beyond is how many times the largest value of the cases that keep up a bar may have that is drawn whole.
const beyond = 4

// mostShown is the largest value that has room in a panel: latencies of queues that grow depend on how long
// the load lasts, and may leave no room for the others. It is infinite where all have it.
func mostShown(cases []CaseResult, metric string) float64 {
	largest, over := 0.0, 0.0
	for i := range cases {
		v := cases[i].Metrics[metric]
		if cases[i].Overloaded {
			over = max(over, v)
		} else {
			largest = max(largest, v, cases[i].Bounds[metric][1])
		}
	}
	if l, _ := scenarios.LatencyOf(metric); l == nil || largest == 0 || over <= beyond*largest {
		return math.Inf(1)
	}
	return beyond * largest
}

// caseBars are the bars of one combination of keys, one in each group.
type caseBars struct {
	metric      string
	most        float64 // that has room
	color       int
	wide, shift float64 // of a bar, and of its middle from the group's, in groups
	at          []int   // the cases' groups
	cases       []CaseResult
	hints       figure.Hints
}

func (b *caseBars) add(c CaseResult, group int) {
	b.at, b.cases = append(b.at, group), append(b.cases, c)
	if v, ran := c.Metrics[b.metric]; ran {
		text := briefOf(c.Metrics, b.metric)
		for _, s := range c.Settings {
			text += "\n" + s.Text()
		}
		at := plotter.XY{X: float64(group) + b.shift, Y: min(v, b.most)}
		b.hints = append(b.hints, figure.Hint{At: at, Text: text})
	}
}

// Plot implements plot.Plotter. A bar of an overload is pale, with its colour around it; where there is no
// bar it says why.
func (b *caseBars) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	note := figure.Note()
	note.Rotation, note.XAlign, note.YAlign = math.Pi/2, draw.XLeft, draw.YCenter
	edge := draw.LineStyle{Color: figure.Color(b.color), Width: vg.Points(1.2)}
	for i, of := range b.cases {
		middle := float64(b.at[i]) + b.shift
		value, ran := of.Metrics[b.metric]
		if !ran {
			c.FillText(note, vg.Point{X: x(middle), Y: y(0) + vg.Points(4)}, whyNoBar(&of))
			continue
		}
		cut := value > b.most
		value = min(value, b.most)
		half := float64(b.wide / 2)
		from, to := x(middle-half)+vg.Points(0.5), x(middle+half)-vg.Points(0.5)
		box := []vg.Point{{X: from, Y: y(0)}, {X: to, Y: y(0)}, {X: to, Y: y(value)}, {X: from, Y: y(value)}}
		ground := figure.Color(b.color)
		if of.Overloaded {
			ground.A = 0x40
			c.StrokeLines(edge, append(box, box[0]))
		}
		c.FillPolygon(ground, box)
		if cut {
			c.FillText(note, vg.Point{X: x(middle), Y: y(0) + vg.Points(4)}, figure.Number(of.Metrics[b.metric]))
			continue
		}
		if bounds, ok := of.Bounds[b.metric]; ok {
			c.StrokeLine2(figure.Whisker(), x(middle), y(bounds[0]), x(middle), y(min(bounds[1], b.most)))
		}
	}
}

// whyNoBar is why a case has no value.
func whyNoBar(c *CaseResult) string {
	switch {
	case c.DoesNotFit:
		return "does not fit"
	case c.Error != "":
		return "did not run"
	default:
		return "nothing to measure"
	}
}

// DataRange implements plot.DataRanger.
func (b *caseBars) DataRange() (xmin, xmax, ymin, ymax float64) {
	for i, of := range b.cases {
		xmax = max(xmax, float64(b.at[i]))
		ymax = max(ymax, min(b.most, max(of.Metrics[b.metric], of.Bounds[b.metric][1])))
	}
	return 0, xmax, 0, ymax
}
