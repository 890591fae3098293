package main

import (
	"path/filepath"

	"github.com/roofserve/roofserve/internal/report"
	"github.com/roofserve/roofserve/scenarios"
)

// What run --out keeps beside the figures, so that a folder says what it shows.
const (
	keptResult   = "result.json"
	keptScenario = "simulated.toml"
)

// kept are the names of what the folder of --out holds beside figures. Where --json names the result there
// already, that is it.
func (o *runFlags) kept() []string {
	if o.json != "" && o.json != stdoutName && placeOf(o.json).is(placeOf(filepath.Join(o.out, keptResult))) {
		return []string{keptScenario}
	}
	return []string{keptScenario, keptResult}
}

// keep writes the scenario and the result into the folder of --out.
func (o *runFlags) keep(t terminal, r *scenarios.Run) error {
	for _, name := range o.kept() {
		path := filepath.Join(o.out, name)
		var err error
		if name == keptResult {
			err = writeJSON(t, path, report.RunAs(r, report.Compat(o.compat)))
		} else {
			err = t.writeBytes(path, r.Scenario.Document())
		}
		if err != nil {
			return err
		}
	}
	return nil
}
