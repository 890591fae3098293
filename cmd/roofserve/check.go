package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/roofserve/roofserve/internal/fault"
	"github.com/roofserve/roofserve/internal/report"
	"github.com/roofserve/roofserve/scenarios"
)

func checkCommand() *command {
	return &command{
		name:    "check",
		usage:   "FILE|DIR... [flags]",
		summary: "run scenarios and sweeps, and judge everything that they expect: the gate of a repository",
		details: `Every FILE, and every .toml below a DIR, is a scenario; its sweeps are run case by case. Each bound of each [[expect]] is a line
with ✓ or ✗, its value and its limit. A scenario in a DIR that expects nothing is counted and not run; a FILE that expects
nothing, and a DIR in which none does, are errors: a gate must not pass because nothing was asked.

Where a promise over a baseline is broken, what moved since is told. --update-baselines writes the results as the new baselines.
In a workflow of GitHub Actions, annotations with file and line are printed, and the summary goes into the job's.

Exit status: 0 all promises are kept; 1 one is broken; 2 a file is wrong; 3 an output cannot be written.`,
		examples: []string{
			"roofserve check scenarios/",
			"roofserve check chat.toml code.toml --junit promises.xml --summary promises.md",
			"roofserve check scenarios/ --update-baselines",
		},
		run: runCheck,
	}
}

// checkFlags are the flags of check.
type checkFlags struct {
	json, junit, summary string
	jobs                 int
	update, quiet        bool
}

func runCheck(ctx context.Context, t terminal, c *command, args []string) error {
	f, o := newFlags(c), checkFlags{}
	f.StringVar(&o.json, "json", "", "write every verdict as JSON to `FILE`; - for stdout")
	f.StringVar(&o.junit, "junit", "", "write every verdict as JUnit XML to `FILE`, a suite for each scenario")
	f.StringVar(&o.summary, "summary", "", "write a summary in Markdown to `FILE`")
	f.IntVar(&o.jobs, "jobs", runtime.GOMAXPROCS(0), "simulate `N` cases at once")
	f.BoolVar(&o.update, "update-baselines", false, "write the results into the files that promises are held against")
	f.BoolVar(&o.quiet, "quiet", false, "print neither progress nor verdicts that are kept")
	paths, done, err := f.parse(t, args)
	if done || err != nil {
		return err
	}
	switch {
	case len(paths) == 0:
		return f.misuse("FILE or DIR is missing")
	case o.jobs < 1:
		return misuse("roofserve check", fmt.Sprintf("--jobs %d is out of range", o.jobs), "use at least 1")
	}
	work, inputs, err := gather(ctx, paths, o.update)
	if err != nil {
		return err
	}
	if o.update {
		inputs = nil // baselines among them are what is to be written
	}
	if err := t.claim("check", inputs, toFile("--json", o.json), toFile("--junit", o.junit), toFile("--summary", o.summary),
		toStdout(o.prints())); err != nil {
		return err
	}
	if err := work.run(ctx, t, &o); err != nil {
		return err
	}
	if o.update {
		return work.updateBaselines(t, &o)
	}
	return work.deliver(t, &o)
}

// prints tells whether verdicts are printed: not where stdout is taken.
func (o *checkFlags) prints() bool {
	return !slices.Contains([]string{o.json, o.junit, o.summary}, stdoutName)
}

// checking is the work on scenarios whose expectations are judged.
type checking struct {
	scenarios []*promising
	silent    int // scenarios in folders that expect nothing
}

// promising is a scenario that expects something.
type promising struct {
	path      string
	scenario  *scenarios.Scenario
	cases     []scenarios.Case
	baselines []float64 // nil where they are to be written
	outcomes  []outcome // one for each case
}

// outcome is what a case gave: a run or an error.
type outcome struct {
	run *scenarios.Run
	err error
}

// gather reads the scenarios that paths name, and says from which files.
func gather(ctx context.Context, paths []string, update bool) (work *checking, inputs []string, err error) {
	work = &checking{}
	for _, path := range paths {
		files, folder := []string{path}, isFolder(path)
		if folder {
			if files, err = tomlsBelow(path); err != nil {
				return nil, nil, err
			}
		}
		before := len(work.scenarios)
		for _, file := range files {
			p, err := promises(ctx, file, update)
			switch {
			case err != nil:
				return nil, nil, err
			case p != nil:
				work.scenarios = append(work.scenarios, p)
				inputs = append(inputs, p.scenario.Files()...)
			case folder:
				work.silent++
			default:
				return nil, nil, &fault.Error{File: file, Wrong: "expects nothing", Right: "add an [[expect]] with a metric and a bound"}
			}
		}
		if folder && len(work.scenarios) == before {
			return nil, nil, &fault.Error{File: path, Wrong: "holds no scenario that expects anything", Right: "add an [[expect]] to one"}
		}
	}
	return work, inputs, nil
}

