package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"sync/atomic"
	"text/tabwriter"

	"github.com/roofserve/roofserve/scenarios/fidelity"
	"github.com/roofserve/roofserve/scenarios/fidelity/parity"
	"github.com/roofserve/roofserve/scenarios/fidelity/splitwise"
	"github.com/roofserve/roofserve/scenarios/report/atomicfile"
)

func validateCommand() *command {
	return &command{
		name:    "validate",
		usage:   "MEASUREMENTS.csv [flags]",
		summary: "simulate measured deployments as they were measured, and report the errors",
		details: `MEASUREMENTS.csv has a row for each deployment under a closed loop of users: model (as on Hugging Face), system,
gpus, engine, weights, tp, isl, osl, concurrency, ttft_ms, tpot_ms, and optional columns. It may be gzipped. Rows that cannot be
modelled are listed with the reason, and counted; where that is every row, the exit status is 3. A file with the columns of
splitwise-sim's perf_model.csv (hardware, tensor_parallel, prompt_size, batch_size, token_size, prompt_time, token_time,
e2e_time) is held against the vLLM of 2023.

--leave-out judges out of sample: each model under an engine is left out in turn, the engines' constants are fitted to the
other rows, and its rows are predicted. This takes minutes.`,
		examples: []string{
			"roofserve validate measured.csv",
			"roofserve validate measured.csv.gz --out results/mine --json report.json",
			"roofserve validate measured.csv.gz --leave-out --out results/mine",
			"roofserve validate results/fidelity/splitwise/measured.csv.gz --out results/fidelity/splitwise",
		},
		run: validateMeasurements,
	}
}

func validateMeasurements(ctx context.Context, t terminal, c *command, args []string) error {
	f := newFlags(c)
	json := f.String("json", "", "write the errors as JSON to `FILE`; - for stdout, without the tables")
	out := f.String("out", "", "write predictions.csv, every row with its prediction, and a plot into `DIR`")
	leaveOut := f.Bool("leave-out", false, "fit the engines' constants anew without each model and engine in turn, and predict it")
	quiet := f.Bool("quiet", false, "print neither progress nor tables")
	file, done, err := f.parseOne(t, args, "MEASUREMENTS.csv")
	if done || err != nil {
		return err
	}
	if splitwise.Holds(file) {
		if *leaveOut {
			return f.apart("--leave-out", "measurements of splitwise-sim")
		}
		return validateSplitwise(ctx, t, file, *json, *out, *quiet)
	}
	table, err := fidelity.Open(file)
	if err != nil {
		return err
	}
	err = t.claim("validate", []string{file}, toFile("--json", *json), toStdout(!*quiet && *json != stdoutName),
		toFolder("--out", *out, validationFiles(*leaveOut)...))
	if err != nil {
		return err
	}
	if *leaveOut {
		return validateLeftOut(ctx, t, table, *json, *out, *quiet)
	}
	predictions, err := predictRows(ctx, t, table, *quiet)
	if err != nil {
		return err
	}
	r := fidelity.NewReport(predictions)
	if err := writePredictions(*out, table, predictions); err != nil {
		return err
	}
	return reportErrors(t, &r, *json, *quiet, func(w io.Writer) error { return writeScores(w, &r) })
}

// validationFiles are what is written into the folder of --out.
func validationFiles(leaveOut bool) []string {
	if leaveOut {
		return append(figureFiles("leftout"), "README.md", "predictions.csv")
	}
	return append(figureFiles("parity"), "predictions.csv")
}

// reportErrors writes the errors as JSON where that is asked for, and as text for people unless JSON takes stdout. Where no row
// could be compared there is nothing to be right or wrong about, and that is an error.
func reportErrors(t terminal, r *fidelity.Report, json string, quiet bool, text func(io.Writer) error) error {
	if err := writeJSON(t, json, r); err != nil {
		return err
	}
	if !quiet && json != stdoutName {
		if err := cannotWrite("stdout", text(t.out)); err != nil {
			return err
		}
	}
	if r.Overall.Rows > 0 {
		return nil
	}
	return fmt.Errorf("nothing was compared: all %d rows were skipped, line %d because %s", r.Skipped, r.SkippedRows[0].Line, r.SkippedRows[0].Reason)
}

func predictRows(ctx context.Context, t terminal, table *fidelity.Table, quiet bool) ([]fidelity.Prediction, error) {
	bar := newProgress(t, quiet, len(table.Rows))
	defer bar.finish()
	var simulated atomic.Int64
	return unlessInterrupted(ctx, func() ([]fidelity.Prediction, error) {
		return fidelity.Predict(ctx, table.Rows, func() { bar.at(int(simulated.Add(1))) })
	})
}

func writePredictions(folder string, table *fidelity.Table, predictions []fidelity.Prediction) error {
	if folder == "" {
		return nil
	}
	path := filepath.Join(folder, "predictions.csv")
	if err := atomicfile.Write(path, func(w io.Writer) error { return fidelity.WriteCSV(w, table, predictions) }); err != nil {
		return cannotWrite(path, err)
	}
	if !slices.ContainsFunc(predictions, func(p fidelity.Prediction) bool { return p.Skipped == "" }) {
		return nil // there is nothing to draw
	}
	drawn, err := (&parity.Figure{Name: "parity", Title: "Predicted against measured means", Note: "dashed: 20% off",
		Predictions: predictions, Group: func(r *fidelity.Row) string { return r.Engine }}).Draw()
	if err != nil {
		return err
	}
	return cannotWrite(folder, drawn.Save(folder))
}

// errorCells are the cells of one latency's errors; dashes where none was compared.
func errorCells(e *fidelity.Errors) string {
	if e.Rows == 0 {
		return "–\t–\t–"
	}
	return fmt.Sprintf("%.1f\t%.1f\t%+.1f", 100*e.MedianAPE, 100*e.P90APE, 100*e.MedianBias)
}

// writeScores prints the errors as tables.
func writeScores(w io.Writer, r *fidelity.Report) error {
	tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(tab, "errors (%)\trows\tTPOT median\tp90\tbias\tTTFT median\tp90\tbias\t")
	line := func(name string, s fidelity.Score) {
		fmt.Fprintf(tab, "%s\t%d\t%s\t%s\t\n", name, s.Rows, errorCells(&s.TPOT), errorCells(&s.TTFT))
	}
	line("all", r.Overall)
	for _, group := range []map[string]fidelity.Score{r.ByModel, r.BySystem, r.ByEngine} {
		for _, name := range slices.Sorted(maps.Keys(group)) {
			line(name, group[name])
		}
	}
	if err := tab.Flush(); err != nil {
		return err
	}
	for _, s := range r.SkippedRows {
		if _, err := fmt.Fprintf(w, "skipped line %d (%s): %s\n", s.Line, s.Model, s.Reason); err != nil {
			return err
		}
	}
	return nil
}
