package leftout

import (
	"io"

	"github.com/roofserve/roofserve/internal/atomicfile"
	"github.com/roofserve/roofserve/internal/fidelity"
	"github.com/roofserve/roofserve/internal/fidelity/parity"
	"github.com/roofserve/roofserve/internal/report/figure"
)

// Save writes the report into a folder: README.md, predictions.csv with every row's prediction by the fit
// that left its cell out, and the figure. The same measurements give the same bytes.
func (e *Evaluation) Save(dir string, look figure.Look) error {
	err := atomicfile.WriteFolder(dir,
		atomicfile.Named{Name: "README.md", Write: func(w io.Writer) error { return e.writePage(w, look.Shown(figure.PNG)) }},
		atomicfile.Named{Name: "predictions.csv", Write: func(w io.Writer) error { return fidelity.WriteCSV(w, e.Table, e.Out) }})
	if err != nil {
		return err
	}
	f, err := (&parity.Figure{Name: "leftout", Title: "Cells left out of the fit: predicted against measured means",
		Note:        "engine constants fitted without the cell shown; grey: the GPU's data sheet alone; dashed: 20% off; arrowheads: more than 60%",
		Predictions: e.Out, Roofline: e.Roofline, Group: func(r *fidelity.Row) string { return r.Engine }}).Draw()
	if err != nil {
		return err
	}
	return f.Save(dir, look)
}
