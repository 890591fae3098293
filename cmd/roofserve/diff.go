package main

import (
	"context"
	"io"
	"os"
	"path/filepath"

	"github.com/roofserve/roofserve/internal/bounded"
	"github.com/roofserve/roofserve/internal/fault"
	"github.com/roofserve/roofserve/internal/report"
	"github.com/roofserve/roofserve/internal/report/figure"
	"github.com/roofserve/roofserve/internal/study/diff"
)

func diffCommand() *command {
	return &command{
		name:    "diff",
		usage:   "OLD NEW [flags]",
		summary: "hold two results, or the folders of two sweeps, against each other: what moved, and why",
		details: `OLD and NEW are results that run --json wrote, or folders that sweep --out wrote, whose cases are paired by their settings.

A change is better or worse by the metric's own direction. "~" stands where the 5 to 95% intervals of both sides, which --interval
adds to a result, overlap, and "=" where nothing moved. Without intervals every change is told: the same scenario, seed and
version give the same bytes.`,
		examples: []string{
			"roofserve diff main.json branch.json",
			"roofserve diff results/before results/after --md",
			"roofserve diff tp4.json tp8.json --json -",
		},
		run: runDiff,
	}
}

func runDiff(_ context.Context, t terminal, c *command, args []string) error {
	f := newFlags(c)
	markdown := f.Bool("md", false, "write Markdown, as a comment on a pull request needs it")
	json := f.String("json", "", "write all metrics, keys and parts of the step as JSON to `FILE`; - for stdout")
	quiet := f.Bool("quiet", false, "print no table")
	sides, done, err := f.parse(t, args)
	if done || err != nil {
		return err
	}
	if len(sides) != 2 {
		return f.misuse("name two results, OLD and NEW")
	}
	older, fromOld, err := readOutcomes(sides[0])
	if err != nil {
		return err
	}
	newer, fromNew, err := readOutcomes(sides[1])
	if err != nil {
		return err
	}
	printed := !*quiet && *json != stdoutName
	if err := t.claim("diff", append(fromOld, fromNew...), toFile("--json", *json), toStdout(printed)); err != nil {
		return err
	}
	study, err := diff.Outcomes(older, newer)
	if err != nil {
		return &fault.Error{File: sides[1], Wrong: err.Error(), Right: "name two sweeps over the same values"}
	}
	if err := writeJSON(t, *json, report.Diff(study)); err != nil || !printed {
		return err
	}
	document := report.DiffDocument(study, sides[0], sides[1])
	write := func(w io.Writer) error { return report.WriteDiff(w, document) }
	if *markdown {
		write = func(w io.Writer) error { return document.WriteMarkdown(w, figure.PNG) }
	}
	return cannotWrite("stdout", write(t.out))
}

// readOutcomes reads a result, or every case of a sweep's folder in order, and says from which files.
func readOutcomes(path string) (list []diff.Outcome, files []string, err error) {
	files = []string{path}
	if isFolder(path) {
		if files, err = filepath.Glob(filepath.Join(escaped(path), casePattern)); err != nil || len(files) == 0 {
			return nil, nil, noCases(path)
		}
	}
	for _, file := range files {
		data, err := bounded.ReadFile(file, bounded.Result)
		if err != nil {
			return nil, nil, &fault.Error{File: file, Wrong: "cannot be read: " + err.Error(), Right: notAResult, Err: err}
		}
		o, err := report.ReadOutcome(data)
		if err != nil {
			return nil, nil, &fault.Error{File: file, Wrong: err.Error(), Right: notAResult}
		}
		list = append(list, o)
	}
	return list, files, nil
}

const notAResult = "name a result that run --json wrote, or a folder that sweep --out wrote"

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
