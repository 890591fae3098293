package pdf

import (
	"math"

	"gonum.org/v1/plot/vg"
)

// path writes a path. PDF has lines and cubic curves; arcs and quadratic curves become such curves.
func (c *Canvas) path(p vg.Path) {
	var last vg.Point
	for i := range p {
		part := &p[i]
		switch part.Type {
		case vg.MoveComp:
			c.put("%s m", place(part.Pos))
			last = part.Pos
		case vg.LineComp:
			c.put("%s l", place(part.Pos))
			last = part.Pos
		case vg.CurveComp:
			first, second := controls(last, part)
			c.put("%s %s %s c", place(first), place(second), place(part.Pos))
			last = part.Pos
		case vg.ArcComp:
			last = c.arc(part, i == 0)
		case vg.CloseComp:
			c.put("h")
		}
	}
}

// controls are a curve's two control points, of a quadratic one those of the same curve as a cubic.
func controls(from vg.Point, curve *vg.PathComp) (first, second vg.Point) {
	if len(curve.Control) == 2 {
		return curve.Control[0], curve.Control[1]
	}
	return toward(from, curve.Control[0], 2.0/3), toward(curve.Pos, curve.Control[0], 2.0/3)
}

// toward is the point at a share of the way from a to b.
func toward(a, b vg.Point, share vg.Length) vg.Point {
	return vg.Point{X: a.X + vg.Length((b.X-a.X)*share), Y: a.Y + vg.Length((b.Y-a.Y)*share)}
}

// arc writes an arc as curves of a quarter circle or less, and returns its end. A line leads to its start,
// unless it begins the path.
func (c *Canvas) arc(a *vg.PathComp, begins bool) vg.Point {
	on := func(angle float64) vg.Point {
		sin, cos := math.Sincos(angle)
		out := vg.Point{X: vg.Length(cos), Y: vg.Length(sin)}.Scale(a.Radius)
		return a.Pos.Add(out)
	}
	operator := "l"
	if begins {
		operator = "m"
	}
	c.put("%s %s", place(on(a.Start)), operator)
	pieces := int(math.Ceil(math.Abs(a.Angle)/(math.Pi/2) - 1e-9))
	step := a.Angle / float64(max(pieces, 1))
	// The control points of the cubic that touches the circle at both ends and in the middle.
	reach := vg.Length(4.0 / 3 * math.Tan(step/4))
	for i := range pieces {
		angle := a.Start + float64(step*float64(i))
		from, to := on(angle), on(angle+step)
		along := func(p vg.Point, reach vg.Length) vg.Point {
			return vg.Point{X: p.X - vg.Length(reach*(p.Y-a.Pos.Y)), Y: p.Y + vg.Length(reach*(p.X-a.Pos.X))}
		}
		c.put("%s %s %s c", place(along(from, reach)), place(along(to, -reach)), place(to))
	}
	return on(a.Start + a.Angle)
}
