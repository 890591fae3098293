package report

import (
	"cmp"
	"fmt"
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/internal/report/figure"
	"github.com/roofserve/roofserve/internal/study/explain"
	"github.com/roofserve/roofserve/sim/cost"
)

// references are the devices whose roofs stand beside those of the step's own: the two that operators were
// measured on.
var references = []string{"a100-sxm-80gb", "h100-sxm-80gb"}

// Operators that a roofline names: the longest of each step. It draws none that takes a smaller share of it.
const (
	maxNamedAlone, maxNamedBeside = 18, 5
	minShareAlone, minShareBeside = 0.005, 0.01
)

// point is an operator on a roofline.
type point struct {
	plotter.XY // FLOP/B, FLOP/s
	operator   *cost.OperatorTime
	color      int
	share      float64
}

// RooflineFigure draws the operators of one step or several under the roofs of their devices, and of the
// reference devices.
func RooflineFigure(list []*explain.Explanation) (*figure.Figure, error) {
	least := minShareAlone
	if len(list) > 1 {
		least = minShareBeside
	}
	f := page("roofline", fmt.Sprintf("%s  ·  of one GPU; marker area: share of the step; what takes under %g%% or multiplies nothing is left out",
		planNote(list), 100*least), 800, 520)
	f.Title = "Roofline of a " + stepText(list[0].Step)
	if len(list) == 1 {
		f.Title = fmt.Sprintf("%s on %d × %s: roofline of a %s", list[0].Parts.Model.Name, list[0].Scenario.Hardware.GPUs,
			list[0].Parts.Device.Name, stepText(list[0].Step))
	}
	p := figure.NewPlot("", "arithmetic intensity (FLOP/B)", "TFLOP/s")
	f.Panels = [][]*plot.Plot{{p}}
	f.Data.Columns = []string{"model", "device", "operator", "bound", "format", "flop_per_byte", "flop_per_second", "share"}
	p.X.Scale, p.Y.Scale = plot.LogScale{}, plot.LogScale{}
	p.X.Tick.Marker, p.Y.Tick.Marker = figure.Log{}, figure.Log{}
	p.X.Padding, p.Y.Padding = 0, 0

	var points []point
	for i, e := range list {
		points = append(points, pointsOf(e, i, len(list) == 1, least)...)
	}
	devices, err := roofDevices(list)
	if err != nil {
		return nil, err
	}
	formats := formatsOf(points)
	frame := frameOf(points, devices, formats)
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = frame.left, frame.right, frame.low, frame.high
	labels, err := drawRoofs(f, p, devices, formats, frame)
	if err != nil {
		return nil, err
	}
	if err := drawPoints(f, p, list, points); err != nil {
		return nil, err
	}
	p.Add(append(nameOperators(points, len(list)), labels...), pointHints(list, points))
	p.Legend.Top, p.Legend.Left = true, true
	p.Legend.XOffs, p.Legend.YOffs = vg.Points(8), vg.Points(-6)
	return f, nil
}

// planNote says how the models are divided.
func planNote(list []*explain.Explanation) string {
	if len(list) > 1 {
		return fmt.Sprintf("%s each", counted(list[0].Scenario.Hardware.GPUs, "GPU"))
	}
	return planText(&list[0].Scenario.Parallel) + ", " + precisionText(&list[0].Scenario.Precision)
}

// pointsOf are the operators that multiply something, the longest first, coloured by category in a figure of
// one step and by the step's number otherwise.
func pointsOf(e *explain.Explanation, number int, alone bool, least float64) []point {
	var points []point
	for i := range e.Operators {
		o := &e.Operators[i]
		if o.FLOPs <= 0 || o.Bytes <= 0 || e.Share(o) < least {
			continue
		}
		color := number
		if alone {
			color = slices.Index(cost.Categories[:], o.Category)
		}
		points = append(points, point{XY: plotter.XY{X: o.Intensity(),
			Y: float64(o.FLOPs) / float64(o.Time) / 1e12}, operator: o, color: color, share: e.Share(o)})
	}
	slices.SortStableFunc(points, func(a, b point) int { return cmp.Compare(b.share, a.share) })
	return points
}

