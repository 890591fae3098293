package main

import (
	"context"
	"fmt"

	"github.com/roofserve/roofserve/scenarios"
	"github.com/roofserve/roofserve/scenarios/report"
	"github.com/roofserve/roofserve/scenarios/report/atomicfile"
)

func runCommand() *command {
	return &command{
		name:    "run",
		usage:   "SCENARIO [flags]",
		summary: "simulate a scenario and report latencies, throughput and concurrency",
		details: `SCENARIO is the path of a TOML file or the name of a built-in scenario (roofserve scenarios list).
Exit status: 0 fine; 1 an [[expect]] of the scenario failed; 2 bad input; 3 the model does not fit in memory,
or an output cannot be written; 130 interrupted.`,
		examples: []string{
			"roofserve run deepseek-v3-h100",
			"roofserve run mine.toml --out results/mine --requests-csv requests.csv",
			"roofserve run qwen2.5-72b-a100-tp4 --set workload.rate_scale=0.2 --set precision.kv=fp8",
			"roofserve run llama-3.1-70b-h100 --quiet --json - | jq .p99_tpot_ms",
		},
		run: runScenario,
	}
}

// runFlags are the flags of run.
type runFlags struct {
	set      list
	json     string
	out      string
	requests string
	theme    *themeFlag
	verify   bool
	quiet    bool
}

func (o *runFlags) register(f *flags) {
	o.theme = f.theme()
	f.Var(&o.set, "set", "change a key of the scenario: `key=value`; may be repeated")
	f.StringVar(&o.json, "json", "", "write the result as JSON to `FILE`; - for stdout, without the summary")
	f.StringVar(&o.out, "out", "", "write plots (PNG, SVG, PDF) and the CSV files they were drawn from into `DIR`")
	f.StringVar(&o.requests, "requests-csv", "", "write one row for each request to `FILE`")
	f.BoolVar(&o.verify, "check", false, "verify conservation laws while simulating")
	f.BoolVar(&o.quiet, "quiet", false, "print neither progress nor summary")
}

// check finds out before a long run whether its outputs can be written.
func (o *runFlags) check() error {
	if err := makeFolder(o.out); err != nil {
		return err
	}
	for _, path := range []string{o.json, o.requests} {
		if path == "" || path == "-" {
			continue
		}
		if err := atomicfile.Check(path); err != nil {
			return cannotWrite(path, err)
		}
	}
	return nil
}

func runScenario(ctx context.Context, t terminal, c *command, args []string) error {
	f, o := newFlags(c), runFlags{}
	o.register(f)
	positional, done, err := f.parse(t, args)
	if done || err != nil {
		return err
	}
	name, err := f.one(positional, "SCENARIO")
	if err != nil {
		return err
	}
	s, err := loadScenario(name, o.set)
	if err != nil {
		return err
	}
	if len(s.Sweep) > 0 && !o.quiet {
		fmt.Fprintf(t.err, "note: the sweeps of %s are left out; roofserve sweep runs them\n", name)
	}
	baselines, err := s.Baselines()
	if err != nil {
		return err
	}
	if err := o.check(); err != nil {
		return err
	}
	r, err := simulate(ctx, t, s, &o)
	if err != nil {
		return err
	}
	if err := deliver(t, r, &o); err != nil {
		return err
	}
	return judge(t, s, r, baselines)
}

// loadScenario reads a scenario and applies --set flags to it.
func loadScenario(name string, assignments []string) (*scenarios.Scenario, error) {
	s, err := scenarios.Load(name)
	if err != nil {
		return nil, err
	}
	for _, assignment := range assignments {
		if err := s.SetText(assignment); err != nil {
			return nil, err
		}
	}
	return s, s.Validate()
}

// simulate runs the scenario, with progress on a terminal and rows for each request as they finish.
func simulate(ctx context.Context, t terminal, s *scenarios.Scenario, o *runFlags) (*scenarios.Run, error) {
	b, err := s.Build()
	if err != nil {
		return nil, err
	}
	defer b.Close()
	hooks := scenarios.Hooks{Check: o.verify}
	var rows *requestRows
	if o.requests != "" {
		if rows, err = createRows(o.requests); err != nil {
			return nil, err
		}
		defer rows.file.Abort()
		hooks.OnFinish = rows.Add
	}
	bar := newProgress(t, o.quiet, b.Requests())
	hooks.OnProgress = bar.at
	r, err := b.Run(ctx, hooks)
	bar.finish()
	if err != nil {
		return nil, err
	}
	if rows != nil {
		if err := rows.commit(); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// requestRows is the file of --requests-csv.
type requestRows struct {
	*report.Requests
	file *atomicfile.File
	path string
}

func createRows(path string) (*requestRows, error) {
	file, err := atomicfile.Create(path)
	if err != nil {
		return nil, cannotWrite(path, err)
	}
	return &requestRows{report.NewRequests(file), file, path}, nil
}

func (r *requestRows) commit() error {
	if err := r.Close(); err != nil {
		return cannotWrite(r.path, err)
	}
	return cannotWrite(r.path, r.file.Commit())
}

// deliver writes what the flags ask for.
func deliver(t terminal, r *scenarios.Run, o *runFlags) error {
	if o.out != "" {
		figures, err := report.Figures(r)
		if err != nil {
			return err
		}
		if err := savePlots(o.out, o.theme.Theme, figures...); err != nil {
			return err
		}
	}
	if err := writeJSON(t, o.json, report.Run(r)); err != nil {
		return err
	}
	if o.quiet || o.json == "-" {
		return nil
	}
	return cannotWrite("stdout", report.Summary(t.out, r))
}

// judge says which expectations failed.
func judge(t terminal, s *scenarios.Scenario, r *scenarios.Run, baselines []float64) error {
	var failed error
	for _, v := range s.Judge(r.Metrics(), baselines) {
		if !v.Kept {
			fmt.Fprintln(t.err, v)
			failed = errExpectation
		}
	}
	return failed
}
