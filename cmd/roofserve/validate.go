package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"path/filepath"
	"slices"
	"text/tabwriter"

	"github.com/roofserve/roofserve/internal/atomicfile"
	"github.com/roofserve/roofserve/internal/bounded"
	"github.com/roofserve/roofserve/internal/fault"
	"github.com/roofserve/roofserve/internal/fidelity"
	"github.com/roofserve/roofserve/internal/fidelity/leftout"
	"github.com/roofserve/roofserve/internal/fidelity/splitwise"
)

func validateCommand() *command {
	return &command{
		name:    "validate",
		usage:   "MEASUREMENTS.csv [flags]",
		summary: "simulate measured deployments as they were measured, and report the errors",
		details: `MEASUREMENTS.csv has a row for each deployment under a closed loop of users: model (as on Hugging Face), system,
gpus, engine, weights, tp, isl, osl, concurrency, ttft_ms, tpot_ms, and optional columns, such as output_tokens_per_s over the
whole benchmark. Requests that came at a rate have rate and requests instead of concurrency, and prefix_pool where so many
prompts came again. It may be gzipped. Rows that cannot be
modelled are listed with the reason, and counted; where that is every row, the exit status is 3. A file with the columns of
splitwise-sim's perf_model.csv (hardware, tensor_parallel, prompt_size, batch_size, token_size, prompt_time, token_time,
e2e_time) is held against the vLLM of 2023. A benchmark's result (docs/reference/traces.md) is a measurement for each of its
runs; flags say on what it ran.

--leave-out judges out of sample: each model under an engine, each model, engine and number format is left out in turn, the
engines' constants are fitted to the other rows, and its rows are predicted. This takes minutes. With --catalogue the
constants that all rows give are written into the engines' files, of which roofserve is then built again.`,
		examples: []string{
			"roofserve validate measured.csv",
			"roofserve validate measured.csv.gz --out results/mine --json report.json",
			"roofserve validate measured.csv.gz --leave-out --out results/mine",
			"roofserve validate vllm-result.json --system h100 --gpus 2 --engine-version 0.11",
			"roofserve validate measured.csv.gz --leave-out --out results/fidelity/leftout --catalogue sim/engines",
			"roofserve validate results/fidelity/splitwise/measured.csv.gz --out results/fidelity/splitwise",
		},
		run: validateMeasurements,
	}
}

func validateMeasurements(ctx context.Context, t terminal, c *command, args []string) error {
	f := newFlags(c)
	o := &validateOutputs{}
	o.register(f)
	leaveOut := f.Bool("leave-out", false, "fit the engines' constants anew without each model and engine in turn, and predict it")
	catalogue := f.String("catalogue", "", "with --leave-out, write the constants fitted to all rows into the engines' files of `DIR`")
	deployment, known := deploymentFlags(f)
	f.excludes("leave-out", known...)
	file, done, err := f.parseOne(t, args, "MEASUREMENTS.csv")
	if done || err != nil {
		return err
	}
	if fidelity.IsBenchmark(file) {
		if *leaveOut {
			return f.apart("--leave-out", "a benchmark's result")
		}
		return validateBenchmark(ctx, t, file, deployment, o)
	}
	if err := f.without("a table of measurements", known...); err != nil {
		if foreign := fidelity.Foreign(file); foreign != nil {
			return foreign
		}
		return err
	}
	if splitwise.Holds(file) {
		if *leaveOut {
			return f.apart("--leave-out", "measurements of splitwise-sim")
		}
		return validateSplitwise(ctx, t, file, o)
	}
	if !bounded.IsRegular(file) {
		// Of what is no file the reader's error says what it is; a pipe cannot be read twice.
		if _, err := fidelity.Open(file); err != nil {
			return err
		}
		return misuse(file, "is a pipe, and measurements are read twice", "give a file")
	}
	rows, err := fidelity.Count(file)
	if err != nil {
		return err
	}
	err = o.claim(t, file, o.files(*leaveOut), toFolder("--catalogue", *catalogue, leftout.Catalogue()...))
	if err != nil {
		return err
	}
	if *catalogue != "" && !*leaveOut {
		return f.misuse("--catalogue needs --leave-out")
	}
	if !*leaveOut {
		return validateRows(ctx, t, file, rows, o)
	}
	table, err := fidelity.Open(file)
	if err != nil {
		return err
	}
	return validateLeftOut(ctx, t, table, *catalogue, o)
}

