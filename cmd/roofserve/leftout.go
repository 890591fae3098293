package main

import (
	"context"
	"io"

	"github.com/roofserve/roofserve/internal/fidelity"
	"github.com/roofserve/roofserve/internal/fidelity/leftout"
)

// validateLeftOut is validate for rows that the fit of the engines' constants leaves out.
// The fit to all rows is written into the engines' files of catalogue, unless that is empty.
func validateLeftOut(ctx context.Context, t terminal, table *fidelity.Table, json, out, catalogue string,
	quiet bool) error {
	bar := newProgress(t, quiet, leftout.Fits(table))
	fits := 0
	e, err := unlessInterrupted(ctx, func() (*leftout.Evaluation, error) {
		return leftout.Evaluate(ctx, table, func() { fits++; bar.at(fits) })
	})
	bar.finish()
	if err != nil {
		return err
	}
	if out != "" {
		if err := e.Save(out); err != nil {
			return cannotWrite(out, err)
		}
	}
	if catalogue != "" {
		if err := e.WriteCatalogue(catalogue); err != nil {
			return cannotWrite(catalogue, err)
		}
	}
	r := fidelity.NewReport(append(e.Out, e.Skipped...))
	return reportErrors(t, &r, json, quiet, func(w io.Writer) error { return writeScores(w, &r) })
}
