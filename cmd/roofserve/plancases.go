package main

import (
	"context"
	"errors"
	"path/filepath"

	"github.com/roofserve/roofserve/internal/fault"
	"github.com/roofserve/roofserve/internal/report"
	"github.com/roofserve/roofserve/internal/study/planning"
	"github.com/roofserve/roofserve/scenarios"
)

// plannedFile is the table of plans of a sweep's cases, in the folder of --out.
const plannedFile = "plans.csv"

// runPlans plans for each case of a scenario's sweeps.
func (o *planVerbFlags) runPlans(ctx context.Context, t terminal, s *scenarios.Scenario) error {
	if o.serve {
		return misuse("roofserve plan", "--serve is about one plan, and the scenario has sweeps", "leave it out, or set the swept keys with --set")
	}
	cases, err := s.Cases()
	if err != nil {
		return err
	}
	inputs := append(s.Files(), existing(o.request.Devices...)...)
	err = t.claim("plan", inputs, toFile("--json", o.json), toStdout(!o.quiet && o.json != stdoutName),
		toFolder("--out", o.out, plannedFile))
	if err != nil {
		return err
	}
	bar := newProgress(t, o.quiet, 0)
	o.request.OnTrial = bar.add
	var planned []report.PlannedCase
	for i := range cases {
		p, err := o.planCase(ctx, &cases[i])
		if err != nil {
			bar.finish()
			return err
		}
		planned = append(planned, p)
	}
	bar.finish()
	return o.deliverCases(t, planned)
}

// planCase plans for one case. What is wrong with it stays its own.
func (o *planVerbFlags) planCase(ctx context.Context, c *scenarios.Case) (p report.PlannedCase, err error) {
	p = report.PlannedCase{Index: c.Index, Settings: c.Settings, Err: c.Err}
	if p.Err != nil {
		return p, nil
	}
	question := o.request
	question.Scenario = c.Scenario
	p.Answer, p.Err = planning.Find(ctx, &question)
	if p.Err == nil && o.prove {
		p.Proof, p.Err = p.Answer.Prove(ctx)
	}
	if wrong := (*fault.Error)(nil); p.Err != nil && !errors.As(p.Err, &wrong) {
		return p, p.Err
	}
	return p, nil
}

func (o *planVerbFlags) deliverCases(t terminal, planned []report.PlannedCase) error {
	if o.out != "" {
		table := report.PlannedTable(planned)
		if err := t.writeTo(filepath.Join(o.out, plannedFile), table.WriteCSV); err != nil {
			return err
		}
	}
	if err := writeJSON(t, o.json, report.PlannedCases(planned)); err != nil {
		return err
	}
	if !o.quiet && o.json != stdoutName {
		if err := cannotWrite("stdout", report.WritePlannedCases(t.out, planned)); err != nil {
			return err
		}
	}
	var worst error
	for i := range planned {
		switch p := &planned[i]; {
		case p.Err != nil:
			return errInvalidCase
		case len(p.Answer.Plans) == 0 || p.Proof != nil && !p.Proof.Holds(p.Answer):
			worst = errExpectation
		}
	}
	return worst
}
