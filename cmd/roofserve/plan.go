package main

import (
	"context"
	"fmt"
	"runtime"
	"strconv"

	"github.com/roofserve/roofserve/internal/launch"
	"github.com/roofserve/roofserve/internal/report"
	"github.com/roofserve/roofserve/internal/report/figure"
	"github.com/roofserve/roofserve/internal/study/capacity"
	"github.com/roofserve/roofserve/internal/study/planning"
	"github.com/roofserve/roofserve/scenarios"
)

func planCommand() *command {
	return &command{
		name:    "plan",
		usage:   "SCENARIO --slo ttft_p99=1s,tpot_p99=50ms [flags]",
		summary: "find the cheapest deployment that serves a scenario's load within latency limits",
		details: capacity.Syntax() + `
Every way to divide the model over GPUs is tried, with any number of replicas, on each of the devices, formats, engines and token
budgets that are named; what is not named stays as the scenario has it. Left out is only what cannot serve: plans that do not fit,
those whose step with one sequence is over a limit already, and those that need more GPUs than one that is found. With --pools,
prefill and decode pools of all plans and sizes are tried as well, each device with each; of a scenario that has a pool of both
roles, these alone are. Of a scenario with [[sweep]] tables each case is a load, and gets a line with its best plan.

The best plans are simulated again under draws of the laws' errors, each with another seed: "met in draws" is the share that kept
every limit. Exit status 1 where no plan does, or --prove finds one with fewer GPUs, or the best misses a limit with two of the
other seeds.`,
		examples: []string{
			"roofserve plan llama-3.1-70b-h100 --slo ttft_p99=1s,tpot_p99=50ms --set workload.rate_scale=4",
			"roofserve plan mine.toml --slo tpot_p99=40ms --devices a100,h100 --formats bf16,fp8 --policies vllm,sglang,trtllm",
			"roofserve plan mine.toml --slo ttft_p99=2s --devices h100,l40s --objective usd --out results/plan",
			"roofserve plan llama-3.1-70b-h100 --slo ttft_p99=1s,tpot_p99=25ms --set workload.requests=3000 --pools",
		},
		run: runPlan,
	}
}

// planVerbFlags are the flags of plan.
type planVerbFlags struct {
	slo, goal string
	set       list
	budgets   []string
	request   planning.Question
	json, out string
	serve     bool
	prove     bool
	look      *figure.Look
	quiet     bool
}

func (o *planVerbFlags) register(f *flags) {
	r := &o.request
	f.StringVar(&o.slo, "slo", "", "`LIMITS` to meet, as in ttft_p99=1s,tpot_p99=50ms")
	f.names(&r.Devices, "devices", "GPUs to choose from: `NAMES` with commas between")
	f.names(&r.Formats, "formats", "`FORMATS` of the weights to choose from: bf16,fp8,…")
	f.names(&r.Policies, "policies", "`ENGINES` to choose from: vllm,sglang,trtllm")
	f.names(&o.budgets, "budgets", "max_num_batched_tokens to try beside the engine's own: `TOKENS` with commas between")
	f.BoolVar(&r.Pools, "pools", false, "try prefill and decode pools beside replicas of whole requests")
	f.IntVar(&r.MaxGPUs, "max-gpus", 64, "use at most `N` GPUs in all")
	f.StringVar(&o.goal, "objective", string(planning.FewestGPUs), "what the best plan has least of, or most: `gpus|usd|goodput_per_gpu`")
	f.IntVar(&r.Jobs, "jobs", runtime.GOMAXPROCS(0), "search `N` groups of plans at once")
	f.Var(&o.set, "set", "change a key of the scenario: `key=value`; may be repeated")
	f.StringVar(&o.json, "json", "", "write every plan as JSON to `FILE`; - for stdout, without the table")
	f.StringVar(&o.out, "out", "", "write the Pareto fronts as a plot and a CSV into `DIR`")
	f.BoolVar(&o.serve, "serve", false, "print how to start the best plan: its command line, and a Kubernetes manifest")
	f.BoolVar(&o.prove, "prove", false, "try every plan with every number of replicas as well, and the best one with five other seeds")
	f.excludes("prove", "pools")
	o.look = f.folderLook("out")
	f.BoolVar(&o.quiet, "quiet", false, "print neither progress nor table")
}