// formatsOf lists what the tensor cores multiply in the points, in the order of units.
func formatsOf(points []point) []units.Format {
	seen := []units.Format{units.BF16}
	for i := range points {
		if f := points[i].operator.Format; !slices.Contains(seen, f) {
			seen = append(seen, f)
		}
	}
	slices.Sort(seen)
	return seen
}

// roofDevices lists the steps' devices and then the references.
func roofDevices(list []*explain.Explanation) ([]*hw.Device, error) {
	var devices []*hw.Device
	add := func(d *hw.Device) {
		if !slices.ContainsFunc(devices, func(known *hw.Device) bool { return known.Name == d.Name }) {
			devices = append(devices, d)
		}
	}
	for _, e := range list {
		add(e.Parts.Device)
	}
	for _, name := range references {
		d, err := hw.Lookup(name)
		if err != nil {
			return nil, err
		}
		add(d)
	}
	return devices, nil
}

// rooflineFrame is what a roofline's panel shows, in FLOP/B and TFLOP/s.
type rooflineFrame struct{ left, right, low, high float64 }

// frameOf holds all the points and every device's ridge.
func frameOf(points []point, devices []*hw.Device, formats []units.Format) rooflineFrame {
	f := rooflineFrame{left: 0.5, right: 1000, low: math.Inf(1)}
	for _, d := range devices {
		for _, format := range formats {
			f.right = max(f.right, 4*d.Ridge(format))
			f.high = max(f.high, 2.5*float64(d.Peak[format])/1e12)
		}
	}
	for i := range points {
		f.left, f.right = min(f.left, points[i].X/2), max(f.right, 3*points[i].X)
		f.low = min(f.low, points[i].Y/3)
	}
	f.low = min(f.low, f.high/1000)
	return f
}

// dashes tell the devices' roofs apart: the first is solid.
var dashes = [][]vg.Length{nil, {7, 3}, {2, 2.5}, {7, 2, 2, 2}}

// drawRoofs draws each device's bandwidth and its peak in each format, and returns the names of the peaks.
func drawRoofs(f *figure.Figure, p *plot.Plot, devices []*hw.Device, formats []units.Format,
	frame rooflineFrame) ([]figure.Label, error) {
	var labels []figure.Label
	named := map[string]bool{}
	for i, d := range devices {
		for j, format := range formats {
			if !d.Supports(format) {
				continue
			}
			roof := d.Roofline(format)
			peak, ridge := float64(roof.Peak)/1e12, roof.Ridge()
			corners := plotter.XYs{{X: frame.left, Y: float64(roof.Attainable(frame.left)) / 1e12},
				{X: ridge, Y: peak}, {X: frame.right, Y: peak}}
			for _, corner := range corners {
				f.Data.Add("", d.Name, "roof", "", format.String(), figure.Cell(corner.X), figure.Cell(corner.Y*1e12), "")
			}
			line, err := figure.Line(corners, figure.Grey)
			if err != nil {
				return nil, err
			}
			line.Width, line.Dashes = vg.Points(1.1), dashes[i%len(dashes)]
			p.Add(line)
			if j == 0 {
				p.Legend.Add(fmt.Sprintf("%s, %s TB/s", d.Name, brief(float64(d.Bandwidth)/1e12)), line)
			}
			text := fmt.Sprintf("%s TFLOP/s %s", brief(peak), format)
			if named[text] {
				continue
			}
			named[text] = true
			labels = append(labels, figure.Label{At: plotter.XY{X: frame.right, Y: peak}, Text: text,
				Color: figure.Color(figure.Grey), Above: true})
		}
	}
	return labels, nil
}

