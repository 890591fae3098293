package figure

import (
	"testing"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

// The name of an axis takes as much room on a logarithmic axis as on a linear one, whatever its length: none
// along the axis.
func TestNamesOfLogarithmicAxesTakeNoLength(t *testing.T) {
	axes := func(scale plot.Normalizer, name string) vg.Rectangle {
		p := NewPlot("title", name, name)
		p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = 1, 1000, 1, 1000
		p.X.Scale, p.Y.Scale = scale, scale
		p.X.Tick.Marker, p.Y.Tick.Marker = Log{}, Log{}
		panels, canvases := align([][]*plot.Plot{{p}}, draw.Tiles{Rows: 1, Cols: 1},
			draw.New(vgimg.New(vg.Points(300), vg.Points(300))))
		return panels[0][0].DataCanvas(canvases[0][0]).Rectangle
	}
	long := "a name of more than half the length of the axis"
	want := axes(plot.LogScale{}, "n")
	if got := axes(plot.LogScale{}, long); got != want {
		t.Errorf("axes %v with a long name, %v with a short one", got, want)
	}
	if linear := axes(plot.LinearScale{}, long); linear.Min != want.Min {
		t.Errorf("axes begin at %v, linear ones at %v", want.Min, linear.Min)
	}
}
