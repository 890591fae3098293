package figure

import (
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// align lays panels out and gives each its canvas: the axes of a row and of a column are on one line, and so
// are a row's titles. Without that, the canvas of a panel whose highest tick mark's label stands out of the
// axes reaches higher than its neighbour's.
func align(panels [][]*plot.Plot, tiles draw.Tiles, body draw.Canvas) ([][]*plot.Plot, [][]draw.Canvas) {
	laid := make([][]*plot.Plot, len(panels))
	for r, row := range panels {
		laid[r] = make([]*plot.Plot, len(row))
		for i, p := range row {
			if p != nil {
				laid[r][i] = unnamed(p)
			}
		}
	}
	canvases := plot.Align(laid, tiles, body)
	for r, row := range laid {
		top := body.Min.Y
		for i, p := range row {
			if p != nil {
				top = max(top, canvases[r][i].Max.Y)
			}
		}
		for i, p := range row {
			if p != nil {
				row[i] = raised(p, top-canvases[r][i].Max.Y)
				canvases[r][i].Max.Y = top
				thin(row[i], canvases[r][i])
			}
		}
	}
	return laid, canvases
}

// raised is a panel that keeps so much more room below its title.
func raised(p *plot.Plot, by vg.Length) *plot.Plot {
	higher := *p
	higher.Title.Padding += by
	return &higher
}
