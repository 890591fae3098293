//go:build !js

package figure

import (
	"io"
	"path/filepath"
	"strings"

	"golang.org/x/sync/errgroup"
	"gonum.org/v1/plot/vg/vgimg"

	"github.com/roofserve/roofserve/internal/atomicfile"
	"github.com/roofserve/roofserve/internal/report/pdf"
)

// In a browser there are no files, and figures are parts of its page: there this file is left out, and with
// it what draws rasters and PDF.

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
