package figure

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"

	"github.com/roofserve/roofserve/internal/names"
)

// Look is how figures are drawn into files. The zero value is the light theme, each figure in its own size
// and in every format.
type Look struct {
	Theme         Theme
	Width, Height vg.Length // in points; zero: the figure's own
	Formats       []Format  // of the files in a folder, in the order of their constants; none: all
}

// Limits of a figure's width and height, in points: what holds a panel, and what a poster needs.
const (
	leastSize = vg.Length(150)
	mostSize  = vg.Length(3000)
)

// lengths are the units of a size, in points.
var lengths = []struct {
	name   string
	points vg.Length
}{
	{"mm", vg.Millimeter}, {"cm", vg.Centimeter}, {"in", vg.Inch}, {"pt", 1},
}

// errSize says how a size is written.
var errSize = errors.New("no size of WIDTHxHEIGHT, in points or with a unit: 900x500, 17x9cm, 170x90mm, 6.5x4in")

// SetTheme reads a theme's name.
func (l *Look) SetTheme(name string) (err error) {
	l.Theme, err = ParseTheme(name)
	return err
}

// SetSize reads a size: 900x500 are points, 17x9cm centimetres.
func (l *Look) SetSize(text string) error {
	unit := vg.Length(1)
	for _, known := range lengths {
		if number, found := strings.CutSuffix(text, known.name); found {
			text, unit = number, known.points
			break
		}
	}
	width, height, found := strings.Cut(text, "x")
	if !found {
		return errSize
	}
	for _, side := range []struct {
		text string
		to   *vg.Length
	}{{width, &l.Width}, {height, &l.Height}} {
		v, err := strconv.ParseFloat(side.text, 64)
		if err != nil {
			return errSize
		}
		*side.to = vg.Length(v) * unit
		if !(*side.to >= leastSize && *side.to <= mostSize) {
			return fmt.Errorf("%s is out of range; a figure is %v to %v points wide and high, of which 72 are an inch",
				side.text, leastSize.Points(), mostSize.Points())
		}
	}
	return nil
}

// SetFormats reads a list of formats, with commas between.
func (l *Look) SetFormats(text string) error {
	asked := map[Format]bool{}
	for name := range strings.SplitSeq(text, ",") {
		format := Format(strings.ToLower(strings.TrimSpace(name)))
		if !slices.Contains(formats, format) {
			return fmt.Errorf("unknown format %q; %s", name, names.Suggest(name, []string{"png", "svg", "pdf"}))
		}
		asked[format] = true
	}
	l.Formats = nil
	for _, format := range formats {
		if asked[format] {
			l.Formats = append(l.Formats, format)
		}
	}
	return nil
}

// written are the formats of the files in a folder.
func (l *Look) written() []Format {
	if len(l.Formats) == 0 {
		return formats
	}
	return l.Formats
}

// Endings are those of the files that Save writes, data included.
func (l *Look) Endings() []string {
	list := []string{".csv"}
	for _, format := range l.written() {
		list = append(list, "."+string(format))
	}
	return list
}

// Shown is the format that a page of Markdown beside the files shows: the one asked for, if it is written.
func (l *Look) Shown(asked Format) Format {
	if written := l.written(); !slices.Contains(written, asked) {
		return written[0]
	}
	return asked
}

// roomy is the part of its own width and height below which a figure's panels have no room beside its texts.
const roomy = 0.7

// on is a figure as it is drawn. Texts keep their size, and panels get what room there is; where that would
// be too little the panels of a row stand in several, and where that does not do, the whole figure is made
// smaller.
func (l *Look) on(f *Figure) *Figure {
	drawn := *f
	drawn.Theme = l.Theme
	if l.Width > 0 {
		drawn.Width, drawn.Height = l.Width, l.Height
		drawn.Panels, drawn.shrunk = l.fitted(f)
	}
	return &drawn
}

// fitted are a figure's panels in as many columns as let it be shown largest, and how many times smaller than
// laid out it is then. Columns under one horizontal axis stay.
func (l *Look) fitted(f *Figure) (panels [][]*plot.Plot, shrunk float64) {
	shrunk = math.Inf(1)
	all := len(f.Panels[0])
	for columns := all; columns > 0; columns-- {
		folded := (all + columns - 1) / columns
		times := max(1, roomy*float64(f.Width/l.Width)*float64(columns)/float64(all),
			roomy*float64(f.Height/l.Height)*float64(folded))
		if times < shrunk {
			panels, shrunk = folds(f.Panels, columns), times
		}
		if f.SharedX {
			break
		}
	}
	return panels, shrunk
}

// Limits of a figure on a narrow page: the part of its own width that it must miss to be laid out anew, and
// the part of a panel's that is enough for one.
const (
	scalable = 0.8
	slim     = 0.45
)

// Narrowed is the figure as a page shows it that is so wide, with texts of their size. Where the page has not
// room for all panels of a row beside each other, the figure gets higher.
func (f *Figure) Narrowed(width vg.Length) *Figure {
	if width <= 0 || width >= scalable*f.Width {
		return f
	}
	all := len(f.Panels[0])
	columns := all
	for columns > 1 && slim*f.Width*vg.Length(columns)/vg.Length(all) > width && !f.SharedX {
		columns--
	}
	narrow := *f
	narrow.Panels = folds(f.Panels, columns)
	narrow.Width = width
	narrow.Height = f.Height * vg.Length(len(narrow.Panels)) / vg.Length(len(f.Panels))
	narrow.shrunk = slim * float64(f.Width/width) * float64(columns) / float64(all)
	return &narrow
}

// folds are rows of panels broken into rows of so many columns; the last of them may end in empty places.
func folds(rows [][]*plot.Plot, columns int) (list [][]*plot.Plot) {
	for _, row := range rows {
		for part := range slices.Chunk(row, columns) {
			list = append(list, append(slices.Clone(part), make([]*plot.Plot, columns-len(part))...))
		}
	}
	return list
}
