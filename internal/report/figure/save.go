package figure

import (
	"bytes"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"golang.org/x/sync/errgroup"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"

	"github.com/roofserve/roofserve/internal/atomicfile"
	"github.com/roofserve/roofserve/internal/report/pdf"
)

// Format is a kind of image file, named as its ending.
type Format string

// The formats.
const (
	PNG Format = "png"
	SVG Format = "svg"
	PDF Format = "pdf"
)

// formats are all that there are.
var formats = []Format{PNG, SVG, PDF}

// FormatOf is the format that a file's name asks for.
func FormatOf(path string) (Format, error) {
	ending := Format(strings.ToLower(strings.TrimPrefix(filepath.Ext(path), ".")))
	for _, f := range formats {
		if ending == f {
			return f, nil
		}
	}
	return "", fmt.Errorf("%s has an unknown kind of image; use a name that ends in .png, .svg or .pdf", path)
}

// dpi of PNG files: sharp on a dense screen at the size that the figure states.
const dpi = 144

// Write writes the figure as an image.
func (f *Figure) Write(w io.Writer, format Format) error {
	switch format {
	case PDF:
		c := pdf.New(f.Width, f.Height)
		f.Draw(c)
		_, err := c.WriteTo(w)
		return err
	case SVG:
		return f.writeSVG(w, nil)
	default:
		c := vgimg.PngCanvas{Canvas: vgimg.NewWith(vgimg.UseWH(f.Width, f.Height), vgimg.UseDPI(dpi))}
		f.Draw(c)
		_, err := c.WriteTo(w)
		return err
	}
}

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

// Save writes the figure into a folder, as Name.png and so on, with its data in Name.csv, all at once: a
// sweep of a thousand cases waits as long for its figure as for a tenth of the cases.
func (f *Figure) Save(dir string, look Look) error {
	base := filepath.Join(dir, f.Name)
	var files errgroup.Group
	drawn := look.on(f)
	for _, format := range look.written() {
		files.Go(func() error { return drawn.image(base+"."+string(format), format) })
	}
	files.Go(func() error { return atomicfile.Write(base+".csv", f.Data.WriteCSV) })
	return files.Wait()
}

// SaveAs writes one image, of the format that path ends in, with its data in a CSV file beside it.
func (f *Figure) SaveAs(path string, look Look) error {
	format, err := FormatOf(path)
	if err != nil {
		return err
	}
	if err := look.on(f).image(path, format); err != nil {
		return err
	}
	return atomicfile.Write(strings.TrimSuffix(path, filepath.Ext(path))+".csv", f.Data.WriteCSV)
}

func (f *Figure) image(path string, format Format) error {
	return atomicfile.Write(path, func(w io.Writer) error { return f.Write(w, format) })
}
