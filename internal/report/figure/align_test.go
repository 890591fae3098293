package figure

import (
	"math"
	"testing"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
)

// A tick mark's label at the upper end of one axis raises neither panel's title above the other's.
func TestTitlesOfARowAreAtOneHeight(t *testing.T) {
	full, part := NewPlot("to the last tick", "x", "y"), NewPlot("beyond the last tick", "x", "y")
	full.Y.Max, part.Y.Max = 10, 13
	body := draw.New(vgimg.New(vg.Points(600), vg.Points(300)))
	row := [][]*plot.Plot{{full, part}}
	tiles := draw.Tiles{Rows: 1, Cols: 2}
	if before := plot.Align(row, tiles, body)[0]; before[0].Max.Y == before[1].Max.Y {
		t.Fatal("the panels are at one height before: this shows nothing")
	}
	panels, canvases := align(row, tiles, body)
	if a, b := canvases[0][0].Max.Y, canvases[0][1].Max.Y; a != b {
		t.Errorf("titles at %v and %v", a, b)
	}
	a, b := panels[0][0].DataCanvas(canvases[0][0]), panels[0][1].DataCanvas(canvases[0][1])
	if math.Abs(float64(a.Max.Y-b.Max.Y)) > 1e-6 || math.Abs(float64(a.Min.Y-b.Min.Y)) > 1e-6 {
		t.Errorf("axes from %v to %v and from %v to %v", a.Min.Y, a.Max.Y, b.Min.Y, b.Max.Y)
	}
}
