package figure

import (
	"bytes"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"testing"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
)

// sample is a figure with a panel of each kind of line.
func sample(t *testing.T) *Figure {
	t.Helper()
	f := &Figure{Name: "sample", Title: "Title", Note: "note", Width: 400, Height: 220}
	var points plotter.XYs
	for i := range 50 {
		points = append(points, plotter.XY{X: float64(i), Y: 1 + math.Sin(float64(i)/8)})
	}
	left, right := NewPlot("left", "x (s)", "y"), NewPlot("right", "x (s)", "y")
	line, err := Line(points, Blue)
	if err != nil {
		t.Fatal(err)
	}
	steps, err := Area(points, Vermilion)
	if err != nil {
		t.Fatal(err)
	}
	left.Add(line)
	right.Add(steps)
	FromZero(right)
	f.Panels = [][]*plot.Plot{{left, right}}
	f.Data = Table{Columns: []string{"x", "y"}}
	f.Data.Add("1", Cell(0.1))
	return f
}

func TestSameFigureSameBytes(t *testing.T) {
	var first, second bytes.Buffer
	for _, w := range []*bytes.Buffer{&first, &second} {
		f := sample(t)
		for _, format := range formats {
			if err := f.Write(w, format); err != nil {
				t.Fatal(err)
			}
		}
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("two drawings of one figure differ")
	}
}

func TestSaveWritesImageVectorAndData(t *testing.T) {
	dir := t.TempDir()
	f := sample(t)
	if err := f.Save(dir, Look{}); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(dir, "sample.png"))
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := img.Bounds().Dx(), int(f.Width.Dots(dpi)+0.5); got != want {
		t.Errorf("image is %d wide, want %d", got, want)
	}
	if r, g, b, _ := img.At(0, 0).RGBA(); r != 0xFFFF || g != 0xFFFF || b != 0xFFFF {
		t.Error("the background is not white")
	}
	text, err := os.ReadFile(filepath.Join(dir, "sample.csv"))
	if err != nil || string(text) != "x,y\n1,0.1\n" {
		t.Errorf("data %q, %v", text, err)
	}
	if _, err := os.Stat(filepath.Join(dir, "sample.svg")); err != nil {
		t.Error(err)
	}
}

func TestSaveNamesTheMissingFolder(t *testing.T) {
	if err := sample(t).Save(filepath.Join(t.TempDir(), "none"), Look{}); err == nil {
		t.Error("no error")
	}
}

func TestPaletteColoursDiffer(t *testing.T) {
	seen := map[any]bool{}
	for _, c := range Palette {
		if seen[c] {
			t.Errorf("%v twice", c)
		}
		seen[c] = true
	}
	if Color(len(Palette)) != Palette[0] {
		t.Error("the palette does not start again")
	}
}
