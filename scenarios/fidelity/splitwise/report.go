package splitwise

import (
	"io"
	"os"
	"path/filepath"

	"github.com/roofserve/roofserve/scenarios/fidelity"
	"github.com/roofserve/roofserve/scenarios/report/atomicfile"
)

// Save writes the report into a folder: README.md, predictions.csv and the figure. The same measurements give the same bytes.
func Save(dir string, e *Evaluation, fits []*Fitted) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	for _, file := range []struct {
		name  string
		write func(io.Writer) error
	}{
		{"README.md", func(w io.Writer) error { return writePage(w, e, fits) }},
		{"predictions.csv", func(w io.Writer) error { return fidelity.WriteCSV(w, &e.Table.Table, e.Predictions) }},
	} {
		if err := atomicfile.Write(filepath.Join(dir, file.name), file.write); err != nil {
			return err
		}
	}
	f, err := plotOf(e)
	if err != nil {
		return err
	}
	return f.Save(dir)
}