// validateRows is validate for rows that are simulated as they are read. Memory does not grow with their
// number.
func validateRows(ctx context.Context, t terminal, file string, rows int, o *validateOutputs) error {
	v := &validation{file: file, reporter: fidelity.NewReporter(), bar: newProgress(t, o.quiet, rows)}
	err := v.run(ctx, o.out)
	v.bar.finish()
	if err != nil {
		return err
	}
	if err := o.drawParity(v.kept.Kept, v.kept.Stride); err != nil {
		return err
	}
	r := v.reporter.Report()
	return o.report(t, &r, func(w io.Writer) error { return writeScores(w, &r) })
}

// validation is the rows of a file on their way from measurement to report.
type validation struct {
	file     string
	reporter *fidelity.Reporter
	kept     fidelity.Thinned // of those that were simulated, to be drawn
	bar      progress
}

// run simulates all rows, and writes each back below a folder, unless that is empty.
func (v *validation) run(ctx context.Context, folder string) error {
	if folder == "" {
		return v.stream(ctx, io.Discard)
	}
	path := filepath.Join(folder, "predictions.csv")
	err := atomicfile.Write(path, func(w io.Writer) error { return v.stream(ctx, w) })
	if wrong := (*fault.Error)(nil); err == nil || ctx.Err() != nil || errors.As(err, &wrong) {
		return err
	}
	return cannotWrite(path, err)
}

func (v *validation) stream(ctx context.Context, w io.Writer) error {
	_, err := unlessInterrupted(ctx, func() (struct{}, error) {
		var out *fidelity.Writer
		start := func(header []string) (err error) {
			out, err = fidelity.NewWriter(w, header)
			return err
		}
		err := fidelity.Stream(ctx, v.file, start, func(p *fidelity.Prediction) error {
			v.reporter.Add(p)
			if p.Skipped == "" {
				v.kept.Add(p)
			}
			v.bar.add()
			return out.Add(p)
		})
		if err != nil {
			return struct{}{}, err
		}
		return struct{}{}, out.Close()
	})
	return err
}

// errorCells are the cells of one latency's errors; dashes where none was compared.
func errorCells(e *fidelity.Errors) string {
	if e.Rows == 0 {
		return "–\t–\t–"
	}
	return fmt.Sprintf("%.1f\t%.1f\t%+.1f", 100*e.MedianAPE, 100*e.P90APE, 100*e.MedianBias)
}

// boundCells are how many measurements lie within their intervals, and half of these' width; dashes where
// there are none.
func boundCells(e *fidelity.Errors) string {
	if e.Rows == 0 || math.IsNaN(e.IntervalCoverage) {
		return "–\t–"
	}
	return fmt.Sprintf("%.1f\t%.1f", 100*e.IntervalCoverage, 100*e.IntervalHalfWidth)
}

// writeScores prints the errors as tables.
func writeScores(w io.Writer, r *fidelity.Report) error {
	tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	each := func(line func(name string, s fidelity.Score)) {
		line("all", r.Overall)
		for _, group := range []map[string]fidelity.Score{r.ByModel, r.BySystem, r.ByEngine} {
			for _, name := range slices.Sorted(maps.Keys(group)) {
				line(name, group[name])
			}
		}
	}
	if r.Overall.Output.Rows == 0 || r.Overall.TPOT.Rows+r.Overall.TTFT.Rows > 0 {
		fmt.Fprintln(tab, "errors (%)\trows\tTPOT median\tp90\tbias\tTTFT median\tp90\tbias\tTPOT within 5–95%\thalf-width\t")
		each(func(name string, s fidelity.Score) {
			fmt.Fprintf(tab, "%s\t%d\t%s\t%s\t%s\t\n", name, s.Rows, errorCells(&s.TPOT), errorCells(&s.TTFT), boundCells(&s.TPOT))
		})
	}
	if r.Overall.Output.Rows > 0 {
		fmt.Fprintln(tab, "errors (%)\trows\tthroughput median\tp90\tbias\twithin 5–95%\thalf-width\t")
		each(func(name string, s fidelity.Score) {
			fmt.Fprintf(tab, "%s\t%d\t%s\t%s\t\n", name, s.Output.Rows, errorCells(&s.Output), boundCells(&s.Output))
		})
	}
	if err := tab.Flush(); err != nil {
		return err
	}
	for _, s := range r.SkippedRows {
		if _, err := fmt.Fprintf(w, "skipped line %d (%s): %s\n", s.Line, s.Model, s.Reason); err != nil {
			return err
		}
	}
	if more := r.Skipped - len(r.SkippedRows); more > 0 {
		_, err := fmt.Fprintf(w, "skipped %d more\n", more)
		return err
	}
	return nil
}