// drawPoints draws the operators, and the legend of their colours.
func drawPoints(f *figure.Figure, p *plot.Plot, list []*explain.Explanation, points []point) error {
	for i := range points {
		at := &points[i]
		e := list[0]
		if len(list) > 1 {
			e = list[at.color]
		}
		f.Data.Add(e.Parts.Model.Name, e.Parts.Device.Name, operatorName(*at.operator), string(at.operator.Bound),
			at.operator.Format.String(),
			figure.Cell(at.X), figure.Cell(at.Y*1e12), figure.Cell(at.share))
	}
	series := seriesNames(list)
	for number := range series {
		var group plotter.XYs
		var radii []vg.Length
		for i := range points {
			if points[i].color == number {
				group, radii = append(group, points[i].XY), append(radii, points[i].radius())
			}
		}
		if len(group) == 0 {
			continue
		}
		scatter, err := plotter.NewScatter(group)
		if err != nil {
			return err
		}
		scatter.GlyphStyle = draw.GlyphStyle{Color: seeThrough(figure.Color(number)), Shape: draw.CircleGlyph{},
			Radius: vg.Points(3)}
		if len(list) > 1 {
			scatter.Shape = figure.Filled(number)
		}
		scatter.GlyphStyleFunc = func(i int) draw.GlyphStyle {
			style := scatter.GlyphStyle
			style.Radius = radii[i]
			return style
		}
		p.Add(scatter)
		p.Legend.Add(series[number], scatter)
	}
	return nil
}

// pointHints say of each operator what it is, how long it takes and what bounds it.
func pointHints(list []*explain.Explanation, points []point) figure.Hints {
	var hints figure.Hints
	for i := range points {
		at := &points[i]
		text := fmt.Sprintf("%s: %s ms, %s of the step, %s bound\n%s FLOP/B, %s TFLOP/s", operatorName(*at.operator),
			brief(at.operator.Time.Milliseconds()), percent(at.share), at.operator.Bound, brief(at.X), brief(at.Y))
		if len(list) > 1 {
			text = caseName(list, at.color) + "\n" + text
		}
		hints = append(hints, figure.Hint{At: at.XY, Text: text})
	}
	return hints
}

// seeThrough lets markers that lie on one another be told apart.
func seeThrough(c color.NRGBA) color.NRGBA {
	c.A = 0xC0
	return c
}

// seriesNames names the points' colours: the categories of one step, or several steps.
func seriesNames(list []*explain.Explanation) []string {
	var series []string
	if len(list) > 1 {
		for i := range list {
			series = append(series, caseName(list, i))
		}
		return series
	}
	for _, c := range cost.Categories {
		series = append(series, string(c))
	}
	return series
}

// caseName tells one of several steps from the others.
func caseName(list []*explain.Explanation, i int) string {
	e := list[i]
	name := e.Parts.Model.Name
	if slices.ContainsFunc(list,
		func(other *explain.Explanation) bool { return other.Parts.Device.Name != e.Parts.Device.Name }) {
		name += " on " + e.Parts.Device.Name
	}
	return name
}

// radius of the marker: its area grows with the operator's share.
func (p *point) radius() vg.Length { return vg.Points(2 + float64(9*math.Sqrt(p.share))) }

// nameOperators labels the longest operators and those that stand alone; the others only keep their place.
// Where several steps have an operator at about the same place, it is named once, in grey.
func nameOperators(points []point, steps int) figure.Labels {
	most := maxNamedAlone
	if steps > 1 {
		most = maxNamedBeside
	}
	labels := make(figure.Labels, len(points))
	named := map[int]int{}
	for i := range points {
		at := &points[i]
		labels[i] = figure.Label{At: at.XY, Radius: at.radius(), Color: figure.Color(at.color)}
		if j := slices.IndexFunc(labels[:i], func(l figure.Label) bool {
			return l.Text == operatorName(*at.operator) && within(l.At, at.XY, 0.1)
		}); j >= 0 {
			labels[j].Color = figure.Color(figure.Grey)
			continue
		}
		key := at.color
		if steps == 1 {
			key = 0
		}
		if named[key] < most || alone(points, labels, i) {
			named[key]++
			labels[i].Text = operatorName(*at.operator)
		}
	}
	return labels
}

// alone tells whether a label of the i-th operator would take no room of another's: no named operator is
// nearer than a third of a decade.
func alone(points []point, labels figure.Labels, i int) bool {
	for j := range i {
		if within(points[i].XY, points[j].XY, 1./3) && labels[j].Text != "" {
			return false
		}
	}
	return true
}

// within tells whether points are nearer to each other than some decades in both directions.
func within(a, b plotter.XY, decades float64) bool {
	return math.Abs(math.Log10(a.X/b.X)) < decades && math.Abs(math.Log10(a.Y/b.Y)) < decades
}
