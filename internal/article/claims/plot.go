package claims

import (
	"fmt"
	"strings"
)

// Plot is a figure that a section shows: lines of formulas over one quantity.
type Plot struct {
	ID    string `toml:"id"` // of its files
	Title string `toml:"title"`
	Text  string `toml:"text"` // what to see on it, with figures in braces as in Claim.Why
	// Over is the name that formulas write in braces for the value at a point of the axis: {users}.
	Over   string     `toml:"over"`
	Values []float64  `toml:"values"`
	X      string     `toml:"x"` // names of the axes, with their units
	Y      string     `toml:"y"`
	Log    bool       `toml:"log"` // the horizontal axis
	Lines  []PlotLine `toml:"line"`
}

// PlotLine is one line of a plot.
type PlotLine struct {
	Name     string `toml:"name"`
	Computes string `toml:"computes"`
	Unit     string `toml:"unit"` // in which the formula's value is drawn
}

// At is the line's formula at a value of the axis.
func (p *Plot) At(l *PlotLine, value string) string {
	return strings.ReplaceAll(l.Computes, "{"+p.Over+"}", value)
}

func (p *Plot) validate() error {
	switch {
	case p.ID == "" || p.Title == "" || p.Over == "":
		return fmt.Errorf("id, title and over are needed")
	case len(p.Values) == 0 || len(p.Lines) == 0:
		return fmt.Errorf("values and a line are needed")
	}
	for i := range p.Lines {
		l := &p.Lines[i]
		switch {
		case l.Name == "" || l.Computes == "":
			return fmt.Errorf("line[%d]: name and computes are needed", i)
		case l.Unit != "" && !knownUnit(l.Unit):
			return fmt.Errorf("line %s: %w", l.Name, unknownUnit(l.Unit))
		}
	}
	for _, v := range p.Values {
		if p.Log && v <= 0 {
			return fmt.Errorf("values on a logarithmic axis are above 0, not %v", v)
		}
	}
	return nil
}
