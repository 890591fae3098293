package figure

import (
	"bytes"
	"io"

	"gonum.org/v1/plot/vg/vgsvg"
)

// family is what texts of SVG files are set in where the house's font is not at hand: what is as wide.
const family = "font-family:Liberation Sans,Arial,Helvetica,sans-serif;"

// writeSVG writes the figure as SVG and collects what is said of its places.
func (f *Figure) writeSVG(w io.Writer, hints *sayings) error {
	c := vgsvg.New(f.Width, f.Height)
	f.draw(c, hints)
	var b bytes.Buffer
	if _, err := c.WriteTo(&b); err != nil {
		return err
	}
	_, err := w.Write(bytes.ReplaceAll(b.Bytes(), []byte("font-family:Liberation Sans;"), []byte(family)))
	return err
}
