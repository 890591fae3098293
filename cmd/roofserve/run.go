package main

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/roofserve/roofserve/internal/launch"
	"github.com/roofserve/roofserve/internal/names"
	"github.com/roofserve/roofserve/internal/report"
	"github.com/roofserve/roofserve/internal/report/figure"
	"github.com/roofserve/roofserve/scenarios"
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
			"roofserve run llama-3.1-70b-h100 --html report.html --trace trace.json      # open the trace at ui.perfetto.dev",
			"roofserve run qwen2.5-72b-a100-tp4 --set workload.rate_scale=0.2 --set precision.kv=fp8",
			"roofserve run llama-3.1-70b-h100 --quiet --json - | jq .p99_tpot_ms",
			"roofserve run mine.toml --watch                                             # and change mine.toml in an editor",
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
	trace    string
	html     string
	junit    string
	compat   string
	interval bool
	look     *figure.Look
	verify   bool
	args     bool
	quiet    bool
	watch    bool
}

func (o *runFlags) register(f *flags) {
	o.look = f.folderLook("out")
	f.Var(&o.set, "set", "change a key of the scenario: `key=value`; may be repeated")
	f.StringVar(&o.json, "json", "", "write the result as JSON to `FILE`; - for stdout, without the summary")
	f.StringVar(&o.out, "out", "", "write plots (PNG, SVG, PDF), the CSV files they were drawn from, the result and the scenario into `DIR`")
	f.StringVar(&o.requests, "requests-csv", "", "write one row for each request to `FILE`")
	f.StringVar(&o.trace, "trace", "", "write every request's spans, every rank's steps and counters to `FILE`, for Perfetto or chrome://tracing")
	f.StringVar(&o.html, "html", "", "write a report that is whole in itself to `FILE`")
	f.StringVar(&o.junit, "junit", "", "write the verdicts on the scenario's [[expect]] tables as JUnit XML to `FILE`")
	f.StringVar(&o.compat, "compat", string(report.VLLM), "name the JSON's metrics as the benchmark of `vllm|sglang` does where they differ")
	f.needs("compat", "json")
	f.BoolVar(&o.interval, "interval", false, intervalUsage)
	f.BoolVar(&o.verify, "check", false, "verify conservation laws while simulating")
	f.BoolVar(&o.args, "print-args", false, "print the command line that starts the engine as the scenario has it, and simulate nothing")
	f.excludes("print-args", "json", "out", "requests-csv", "trace", "html", "junit", "interval", "check")
	f.BoolVar(&o.quiet, "quiet", false, "print neither progress nor summary")
	f.BoolVar(&o.watch, "watch", false, "run again whenever the scenario or a file that it names changes, until interrupted")
	f.excludes("print-args", "watch")
}

// intervalUsage says what --interval does.
const intervalUsage = "add the 5–95% interval of every metric, as far as deployments nobody had seen were off (8 more runs)"

// check finds out before a long run whether its outputs can be written.
func (o *runFlags) check(t terminal, s *scenarios.Scenario) error {
	if !slices.Contains(report.Compats, o.compat) {
		return misuse("roofserve run", "--compat "+o.compat+" is unknown", names.Suggest(o.compat, report.Compats))
	}
	return t.claim("run", s.Files(), toFile("--json", o.json), toFile("--requests-csv", o.requests), toFile("--trace", o.trace),
		toFile("--html", o.html), toFile("--junit", o.junit), toStdout(o.prints()),
		toFolder("--out", o.out, append(figureFiles(o.look, report.RunFigures()...), o.kept()...)...))
}

// prints tells whether the summary is printed: not where stdout is taken.
func (o *runFlags) prints() bool {
	return !o.quiet && !slices.Contains([]string{o.json, o.requests, o.trace, o.html, o.junit}, stdoutName)
}

