package figure

import (
	"image/color"

	"gonum.org/v1/plot/vg"
)

// recolored is a canvas on which the light theme's colours come out as another theme's. Transparency stays as
// it is.
type recolored struct {
	vg.CanvasSizer
	counterparts map[color.NRGBA]color.NRGBA
	hints        *sayings // where what is said of places is collected; nil where nothing is said
}

// SetColor implements vg.Canvas.
func (r recolored) SetColor(c color.Color) {
	if c == nil {
		c = color.Black
	}
	asked := color.NRGBAModel.Convert(c).(color.NRGBA)
	opaque := asked
	opaque.A = 0xFF
	if own, ok := r.counterparts[opaque]; ok {
		own.A = asked.A
		asked = own
	}
	r.CanvasSizer.SetColor(asked)
}
