package figure

import (
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// thin takes from a panel's logarithmic axes the labels that would run into others on its canvas, so that a
// figure on a phone has fewer of them and not a row of digits. Powers of ten stay before what lies between.
func thin(p *plot.Plot, c draw.Canvas) {
	axes := p.DataCanvas(c)
	for _, a := range []struct {
		axis *plot.Axis
		long vg.Length
		size func(label string) vg.Length
		gap  vg.Length
	}{
		{&p.X, axes.Max.X - axes.Min.X, p.X.Tick.Label.Width, labelGap},
		{&p.Y, axes.Max.Y - axes.Min.Y, p.Y.Tick.Label.Height, 0},
	} {
		if marker, ok := a.axis.Tick.Marker.(Log); ok && isLogarithmic(a.axis) {
			ticks := marker.Ticks(a.axis.Min, a.axis.Max)
			a.axis.Tick.Marker = plot.ConstantTicks(spaced(ticks, func(t *plot.Tick) (from, to vg.Length) {
				at := vg.Length(float64(float64(a.long) * a.axis.Norm(t.Value)))
				half := vg.Length(float64(float64(a.size(t.Label)+a.gap) / 2))
				return at - half, at + half
			}))
		}
	}
}

// labelGap is the least that is kept between two labels beside each other.
const labelGap = vg.Length(4)

// spaced are ticks without the labels whose extent meets that of a label before them: powers of ten first,
// and others from the first on.
func spaced(ticks []plot.Tick, extent func(*plot.Tick) (from, to vg.Length)) []plot.Tick {
	type span struct{ from, to vg.Length }
	var taken []span
	free := func(s span) bool {
		for _, t := range taken {
			if s.from < t.to && t.from < s.to {
				return false
			}
		}
		return true
	}
	for _, powers := range []bool{true, false} {
		for i := range ticks {
			t := &ticks[i]
			if t.Label == "" || powers != isPowerOfTen(t.Value) {
				continue
			}
			from, to := extent(t)
			if s := (span{from, to}); free(s) {
				taken = append(taken, s)
			} else {
				t.Label = ""
			}
		}
	}
	return ticks
}

func isPowerOfTen(v float64) bool {
	return math.Abs(v/math.Pow(10, math.Round(math.Log10(v)))-1) < 1e-9
}
