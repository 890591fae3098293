package main

import (
	"bytes"
	"fmt"
	"io"

	"github.com/roofserve/roofserve/internal/bounded"
	"github.com/roofserve/roofserve/internal/fault"
	"github.com/roofserve/roofserve/internal/report"
	"github.com/roofserve/roofserve/internal/study/diff"
	"github.com/roofserve/roofserve/scenarios"
)

// movedSince holds a run against the baseline in a file.
func movedSince(file string, r *scenarios.Run) (*diff.Differences, error) {
	data, err := bounded.ReadFile(file, bounded.Result)
	if err != nil {
		return nil, &fault.Error{File: file, Wrong: "cannot be read: " + err.Error(), Right: notAResult, Err: err}
	}
	older, err := report.ReadOutcome(data)
	if err != nil {
		return nil, nil // a baseline needs no more than the metric that it is asked for
	}
	var text bytes.Buffer
	if err := report.WriteJSON(&text, report.Run(r)); err != nil {
		return nil, err
	}
	newer, err := report.ReadOutcome(text.Bytes())
	if err != nil {
		return nil, err
	}
	return diff.Outcomes([]diff.Outcome{older}, []diff.Outcome{newer})
}

// updateBaselines writes each scenario's result into the files that its promises are held against.
func (w *checking) updateBaselines(t terminal, o *checkFlags) error {
	type update struct {
		file string
		run  *scenarios.Run
	}
	var updates []update
	by := map[string]string{} // file to the scenario that writes it
	for _, p := range w.scenarios {
		for _, file := range p.scenario.BaselineFiles() {
			switch other, twice := by[file]; {
			case len(p.cases) > 1:
				return &fault.Error{File: p.path, Wrong: "is a sweep, whose cases would all write " + file,
					Right: "write that baseline with roofserve run … --json"}
			case twice:
				return &fault.Error{File: p.path, Wrong: "and " + other + " would both write " + file, Right: "give each its own baseline"}
			case p.outcomes[0].err != nil:
				return p.outcomes[0].err
			}
			by[file] = p.path
			updates = append(updates, update{file, p.outcomes[0].run})
		}
	}
	if len(updates) == 0 {
		return misuse("roofserve check", "--update-baselines finds no baseline", `add one, as in max_increase = "5%" and baseline = "earlier.json"`)
	}
	for _, u := range updates {
		u.run.Verdicts = nil // a baseline holds what was found, not what was expected
		err := t.writeTo(u.file, func(to io.Writer) error { return report.WriteJSON(to, report.Run(u.run)) })
		if err != nil {
			return err
		}
		if !o.quiet {
			fmt.Fprintf(t.err, "wrote %s\n", u.file)
		}
	}
	return nil
}
