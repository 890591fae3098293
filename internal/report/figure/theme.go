package figure

import (
	"fmt"
	"image/color"
	"strings"

	"github.com/roofserve/roofserve/internal/names"
)

// Theme is the ground that a figure stands on. Figures are described in the light theme's colours; drawing
// one in another theme replaces each colour by its counterpart.
type Theme int

// The themes.
const (
	Light Theme = iota // for paper and bright screens
	Dark
)

// themes in the order of their constants.
var themes = [...]struct {
	name string
	colors
}{
	{"light", colors{
		Background: color.NRGBA{0xFF, 0xFF, 0xFF, 0xFF},
		Ink:        color.NRGBA{0x22, 0x22, 0x22, 0xFF},
		Muted:      color.NRGBA{0x55, 0x55, 0x55, 0xFF},
		Grid:       color.NRGBA{0xE6, 0xE6, 0xE6, 0xFF},
		series:     Palette,
	}},
	{"dark", colors{
		Background: color.NRGBA{0x15, 0x18, 0x1D, 0xFF},
		Ink:        color.NRGBA{0xE8, 0xEA, 0xED, 0xFF},
		Muted:      color.NRGBA{0xA9, 0xAF, 0xB7, 0xFF},
		Grid:       color.NRGBA{0x2E, 0x33, 0x3B, 0xFF},
		// The palette's hues, lighter, so that each has the contrast on the dark ground that it has on white.
		series: [...]color.NRGBA{
			{0x4C, 0x9B, 0xE0, 0xFF}, {0xF0, 0x80, 0x3C, 0xFF}, {0x2C, 0xC7, 0x9A, 0xFF}, {0xDE, 0x9A, 0xC4, 0xFF},
			{0xF2, 0xB6, 0x32, 0xFF}, {0x9A, 0xDC, 0xFF, 0xFF}, {0xA9, 0xAF, 0xB7, 0xFF},
		},
	}},
}

// colors are what a theme draws with.
type colors struct {
	Background color.NRGBA
	Ink        color.NRGBA // titles and tick labels
	Muted      color.NRGBA // axis labels and notes
	Grid       color.NRGBA
	series     [len(Palette)]color.NRGBA
}

// ink of everything that a figure is described with.
var ink = &themes[Light].colors

// ParseTheme reads a theme's name.
func ParseTheme(name string) (Theme, error) {
	var known []string
	for i, t := range themes {
		if strings.EqualFold(name, t.name) {
			return Theme(i), nil
		}
		known = append(known, t.name)
	}
	return Light, fmt.Errorf("unknown theme %q; %s", name, names.Suggest(name, known))
}

// String is the theme's name.
func (t Theme) String() string { return themes[t].name }

// roles pairs every colour of the light theme with a name and its counterpart in t.
func (t Theme) roles(yield func(name string, light, own color.NRGBA)) {
	own := &themes[t].colors
	yield("background", ink.Background, own.Background)
	yield("ink", ink.Ink, own.Ink)
	yield("muted", ink.Muted, own.Muted)
	yield("grid", ink.Grid, own.Grid)
	for i := range Palette {
		yield(fmt.Sprintf("series-%d", i), ink.series[i], own.series[i])
	}
}

// counterparts maps the light theme's colours to t's. What plotters draw in plain black is ink.
func (t Theme) counterparts() map[color.NRGBA]color.NRGBA {
	table := map[color.NRGBA]color.NRGBA{}
	t.roles(func(_ string, light, own color.NRGBA) { table[light] = own })
	table[color.NRGBA{A: 0xFF}] = themes[t].Ink
	return table
}

// Palette is Okabe and Ito's set of colours that stay apart under every common colour blindness (Color
// Universal Design, 2008; the values as in B. Wong, Nature Methods 8:441, 2011), the strongest on white first
// and without the yellow, which white swallows.
var Palette = [...]color.NRGBA{
	{0x00, 0x72, 0xB2, 0xFF}, // blue
	{0xD5, 0x5E, 0x00, 0xFF}, // vermilion
	{0x00, 0x9E, 0x73, 0xFF}, // green
	{0xCC, 0x79, 0xA7, 0xFF}, // purple
	{0xE6, 0x9F, 0x00, 0xFF}, // orange
	{0x56, 0xB4, 0xE9, 0xFF}, // sky
	{0x55, 0x55, 0x55, 0xFF}, // grey, for black
}

// Names of the palette's colours.
const (
	Blue = iota
	Vermilion
	Green
	Purple
	Orange
	Sky
	Grey
)

// Color is the palette's colour number i, starting again after the last.
func Color(i int) color.NRGBA { return Palette[i%len(Palette)] }
