package leftout

import (
	"io"
	"os"
	"path/filepath"

	"github.com/roofserve/roofserve/scenarios/fidelity"
	"github.com/roofserve/roofserve/scenarios/fidelity/parity"
	"github.com/roofserve/roofserve/scenarios/report/atomicfile"
)

// Save writes the report into a folder: README.md, predictions.csv with every row's prediction by the fit that left its cell out, and the
// figure. The same measurements give the same bytes.
func (e *Evaluation) Save(dir string) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	for _, file := range []struct {
		name  string
		write func(io.Writer) error
	}{
		{"README.md", e.writePage},
		{"predictions.csv", func(w io.Writer) error { return fidelity.WriteCSV(w, e.Table, e.Out) }},
	} {
		if err := atomicfile.Write(filepath.Join(dir, file.name), file.write); err != nil {
			return err
		}
	}
	f, err := (&parity.Figure{Name: "leftout", Title: "Cells left out of the fit: predicted against measured means",
		Note:        "engine constants fitted without the cell shown; grey: the GPU's data sheet alone; dashed: 20% off",
		Predictions: e.Out, Roofline: e.Roofline, Group: cellOf}).Draw()
	if err != nil {
		return err
	}
	return f.Save(dir)
}
