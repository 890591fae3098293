package figure

import (
	"bytes"
	"fmt"
	"html"
	"image/color"
	"regexp"
	"strconv"
	"strings"
)

// styleColor is a colour in the attributes that package vgsvg writes.
var styleColor = regexp.MustCompile(`(fill|stroke):#([0-9A-F]{6})`)

// Inline is the figure as an SVG element for an HTML page: as wide as its place, and in the page's colours,
// which Variables defines.
func (f *Figure) Inline() (string, error) {
	var b bytes.Buffer
	var hints sayings
	light := *f
	light.Theme = Light
	if err := light.writeSVG(&b, &hints); err != nil {
		return "", err
	}
	_, body, _ := strings.Cut(b.String(), "xmlns:xlink=\"http://www.w3.org/1999/xlink\">")
	body = styleColor.ReplaceAllStringFunc(body, func(text string) string {
		m := styleColor.FindStringSubmatch(text)
		if name := role(m[2]); name != "" {
			return m[1] + ":var(--" + name + ")"
		}
		return text
	})
	return fmt.Sprintf(`<svg viewBox="0 0 %g %g" role="img" aria-label="%s">`, f.Width.Points(), f.Height.Points(),
		html.EscapeString(f.Label())) + strings.Replace(body, "</svg>", hints.elements(f.Height)+"</svg>", 1), nil
}

// Label names the figure for those who cannot see it.
func (f *Figure) Label() string {
	if f.Title != "" {
		return f.Title
	}
	if p := f.Panels[0][0]; p != nil {
		return p.Title.Text
	}
	return f.Name
}

// role is the name of the light theme's colour that is nearest, where one is very near: package vgsvg rounds
// the colours of transparent areas down.
func role(hex string) string {
	v, err := strconv.ParseUint(hex, 16, 32)
	if err != nil {
		return ""
	}
	near := func(channel uint8, shift int) bool {
		d := int(channel) - int(v>>shift&0xFF)
		return d >= -1 && d <= 1
	}
	found := ""
	Light.roles(func(name string, c, _ color.NRGBA) {
		if near(c.R, 16) && near(c.G, 8) && near(c.B, 0) {
			found = name
		}
	})
	return found
}

// Variables are the theme's colours as CSS variables for Inline's figures: "--ink:#222222;…".
func (t Theme) Variables() string {
	var b strings.Builder
	t.roles(func(name string, _, c color.NRGBA) { fmt.Fprintf(&b, "--%s:#%02X%02X%02X;", name, c.R, c.G, c.B) })
	return b.String()
}
