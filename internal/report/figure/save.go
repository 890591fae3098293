package figure

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"golang.org/x/sync/errgroup"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"

	"github.com/roofserve/roofserve/internal/atomicfile"
)

// Format is a kind of image file, named as its ending.
type Format string

// The formats.
const (
	PNG Format = "png"
	SVG Format = "svg"
	PDF Format = "pdf"
)

// formats are what Save writes.
var formats = []Format{PNG, SVG, PDF}

// Endings are those of the files that Save writes, data included.
func Endings() []string {
	list := []string{".csv"}
	for _, format := range formats {
		list = append(list, "."+string(format))
	}
	return list
}

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
		return f.writePDF(w)
	case SVG:
		c := vgsvg.New(f.Width, f.Height)
		f.Draw(c)
		_, err := c.WriteTo(w)
		return err
	default:
		c := vgimg.PngCanvas{Canvas: vgimg.NewWith(vgimg.UseWH(f.Width, f.Height), vgimg.UseDPI(dpi))}
		f.Draw(c)
		_, err := c.WriteTo(w)
		return err
	}
}

// Save writes the figure into a folder in every format, as Name.png and so on, with its data in Name.csv, all
// at once: a sweep of a thousand cases waits as long for its figure as for a tenth of the cases.
func (f *Figure) Save(dir string) error {
	base := filepath.Join(dir, f.Name)
	var files errgroup.Group
	for _, format := range formats {
		files.Go(func() error { return f.image(base+"."+string(format), format) })
	}
	files.Go(func() error { return atomicfile.Write(base+".csv", f.Data.WriteCSV) })
	return files.Wait()
}

// SaveAs writes one image, of the format that path ends in, with its data in a CSV file beside it.
func (f *Figure) SaveAs(path string) error {
	format, err := FormatOf(path)
	if err != nil {
		return err
	}
	if err := f.image(path, format); err != nil {
		return err
	}
	return atomicfile.Write(strings.TrimSuffix(path, filepath.Ext(path))+".csv", f.Data.WriteCSV)
}

func (f *Figure) image(path string, format Format) error {
	return atomicfile.Write(path, func(w io.Writer) error { return f.Write(w, format) })
}