// tomlsBelow are the .toml files of a folder and of those in it, in alphabetical order.
func tomlsBelow(folder string) (files []string, err error) {
	err = filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && strings.HasSuffix(path, ".toml") {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		return nil, &fault.Error{File: folder, Wrong: "cannot be read: " + err.Error(), Right: "name a folder that can be", Err: err}
	}
	return files, nil
}

// promises reads a scenario and the baselines of what it expects, which an update need not find; nil where it
// expects nothing.
func promises(ctx context.Context, path string, update bool) (*promising, error) {
	s, err := scenarios.Load(path)
	if err != nil {
		return nil, err
	}
	if err := s.Validate(); err != nil || len(s.Expect) == 0 {
		return nil, err
	}
	p := &promising{path: path, scenario: s}
	if p.cases, err = s.Cases(); err != nil {
		return nil, err
	}
	if update {
		return p, nil
	}
	p.baselines, err = s.Baselines(ctx)
	return p, err
}

// run simulates all cases with all workers. The error is an interrupt.
func (w *checking) run(ctx context.Context, t terminal, o *checkFlags) error {
	type job struct {
		of *promising
		i  int
	}
	var jobs []job
	for _, p := range w.scenarios {
		p.outcomes = make([]outcome, len(p.cases))
		for i := range p.cases {
			jobs = append(jobs, job{p, i})
		}
	}
	bar := newProgress(t, o.quiet, len(jobs))
	defer bar.finish()
	inParallel(ctx, o.jobs, len(jobs), func(i int) {
		j := jobs[i]
		out := &j.of.outcomes[j.i]
		out.run, out.err = runCase(ctx, &j.of.cases[j.i], false)
		bar.add()
	})
	return ctx.Err()
}

// deliver judges, writes what the flags ask for, and fails where a promise is broken.
func (w *checking) deliver(t terminal, o *checkFlags) error {
	list, invalid, err := w.judged()
	if err != nil {
		return err
	}
	if err := writeJSON(t, o.json, report.Check(list)); err != nil {
		return err
	}
	for _, out := range []struct {
		path  string
		write func(io.Writer, []report.Checked) error
	}{{o.junit, report.WriteCheckJUnit}, {o.summary, report.WriteCheckSummary}} {
		if err := t.writeTo(out.path, func(to io.Writer) error { return out.write(to, list) }); err != nil {
			return err
		}
	}
	if err := addToJob(list); err != nil {
		return err
	}
	if o.prints() {
		if err := w.print(t, list, o.quiet); err != nil {
			return cannotWrite("stdout", err)
		}
	}
	switch kept, all := report.Kept(list); {
	case invalid:
		return errInvalidCase
	case kept < all:
		return errExpectation
	default:
		return nil
	}
}

// Variables that GitHub Actions sets in a workflow ("Variables reference: default environment variables").
const (
	workflowVariable = "GITHUB_ACTIONS"
	summaryVariable  = "GITHUB_STEP_SUMMARY"
)

// addToJob adds the summary to that of the workflow's job, where there is one.
func addToJob(list []report.Checked) error {
	path := os.Getenv(summaryVariable)
	if path == "" {
		return nil
	}
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
	if err != nil {
		return cannotWrite(path, err)
	}
	err = report.WriteCheckSummary(file, list)
	return cannotWrite(path, cmp.Or(err, file.Close()))
}

func (w *checking) print(t terminal, list []report.Checked, quiet bool) error {
	if !quiet {
		if err := report.WriteCheck(t.out, list); err != nil {
			return err
		}
		if w.silent > 0 {
			fmt.Fprintf(t.err, "note: %d scenarios expect nothing and were not run\n", w.silent)
		}
	} else if err := report.WriteBroken(t.out, list); err != nil {
		return err
	}
	if os.Getenv(workflowVariable) != "true" {
		return nil
	}
	return report.WriteAnnotations(t.out, list)
}

// judged holds every outcome against what its scenario expects, and tells whether a case's input was wrong.
func (w *checking) judged() (list []report.Checked, invalid bool, err error) {
	for _, p := range w.scenarios {
		checked := report.Checked{File: p.path}
		for i := range p.outcomes {
			c, bad, err := p.judge(i)
			if err != nil {
				return nil, false, err
			}
			invalid = invalid || bad
			checked.Cases = append(checked.Cases, c)
		}
		list = append(list, checked)
	}
	return list, invalid, nil
}

// judge is the verdict on one case.
func (p *promising) judge(i int) (c report.CheckedCase, invalid bool, err error) {
	out := p.outcomes[i]
	c.Name = scenarios.SettingsText(p.cases[i].Settings)
	if out.err != nil {
		var bad *fault.Error
		c.Error, invalid = out.err.Error(), errors.As(out.err, &bad)
		c.Verdicts = p.scenario.Judge(scenarios.NotRun("the scenario did not run"), p.baselines)
		return c, invalid, nil
	}
	c.Verdicts = out.run.Judge(p.baselines)
	for k := range c.Verdicts {
		if v := &c.Verdicts[k]; !v.Kept && v.Share != "" && c.Moved == nil {
			c.Moved, err = movedSince(v.Over, out.run)
		}
	}
	return c, false, err
}