// complete checks the flags and fills in the request.
func (o *planVerbFlags) complete() (err error) {
	const who = "roofserve plan"
	r := &o.request
	switch {
	case o.slo == "":
		return misuse(who, "--slo is missing", "give limits, as in --slo ttft_p99=1s,tpot_p99=50ms")
	case r.MaxGPUs < 1 || r.MaxGPUs > planning.MostGPUs:
		return misuse(who, fmt.Sprintf("--max-gpus %d is out of range", r.MaxGPUs), fmt.Sprintf("use 1 to %d", planning.MostGPUs))
	case r.Jobs < 1:
		return misuse(who, fmt.Sprintf("--jobs %d is out of range", r.Jobs), "use at least 1")
	}
	if r.Objectives, err = capacity.ParseObjectives(o.slo, "--slo "+o.slo); err != nil {
		return err
	}
	if r.Goal, err = planning.ParseGoal(o.goal); err != nil {
		return misuse(who, "--objective "+o.goal+" is unknown", err.Error())
	}
	for _, names := range [][]string{r.Devices, r.Formats, r.Policies, o.budgets} {
		if twice := repeated(names); twice != "" {
			return misuse(who, twice+" is named twice", "name each device, format, engine and budget once")
		}
	}
	for _, text := range o.budgets {
		tokens, err := strconv.Atoi(text)
		if err != nil || tokens < 1 {
			return misuse(who, fmt.Sprintf("--budgets: %q is no number of tokens", text), "write them as in 2048,8192")
		}
		r.Budgets = append(r.Budgets, tokens)
	}
	return nil
}

func runPlan(ctx context.Context, t terminal, c *command, args []string) error {
	f, o := newFlags(c), planVerbFlags{}
	o.register(f)
	name, done, err := f.parseOne(t, args, "SCENARIO")
	if done || err != nil {
		return err
	}
	if err := o.complete(); err != nil {
		return err
	}
	s, err := loadScenario(t, name, o.set)
	if err == nil {
		err = capacity.CheckClasses(s, o.request.Objectives)
	}
	if err != nil {
		return err
	}
	if o.request.Pools && len(s.Pool) > 0 {
		return misuse("roofserve plan", "--pools does nothing: the scenario has pools already", "leave it out, or leave [[pool]] out")
	}
	if o.prove && (len(s.Pool) > 0 || o.request.Goal != planning.FewestGPUs) {
		return misuse("roofserve plan", "--prove is about the fewest GPUs of replicas that serve whole requests", "leave it out")
	}
	if len(s.Sweep) > 0 {
		return o.runPlans(ctx, t, s)
	}
	o.request.Scenario = s
	inputs := append(s.Files(), existing(o.request.Devices...)...)
	err = t.claim("plan", inputs, toFile("--json", o.json), toStdout(!o.quiet && o.json != stdoutName || o.serve),
		toFolder("--out", o.out, figureFiles(o.look, "plan")...))
	if err != nil {
		return err
	}
	bar := newProgress(t, o.quiet, 0)
	o.request.OnTrial = bar.add
	answer, err := planning.Find(ctx, &o.request)
	var proof *planning.Proof
	if err == nil && o.prove {
		proof, err = answer.Prove(ctx)
	}
	bar.finish()
	if err != nil {
		return err
	}
	return o.deliver(t, answer, proof)
}

// printPools prints how the servers of each pool are started.
func printPools(t terminal, s *scenarios.Scenario) error {
	for i := range s.Pool {
		p := &s.Pool[i]
		line, notes, err := launch.PoolArgs(s, i)
		if err != nil {
			return err
		}
		for _, note := range notes {
			fmt.Fprintf(t.err, "note: of the %s pool, %s\n", p.Role, note)
		}
		if _, err := fmt.Fprintf(t.out, "# %s: %d of these\n%s\n", p.Role, p.Replicas, line); err != nil {
			return cannotWrite("stdout", err)
		}
	}
	return nil
}

// printServing prints how the best plan is started.
func printServing(t terminal, s *scenarios.Scenario) error {
	if len(s.Pool) > 0 {
		return printPools(t, s)
	}
	if err := printArgs(t, s); err != nil {
		return err
	}
	manifest, err := launch.Manifest(s)
	if err != nil {
		fmt.Fprintln(t.err, "note:", err)
		return nil
	}
	_, err = fmt.Fprint(t.out, "---\n", manifest)
	return cannotWrite("stdout", err)
}

func (o *planVerbFlags) deliver(t terminal, a *planning.Answer, proof *planning.Proof) error {
	if o.out != "" {
		drawing, err := report.PlanningFigure(a)
		if err != nil {
			return err
		}
		if err := savePlots(o.out, o.look, drawing); err != nil {
			return err
		}
	}
	if err := writeJSON(t, o.json, report.Planning(a, proof)); err != nil {
		return err
	}
	if !o.quiet && o.json != stdoutName {
		if err := cannotWrite("stdout", report.WritePlanning(t.out, a, proof)); err != nil {
			return err
		}
	}
	if len(a.Plans) > 0 && o.serve {
		return printServing(t, a.Plans[0].Trial.Run.Scenario)
	}
	if len(a.Plans) == 0 {
		fmt.Fprintf(t.err, "no plan of at most %d GPUs meets %s\n", o.request.MaxGPUs, o.slo)
		return errExpectation
	}
	if proof != nil && !proof.Holds(a) {
		return errExpectation
	}
	return nil
}
