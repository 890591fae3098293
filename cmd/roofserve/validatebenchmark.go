package main

import (
	"context"
	"io"
	"path/filepath"

	"github.com/roofserve/roofserve/internal/atomicfile"
	"github.com/roofserve/roofserve/internal/fidelity"
)

// deploymentFlags adds the flags that say what a benchmark's result does not, and lists their names.
func deploymentFlags(f *flags) (d *fidelity.Deployment, names []string) {
	d = &fidelity.Deployment{}
	text := func(to *string, name, usage string) {
		names = append(names, name)
		f.StringVar(to, name, "", "of a benchmark's result: "+usage)
	}
	count := func(to *int, name, usage string) {
		names = append(names, name)
		f.count(to, name, "of a benchmark's result: "+usage)
	}
	text(&d.System, "system", "the `DEVICE` that it ran on")
	count(&d.GPUs, "gpus", "`N` GPUs (default 1)")
	text(&d.Model, "model", "the `MODEL`, unless the result says it")
	text(&d.Engine, "engine", "the `ENGINE`, unless the result says it")
	text(&d.EngineVersion, "engine-version", "its `VERSION`")
	text(&d.Weights, "weights", "their `FORMAT`")
	text(&d.KV, "kv", "the `FORMAT` of the cache")
	count(&d.TP, "tp", "tensor parallelism of `N` (default the GPUs)")
	count(&d.PP, "pp", "`N` pipeline stages")
	count(&d.DPAttention, "dp", "data-parallel attention of `N` ranks")
	count(&d.EP, "ep", "expert parallelism of `N`")
	count(&d.Concurrency, "concurrency", "`N` users, unless the result says it")
	count(&d.InputTokens, "isl", "`N` prompt tokens, unless the result says it")
	count(&d.OutputTokens, "osl", "`N` output tokens, unless the result says it")
	return d, names
}

// validateBenchmark is validate for a benchmark's result, each run of which is a measurement.
func validateBenchmark(ctx context.Context, t terminal, file string, d *fidelity.Deployment,
	o *validateOutputs) error {
	table, err := fidelity.OpenBenchmark(file, *d)
	if err != nil {
		return err
	}
	if err := o.claim(t, file, o.files(false)); err != nil {
		return err
	}
	predictions, err := unlessInterrupted(ctx, func() (list []fidelity.Prediction, _ error) {
		for i := range table.Rows {
			list = append(list, fidelity.Predict(ctx, &table.Rows[i]))
		}
		return list, ctx.Err()
	})
	if err != nil {
		return err
	}
	if o.out != "" {
		path := filepath.Join(o.out, "predictions.csv")
		write := func(w io.Writer) error { return fidelity.WriteCSV(w, table, predictions) }
		if err := atomicfile.Write(path, write); err != nil {
			return cannotWrite(path, err)
		}
	}
	if err := o.drawParity(predictions, 1); err != nil {
		return err
	}
	r := fidelity.NewReport(predictions)
	return o.report(t, &r, func(w io.Writer) error { return writeScores(w, &r) })
}
