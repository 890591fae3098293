package splitwise

import (
	"io"

	"github.com/roofserve/roofserve/internal/atomicfile"
	"github.com/roofserve/roofserve/internal/fidelity"
	"github.com/roofserve/roofserve/internal/report/figure"
)

// Save writes the report into a folder: README.md, predictions.csv and the figure. The same measurements give
// the same bytes.
func Save(dir string, look figure.Look, e *Evaluation, fits []*Fitted) error {
	err := atomicfile.WriteFolder(dir,
		atomicfile.Named{Name: "README.md",
			Write: func(w io.Writer) error { return writePage(w, e, fits, look.Shown(figure.PNG)) }},
		atomicfile.Named{Name: "predictions.csv",
			Write: func(w io.Writer) error { return fidelity.WriteCSV(w, &e.Table.Table, e.Predictions) }})
	if err != nil {
		return err
	}
	f, err := plotOf(e)
	if err != nil {
		return err
	}
	return f.Save(dir, look)
}
