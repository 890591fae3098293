package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/roofserve/roofserve/internal/names"
	"github.com/roofserve/roofserve/internal/report"
	"github.com/roofserve/roofserve/internal/report/figure"
	"github.com/roofserve/roofserve/internal/study/capacity"
	"github.com/roofserve/roofserve/internal/study/planning"
	"github.com/roofserve/roofserve/scenarios"
)

func capacityCommand() *command {
	return &command{
		name:    "capacity",
		usage:   "SCENARIO --slo ttft_p99=1000ms,tpot_p99=50ms [flags]",
		summary: "find the largest load, or the fewest GPUs, that meets latency limits",
		details: capacity.Syntax() + `
The load is the rate of the scenario's requests (workload.rate_scale) or the users of a closed loop. --fewest keeps
the load and looks for the plan with the fewest GPUs of all (gpus; roofserve plan says more) or the fewest copies of the scenario's plan (replicas) instead.
A system whose queue grows without end meets no limit. Exit status 1 where nothing does.`,
		examples: []string{
			"roofserve capacity llama-3.1-70b-h100 --slo ttft_p99=1000ms,tpot_p99=50ms",
			"roofserve capacity deepseek-v3-h100 --slo tpot_p99=60ms --set workload.requests=3000 --out results/capacity",
			"roofserve capacity qwen2.5-72b-a100-tp4 --slo ttft_p90=2s --fewest replicas --json -",
		},
		run: runCapacity,
	}
}

// capacityFlags are the flags of capacity.
type capacityFlags struct {
	set       list
	slo       string
	fewest    string
	tolerance float64
	interval  bool
	json      string
	out       string
	look      *figure.Look
	quiet     bool
}

func (o *capacityFlags) register(f *flags) {
	f.StringVar(&o.slo, "slo", "", "`LIMITS` to meet, as in ttft_p99=1000ms,tpot_p99=50ms")
	f.Var(&o.set, "set", "change a key of the scenario: `key=value`; may be repeated")
	f.StringVar(&o.fewest, "fewest", "", "keep the load and find the fewest `gpus|replicas`")
	f.Float64Var(&o.tolerance, "tolerance", 0.01, "stop when the edge is known to `SHARE` of itself")
	f.excludes("tolerance", "fewest")
	f.BoolVar(&o.interval, "interval", false, "find the edge also where the system is slower or faster than predicted, as far as its 5–95% interval goes")
	f.StringVar(&o.json, "json", "", "write the search as JSON to `FILE`; - for stdout, without the table")
	f.StringVar(&o.out, "out", "", "write a plot and its CSV into `DIR`")
	o.look = f.folderLook("out")
	f.BoolVar(&o.quiet, "quiet", false, "print neither progress nor table")
}

// search is the search that the flags ask for.
func (o *capacityFlags) search() (*capacity.Search, error) {
	const who = "roofserve capacity"
	if o.slo == "" {
		return nil, misuse(who, "--slo is missing", "give limits, as in --slo ttft_p99=1000ms,tpot_p99=50ms")
	}
	objectives, err := capacity.ParseObjectives(o.slo, "--slo "+o.slo)
	if err != nil {
		return nil, err
	}
	if !(o.tolerance >= capacity.FinestTolerance && o.tolerance < 1) {
		return nil, misuse(who, fmt.Sprintf("--tolerance %v is out of range", o.tolerance),
			fmt.Sprintf("use a share from %v on and below 1, as 0.01", capacity.FinestTolerance))
	}
	if known := []string{"", "gpus", "replicas"}; !slices.Contains(known, o.fewest) {
		return nil, misuse(who, "--fewest "+o.fewest+" is unknown", names.Suggest(o.fewest, known[1:]))
	}
	if o.interval && o.fewest == "gpus" {
		return nil, misuse(who, "--interval has no meaning with --fewest gpus, whose plans differ", "use roofserve plan, which says how probably each meets the limits")
	}
	return &capacity.Search{Objectives: objectives, Tolerance: o.tolerance}, nil
}

func runCapacity(ctx context.Context, t terminal, c *command, args []string) error {
	f, o := newFlags(c), capacityFlags{}
	o.register(f)
	name, done, err := f.parseOne(t, args, "SCENARIO")
	if done || err != nil {
		return err
	}
	search, err := o.search()
	if err != nil {
		return err
	}
	s, err := loadScenario(t, name, o.set)
	if err == nil {
		err = capacity.CheckClasses(s, search.Objectives)
	}
	if err != nil {
		return err
	}
	err = t.claim("capacity", s.Files(), toFile("--json", o.json), toStdout(!o.quiet && o.json != stdoutName),
		toFolder("--out", o.out, figureFiles(o.look, "capacity")...))
	if err != nil {
		return err
	}
	found, err := o.find(ctx, t, search, s)
	if err != nil {
		return err
	}
	result := &report.CapacityResult{Result: found, Scenario: s.Name, Objectives: search.Objectives}
	if o.interval {
		if result.Range, err = o.bound(ctx, t, search, s, found); err != nil {
			return err
		}
	}
	return o.deliver(t, result)
}

// bound searches again where the system is slower and faster.
func (o *capacityFlags) bound(ctx context.Context, t terminal, search *capacity.Search,
	s *scenarios.Scenario, found *capacity.Result) (*capacity.Range, error) {
	again := (*capacity.Search).Load
	if o.fewest != "" {
		again = (*capacity.Search).Replicas
	}
	bar := newProgress(t, o.quiet, 0)
	defer bar.finish()
	search.OnTrial = func(*capacity.Trial) { bar.add() }
	return search.Range(ctx, s, found, again)
}

// find searches, with the trials counted on a terminal. A plan that does not fit at all is the error that
// says so.
func (o *capacityFlags) find(ctx context.Context, t terminal, search *capacity.Search,
	s *scenarios.Scenario) (*capacity.Result, error) {
	bar := newProgress(t, o.quiet, 0)
	search.OnTrial = func(*capacity.Trial) { bar.add() }
	defer bar.finish()
	var found *capacity.Result
	var err error
	switch o.fewest {
	case "gpus":
		found, err = planning.Fewest(ctx, search, s)
	case "replicas":
		found, err = search.Replicas(ctx, s)
	default:
		found, err = search.Load(ctx, s)
	}
	if err == nil && len(found.Trials) > 0 && found.Trials[0].NoFit {
		_, err = s.Build()
	}
	return found, err
}

func (o *capacityFlags) deliver(t terminal, c *report.CapacityResult) error {
	if o.out != "" {
		drawing, err := report.CapacityFigure(c)
		if err != nil {
			return err
		}
		if err := savePlots(o.out, o.look, drawing); err != nil {
			return err
		}
	}
	if err := writeJSON(t, o.json, report.Capacity(c)); err != nil {
		return err
	}
	if !o.quiet && o.json != stdoutName {
		if err := cannotWrite("stdout", report.WriteCapacity(t.out, c)); err != nil {
			return err
		}
	}
	if c.Best == nil {
		fmt.Fprintf(t.err, "nothing tried meets %s\n", o.slo)
		return errExpectation
	}
	return nil
}
