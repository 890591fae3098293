package main

import (
	"context"

	"github.com/roofserve/roofserve/internal/report"
	"github.com/roofserve/roofserve/internal/report/figure"
	"github.com/roofserve/roofserve/workloads"
)

func workloadCommand() *command {
	return &command{
		name:    "workload",
		usage:   "stats TRACE | convert IN... OUT [flags]",
		summary: "describe a trace: lengths, rates, bursts, shared prefixes; or write it in another format",
		details: `TRACE and IN are built-in traces, or files in any format of docs/reference/traces.md. Several INs are played at once. OUT is
compressed where its name ends in .gz.`,
		examples: []string{
			"roofserve workload stats azure-2023-conv",
			"roofserve workload stats trace.jsonl.gz --plot trace.png",
			"roofserve workload convert result.json requests.csv",
			"roofserve workload convert trace.parquet tenth.jsonl.gz --to mooncake --thin 0.1",
		},
		run: runWorkload,
	}
}

func runWorkload(ctx context.Context, t terminal, c *command, args []string) error {
	f := newFlags(c)
	json := f.String("json", "", "write JSON to `FILE`; - for stdout")
	plot := f.String("plot", "", "draw lengths and arrivals into `FILE`, .png, .svg or .pdf, with its data in a .csv beside it")
	look := f.look("plot")
	conversion, only := conversionFlags(f)
	positional, done, err := f.parse(t, args)
	if done || err != nil {
		return err
	}
	action, rest, err := f.action(positional, []string{"stats", "convert"})
	if err != nil {
		return err
	}
	if action == "convert" {
		if err := f.without(action, "json", "plot", "theme", "size"); err != nil {
			return err
		}
		return convertWorkload(ctx, t, f, conversion, rest)
	}
	if err := f.without(action, only...); err != nil {
		return err
	}
	name, err := f.one(rest, "TRACE")
	if err != nil {
		return err
	}
	if err := checkPlot(*plot); err != nil {
		return err
	}
	outputs := append(toPlot("--plot", *plot), toFile("--json", *json), toStdout(*json == ""))
	if err := t.claim("workload", existing(name), outputs...); err != nil {
		return err
	}
	source, err := workloads.Open(name, "", workloads.Options{})
	if err != nil {
		return err
	}
	stats, err := unlessInterrupted(ctx, func() (workloads.Stats, error) { return workloads.Measure(source) })
	if err != nil {
		return err
	}
	if *plot != "" {
		if err := plotWorkload(*plot, look, name, &stats); err != nil {
			return err
		}
	}
	if *json != "" {
		return writeJSON(t, *json, stats)
	}
	return cannotWrite("stdout", report.WriteWorkload(t.out, name, &stats))
}

// plotWorkload draws a trace into one image, of the kind that the file's name says.
func plotWorkload(path string, look *figure.Look, name string, stats *workloads.Stats) error {
	source, err := workloads.Open(name, "", workloads.Options{})
	if err != nil {
		return err
	}
	lengths, err := report.ReadLengths(source)
	if err != nil {
		return err
	}
	drawing, err := report.WorkloadFigure(name, stats, lengths)
	if err != nil {
		return err
	}
	return cannotWrite(path, drawing.SaveAs(path, *look))
}
