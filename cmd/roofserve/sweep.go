package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"

	"github.com/roofserve/roofserve/scenarios"
	"github.com/roofserve/roofserve/scenarios/report"
)

func sweepCommand() *command {
	return &command{
		name:    "sweep",
		usage:   "SCENARIO [flags]",
		summary: "simulate every case of a scenario's [[sweep]] tables, on all cores",
		details: `Several sweeps make the Cartesian product. --out writes one JSON file for each case, sweep.csv with every metric,
and a plot; without it a table is printed. A case that does not fit in memory is reported and does not stop
the others; what the scenario expects of it fails. --shard lets several machines share a sweep: roofserve merge joins their folders.`,
		examples: []string{
			"roofserve sweep llama-3.1-70b-precisions --out results/sweep",
			"roofserve sweep llama-3.1-70b-precisions --out shard-2 --shard 2/3",
			"roofserve sweep mine.toml --set 'sweep=[{key=\"workload.rate_scale\", values=[0.5, 1, 2]}]'",
		},
		run: runSweep,
	}
}

// sweepFlags are the flags of sweep.
type sweepFlags struct {
	caseOutputs
	set   list
	jobs  int
	shard string
}

func runSweep(ctx context.Context, t terminal, c *command, args []string) error {
	f, o := newFlags(c), sweepFlags{}
	f.Var(&o.set, "set", "change a key of the scenario: `key=value`; may be repeated")
	f.StringVar(&o.out, "out", "", "write one JSON file for each case, sweep.csv and plots into `DIR`")
	f.StringVar(&o.html, "html", "", "write a report that is whole in itself to `FILE`")
	f.IntVar(&o.jobs, "jobs", runtime.GOMAXPROCS(0), "simulate `N` cases at once")
	f.StringVar(&o.shard, "shard", "", "run only share `I/N` of the cases, as in 1/4")
	o.theme = f.theme("out")
	f.BoolVar(&o.quiet, "quiet", false, "print neither progress nor table")
	name, done, err := f.parseOne(t, args, "SCENARIO")
	if done || err != nil {
		return err
	}
	if o.jobs < 1 {
		return misuse("roofserve sweep", fmt.Sprintf("--jobs %d is out of range", o.jobs), "use at least 1")
	}
	s, err := loadScenario(t, name, o.set)
	if err != nil {
		return err
	}
	cases, err := s.Cases()
	if err != nil {
		return err
	}
	share, err := shardOf(cases, o.shard)
	if err != nil {
		return err
	}
	if err := o.claim(t, "sweep", s.Files(), casePattern); err != nil {
		return err
	}
	if len(share) == 0 && !o.quiet {
		fmt.Fprintf(t.err, "note: share %s of %d cases is empty\n", o.shard, len(cases))
	}
	results, err := simulateCases(ctx, t, share, len(cases), &o)
	if err != nil || len(results) == 0 {
		return err
	}
	if err := deliverSweep(t, results, &o); err != nil {
		return err
	}
	return judgeSweep(t, results)
}

// shardOf is the share I of N of the cases that text asks for; all where it is empty.
func shardOf(cases []scenarios.Case, text string) ([]scenarios.Case, error) {
	if text == "" {
		return cases, nil
	}
	left, right, _ := strings.Cut(text, "/")
	i, err1 := strconv.Atoi(left)
	n, err2 := strconv.Atoi(right)
	if err1 != nil || err2 != nil || i < 1 || n < i {
		return nil, misuse("roofserve sweep", fmt.Sprintf("--shard %s is no share", text), "use I/N with 1 ≤ I ≤ N, as in 1/4")
	}
	return scenarios.Shard(cases, i, n), nil
}

// sweepResult is a case's result and what its expectations say.
type sweepResult struct {
	report.CaseResult
	noFit bool
}

// simulateCases runs the cases on all workers, and returns them in order. The first error that is not about memory
// stops the rest.
func simulateCases(ctx context.Context, t terminal, cases []scenarios.Case, of int, o *sweepFlags) ([]sweepResult, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	results := make([]sweepResult, len(cases))
	bar := newProgress(t, o.quiet, len(cases))
	var workers sync.WaitGroup
	next := make(chan int)
	for range min(o.jobs, max(1, len(cases))) {
		workers.Go(func() {
			for i := range next {
				var err error
				if results[i], err = simulateCase(ctx, cases[i], of, o.out); err != nil {
					cancel(err)
				}
				bar.add()
			}
		})
	}
	for i := range cases {
		if ctx.Err() != nil {
			break
		}
		next <- i
	}
	close(next)
	workers.Wait()
	bar.finish()
	return results, context.Cause(ctx)
}

// simulateCase runs one case and writes its file.
func simulateCase(ctx context.Context, c scenarios.Case, of int, out string) (sweepResult, error) {
	var r *scenarios.Run
	baselines, err := c.Scenario.Baselines()
	if err != nil {
		return sweepResult{}, err
	}
	b, err := c.Scenario.Build()
	if err == nil {
		r, err = b.Run(ctx, scenarios.Hooks{})
		if closeErr := b.Close(); err == nil {
			err = closeErr
		}
	}
	var noFit *scenarios.NoFit
	if err != nil && !errors.As(err, &noFit) {
		return sweepResult{}, err
	}
	var verdicts []scenarios.Verdict
	if r != nil {
		verdicts = r.Judge(baselines)
	} else {
		verdicts = scenarios.Judge(c.Scenario.Expect, scenarios.NotRun("the case did not run"), baselines)
	}
	result := sweepResult{CaseResult: report.NewCaseResult(c, of, r, err, verdicts), noFit: noFit != nil}
	if out == "" {
		return result, nil
	}
	return result, writeJSON(terminal{}, filepath.Join(out, fmt.Sprintf("case-%05d.json", c.Index)), result.JSON())
}

// deliverSweep writes the table of all cases and a plot, or prints the headlines.
func deliverSweep(t terminal, results []sweepResult, o *sweepFlags) error {
	cases := make([]report.CaseResult, len(results))
	for i, r := range results {
		cases[i] = r.CaseResult
	}
	return o.deliver(t, cases)
}

// judgeSweep reports failed expectations, and fails where no case fits.
func judgeSweep(t terminal, results []sweepResult) error {
	fits := false
	cases := make([]report.CaseResult, len(results))
	for i, r := range results {
		fits = fits || !r.noFit
		cases[i] = r.CaseResult
	}
	failed := judgeCases(t, cases)
	if !fits {
		return errors.New("no case fits in memory: " + results[0].Error)
	}
	return failed
}

// judgeCases reports the expectations that failed, case by case.
func judgeCases(t terminal, cases []report.CaseResult) error {
	var failed error
	for _, c := range cases {
		for _, finding := range c.Failures {
			fmt.Fprintf(t.err, "case %d (%s): expect FAILED: %s\n", c.Index, settingsText(c.Settings), finding)
			failed = errExpectation
		}
	}
	return failed
}

func settingsText(settings []scenarios.Setting) string {
	parts := make([]string, len(settings))
	for i, s := range settings {
		parts[i] = s.String()
	}
	return strings.Join(parts, ", ")
}