func runScenario(ctx context.Context, t terminal, c *command, args []string) error {
	f, o := newFlags(c), runFlags{}
	o.register(f)
	name, done, err := f.parseOne(t, args, "SCENARIO")
	if done || err != nil {
		return err
	}
	once := func() ([]string, error) { return o.once(ctx, t, name) }
	if o.watch {
		return watch(ctx, t, name, once)
	}
	_, err = once()
	return err
}

// once runs the scenario as the flags say, and returns the files that it is made of, as far as it could be
// read.
func (o *runFlags) once(ctx context.Context, t terminal, name string) (files []string, err error) {
	s, err := loadScenario(t, name, o.set)
	if err != nil {
		return nil, err
	}
	files = s.Files()
	if o.args {
		return files, printArgs(t, s)
	}
	baselines, err := s.Baselines(ctx)
	if err != nil {
		return files, err
	}
	if err := o.check(t, s); err != nil {
		return files, err
	}
	if len(s.Sweep) > 0 && !o.quiet {
		fmt.Fprintf(t.err, "note: the sweeps of %s are left out; roofserve sweep runs them\n", name)
	}
	r, err := simulate(ctx, t, s, o)
	if err != nil {
		return files, err
	}
	r.Judge(baselines)
	if err := deliver(t, r, o); err != nil {
		return files, err
	}
	return files, judge(t, r.Verdicts)
}

// printArgs prints the command line of the scenario's engine.
func printArgs(t terminal, s *scenarios.Scenario) error {
	line, notes, err := launch.Args(s)
	if err != nil {
		return err
	}
	for _, note := range notes {
		fmt.Fprintln(t.err, "note:", note)
	}
	_, err = fmt.Fprintln(t.out, line)
	return cannotWrite("stdout", err)
}

// loadScenario reads a scenario, from standard input where its name is -, and applies --set flags to it.
func loadScenario(t terminal, name string, assignments []string) (s *scenarios.Scenario, err error) {
	if name == "-" {
		s, err = scenarios.Read("standard input", t.in)
	} else {
		s, err = scenarios.Load(name)
	}
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
	files, err := openStreams(t, s, o.requests, o.trace)
	if err != nil {
		return nil, err
	}
	defer files.abort()
	hooks := scenarios.Hooks{Check: o.verify, OnFinish: files.onFinish(), OnClass: files.onClass(),
		Watching: files.watching()}
	bar := newProgress(t, o.quiet, b.Requests())
	hooks.OnProgress = bar.at
	r, err := b.Run(ctx, hooks)
	bar.finish()
	if err != nil {
		return nil, err
	}
	if o.interval {
		draws := newProgress(t, o.quiet, scenarios.IntervalRuns)
		err = b.Bound(ctx, r, draws.add)
		draws.finish()
		if err != nil {
			return nil, err
		}
	}
	return r, files.commit(r)
}

// deliver writes what the flags ask for: files first, since stdout may lose its reader.
func deliver(t terminal, r *scenarios.Run, o *runFlags) error {
	if o.out != "" {
		figures, err := report.Figures(r)
		if err != nil {
			return err
		}
		if err := savePlots(o.out, o.look, figures...); err != nil {
			return err
		}
		if err := o.keep(t, r); err != nil {
			return err
		}
	}
	if o.html != "" {
		d, err := report.RunDocument(r)
		if err != nil {
			return err
		}
		if err := t.writeTo(o.html, d.WriteHTML); err != nil {
			return err
		}
	}
	err := t.writeTo(o.junit, func(w io.Writer) error {
		return report.WriteJUnit(w, r.Scenario.Name,
			r.Verdicts)
	})
	if err != nil {
		return err
	}
	if err := writeJSON(t, o.json, report.RunAs(r, report.Compat(o.compat))); err != nil {
		return err
	}
	if !o.prints() {
		return nil
	}
	return cannotWrite("stdout", report.Summary(t.out, r))
}

// judge says which expectations failed.
func judge(t terminal, verdicts []scenarios.Verdict) error {
	var failed error
	for i := range verdicts {
		if v := &verdicts[i]; !v.Kept {
			fmt.Fprintln(t.err, v)
			failed = errExpectation
		}
	}
	return failed
}
