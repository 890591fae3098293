package main

import (
	"context"
	"io"

	"github.com/roofserve/roofserve/internal/fidelity"
	"github.com/roofserve/roofserve/internal/fidelity/leftout"
)

// validateLeftOut is validate for rows that the fit of the engines' constants leaves out.
// The fit to all rows is written into the engines' files of catalogue, unless that is empty.
func validateLeftOut(ctx context.Context, t terminal, table *fidelity.Table, catalogue string,
	o *validateOutputs) error {
	bar := newProgress(t, o.quiet, leftout.Fits(table))
	fits := 0
	e, err := unlessInterrupted(ctx, func() (*leftout.Evaluation, error) {
		return leftout.Evaluate(ctx, table, func() { fits++; bar.at(fits) })
	})
	bar.finish()
	if err != nil {
		return err
	}
	if o.out != "" {
		if err := e.Save(o.out, *o.look); err != nil {
			return cannotWrite(o.out, err)
		}
	}
	if catalogue != "" {
		if err := e.WriteCatalogue(catalogue); err != nil {
			return cannotWrite(catalogue, err)
		}
	}
	r := fidelity.NewReport(append(e.Out, e.Skipped...))
	return o.report(t, &r, func(w io.Writer) error { return writeScores(w, &r) })
}
