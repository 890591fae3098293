package main

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/roofserve/roofserve/internal/fidelity"
	"github.com/roofserve/roofserve/internal/fidelity/splitwise"
)

// validateSplitwise is validate for measurements of the Splitwise study, which are of phases of batches.
func validateSplitwise(ctx context.Context, t terminal, file string, o *validateOutputs) error {
	table, err := fidelity.ReadFile(file, splitwise.Read)
	if err != nil {
		return err
	}
	if err := o.claim(t, file, append(figureFiles(o.look, "splitwise"), "README.md", "predictions.csv")); err != nil {
		return err
	}
	e, err := unlessInterrupted(ctx, func() (*splitwise.Evaluation,
		error) {
		return splitwise.Evaluate(ctx, table)
	})
	if err != nil {
		return err
	}
	if o.out != "" {
		fits, err := e.Fit(ctx)
		if err != nil {
			return err
		}
		if err := splitwise.Save(o.out, *o.look, e, fits); err != nil {
			return cannotWrite(o.out, err)
		}
	}
	r := fidelity.NewReport(e.Predictions)
	return o.report(t, &r, func(w io.Writer) error { return writePhases(w, e) })
}

// writePhases prints the errors of each phase, system and TP.
func writePhases(w io.Writer, e *splitwise.Evaluation) error {
	tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(tab, "errors (%)\tTP\t\trows\tmedian\tp90\tbias\troofline\t")
	for _, s := range e.Scores {
		role := "fitted"
		if s.TP == splitwise.TestTP {
			role = "test"
		}
		fmt.Fprintf(tab, "%s %s\t%d\t%s\t%d\t%.1f\t%.1f\t%+.1f\t%.1f\t\n", s.System, s.Phase, s.TP, role, s.Rows,
			100*s.MedianAPE, 100*s.P90APE, 100*s.MedianBias, 100*s.Roofline.MedianAPE)
	}
	if err := tab.Flush(); err != nil {
		return err
	}
	left := 0
	for _, reason := range e.Table.Reasons {
		if reason != "" {
			left++
		}
	}
	_, err := fmt.Fprintf(w, "%d of %d rows are left out\n", left, len(e.Table.Reasons))
	return err
}
