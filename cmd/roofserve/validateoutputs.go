package main

import (
	"fmt"
	"io"

	"github.com/roofserve/roofserve/internal/fidelity"
	"github.com/roofserve/roofserve/internal/fidelity/parity"
	"github.com/roofserve/roofserve/internal/report/figure"
)

// validateOutputs say where the errors of predictions go.
type validateOutputs struct {
	json, out string
	look      *figure.Look
	quiet     bool
}

func (o *validateOutputs) register(f *flags) {
	f.StringVar(&o.json, "json", "", "write the errors as JSON to `FILE`; - for stdout, without the tables")
	f.StringVar(&o.out, "out", "", "write predictions.csv, every row with its prediction, and a plot into `DIR`")
	o.look = f.folderLook("out")
	f.BoolVar(&o.quiet, "quiet", false, "print neither progress nor tables")
}

// prints tells whether tables go to stdout.
func (o *validateOutputs) prints() bool { return !o.quiet && o.json != stdoutName }

// claim makes sure that the outputs can be written, the files of the folder and others.
func (o *validateOutputs) claim(t terminal, file string, files []string, others ...destination) error {
	outputs := []destination{toFile("--json", o.json), toStdout(o.prints()), toFolder("--out", o.out, files...)}
	return t.claim("validate", []string{file}, append(outputs, others...)...)
}

// files are what is written into the folder of --out.
func (o *validateOutputs) files(leaveOut bool) []string {
	if leaveOut {
		return append(figureFiles(o.look, "leftout"), "README.md", "predictions.csv")
	}
	return append(figureFiles(o.look, "parity"), "predictions.csv")
}

// drawParity draws predictions against measurements into the folder; nothing where there are none.
func (o *validateOutputs) drawParity(predictions []fidelity.Prediction, stride int) error {
	if o.out == "" || len(predictions) == 0 {
		return nil
	}
	note := "dashed: 20% off; arrowheads: more than 60%"
	if stride > 1 {
		note += fmt.Sprintf("; one in %d rows", stride)
	}
	drawn, err := (&parity.Figure{Name: "parity", Title: "Predicted against measured means", Note: note,
		Predictions: predictions, Group: func(r *fidelity.Row) string { return r.Engine }}).Draw()
	if err != nil || len(drawn.Panels[0]) == 0 {
		return err
	}
	return cannotWrite(o.out, drawn.Save(o.out, *o.look))
}

// report writes the errors as JSON where that is asked for, and as text for people unless JSON takes
// stdout. Where no row could be compared there is nothing to be right or wrong about, and that is an error.
func (o *validateOutputs) report(t terminal, r *fidelity.Report, text func(io.Writer) error) error {
	if err := writeJSON(t, o.json, r); err != nil {
		return err
	}
	if o.prints() {
		if err := cannotWrite("stdout", text(t.out)); err != nil {
			return err
		}
	}
	if r.Overall.Rows > 0 {
		return nil
	}
	return fmt.Errorf("nothing was compared: all %d rows were skipped, line %d because %s", r.Skipped, r.SkippedRows[0].Line, r.SkippedRows[0].Reason)
}
