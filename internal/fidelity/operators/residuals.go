package operators

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"

	"github.com/roofserve/roofserve/internal/portable"
	"github.com/roofserve/roofserve/internal/report/figure"
	"github.com/roofserve/roofserve/sim/cost/calibrate"
)

// binsPerDecade is how finely residuals are summed up along the measured time.
const binsPerDecade = 5

// fewest is the least number of samples that a bin's quantiles are drawn for.
const fewest = 5

// mostOff is the error at a panel's edges, in percent; what is further off is marked there.
const mostOff = 60

// bin sums up the residuals of samples of about the same time.
type bin struct {
	microseconds, low, median, high float64
}

// residualFigures has a figure for each family of which there is something to draw.
func residualFigures(fits []*calibrate.Fit) ([]*figure.Figure, error) {
	var list []*figure.Figure
	for _, name := range familyNames(fits) {
		f, err := residualFigure(name, ofFamily(fits, name))
		if err != nil {
			return nil, err
		}
		if len(f.Panels) > 0 {
			list = append(list, f)
		}
	}
	return list, nil
}

// residualFigure has a panel for each law and device: the median and the 10–90% range of predicted/measured −
// 1, held out, along the measured time, one colour for each engine. A law with too few samples everywhere has
// no row of panels.
func residualFigure(family string, fits []*calibrate.Fit) (*figure.Figure, error) {
	f := &figure.Figure{Name: family, Title: "Residuals of " + family,
		Note: "predicted/measured − 1 on held-out groups of shapes: median (thick), 10% and 90% (thin); arrowheads: beyond the frame",
		Data: figure.Table{Columns: []string{"law", "device", "engine", "measured_us", "p10", "median", "p90"}}}
	laws, devices := axesOf(fits)
	for _, law := range laws {
		row := make([]*plot.Plot, len(devices))
		for c, device := range devices {
			p, err := panel(&f.Data, fits, law, device)
			if err != nil {
				return nil, err
			}
			row[c] = p
		}
		if slices.ContainsFunc(row, func(p *plot.Plot) bool { return p != nil }) {
			f.Panels = append(f.Panels, row)
		}
	}
	f.Width, f.Height = vg.Points(float64(330*len(devices)+30)), vg.Points(float64(190*len(f.Panels)+60))
	return f, nil
}

// axesOf are the laws and devices that have fits.
func axesOf(fits []*calibrate.Fit) (laws, devices []string) {
	for _, f := range fits {
		if !slices.Contains(laws, f.Law) {
			laws = append(laws, f.Law)
		}
		if !slices.Contains(devices, f.Device.Name) {
			devices = append(devices, f.Device.Name)
		}
	}
	slices.Sort(devices)
	return laws, devices
}

// engineColours keeps an engine's colour the same in every panel.
var engineColours = map[string]int{"any": figure.Grey, "sglang": figure.Vermilion, "trtllm": figure.Green, "vllm": figure.Blue}

// panel draws the fits of one law on one device; nil where there are none.
func panel(data *figure.Table, fits []*calibrate.Fit, law, device string) (*plot.Plot, error) {
	p := figure.NewPlot(law+", "+device, "measured time (µs)", "error (%)")
	p.X.Scale, p.X.Tick.Marker = plot.LogScale{}, figure.Log{}
	p.Y.Min, p.Y.Max = -mostOff, mostOff
	drawn := false
	for _, f := range fits {
		if f.Law != law || f.Device.Name != device {
			continue
		}
		bins := binned(f)
		if len(bins) < 2 {
			continue
		}
		if err := addBands(p, bins, f.Engine); err != nil {
			return nil, err
		}
		for _, b := range bins {
			data.Add(law, device, f.Engine, fmt.Sprintf("%.4g", b.microseconds), four(b.low), four(b.median), four(b.high))
		}
		drawn = true
	}
	if !drawn {
		return nil, nil
	}
	p.Y.Min, p.Y.Max = -mostOff, mostOff
	return p, nil
}

func addBands(p *plot.Plot, bins []bin, engine string) error {
	beyond := figure.Beyond{Color: engineColours[engine]}
	for i, value := range []func(bin) float64{
		func(b bin) float64 { return b.median }, func(b bin) float64 { return b.low },
		func(b bin) float64 { return b.high }} {
		points := make(plotter.XYs, len(bins))
		for k, b := range bins {
			at := plotter.XY{X: b.microseconds, Y: 100 * value(b)}
			beyond.Points = append(beyond.Points, at)
			points[k] = plotter.XY{X: at.X, Y: min(max(at.Y, -mostOff), mostOff)}
		}
		line, err := figure.Line(points, engineColours[engine])
		if err != nil {
			return err
		}
		if i > 0 {
			line.Width = vg.Points(0.7)
		}
		p.Add(line)
		if i == 0 {
			p.Legend.Add(engine, line)
		}
	}
	p.Add(beyond)
	return nil
}

// binned sums up a fit's held-out residuals along the measured time.
func binned(f *calibrate.Fit) []bin {
	byBin := make(map[int][]float64)
	for i, s := range f.Samples {
		k := int(math.Floor(portable.Log(float64(s.Measured)*1e6) / math.Ln10 * binsPerDecade))
		byBin[k] = append(byBin[k], portable.Exp(f.Residuals[i])-1)
	}
	var bins []bin
	for k, errors := range byBin {
		if len(errors) < fewest {
			continue
		}
		slices.Sort(errors)
		at := func(q float64) float64 { return errors[int(q*float64(len(errors)-1))] }
		bins = append(bins, bin{microseconds: portable.Pow(10, (float64(k)+0.5)/binsPerDecade), low: at(0.1),
			median: at(0.5), high: at(0.9)})
	}
	slices.SortFunc(bins, func(a, b bin) int { return int(math.Copysign(1, a.microseconds-b.microseconds)) })
	return bins
}
