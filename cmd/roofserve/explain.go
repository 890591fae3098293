package main

import (
	"cmp"
	"context"
	"io"
	"sync/atomic"

	"github.com/roofserve/roofserve/internal/report"
	"github.com/roofserve/roofserve/internal/report/figure"
	"github.com/roofserve/roofserve/internal/study/explain"
	"github.com/roofserve/roofserve/scenarios"
)

func explainCommand() *command {
	return &command{
		name:    "explain",
		usage:   "[SCENARIO] [flags]",
		summary: "open one step up: every operator's work, bound and time, for one model or several",
		details: `The step decodes one token of each of --batch sequences at --context tokens, or prefills --batch prompts of --prefill
tokens. Memory that would not hold it is reported and does not matter otherwise.

--compare puts models side by side, and several --device names do the same with devices. All then get the same GPUs: --gpus,
or the fewest that hold every model's weights. Where no degree of parallelism is given, --plan chooses how each model is divided:
best, so that the step is fastest where its sequences fit; memory, so that most sequences fit; latency, so that one sequence is
fastest; fixed, tensor parallelism within a node first. roofserve compare chooses in the same way.

--plot draws the operators under the roofs of the devices into FILE and the way the step's time adds up into a file beside it,
each with the CSV it was drawn from; where a scenario has drafts verified, also what they give at which batch.

--router trains the simulated router of one mixture of experts on one device: by DeepSeek-V3's bias update, by an auxiliary
loss, and not at all, and beside them shows what replicas of popular experts give. --set routing.affinity, skew, speed, steps,
seed and redundant_experts change it. The step it times is a large prefill unless another is described.`,
		examples: []string{
			"roofserve explain --model deepseek-v3 --device h100-sxm-80gb --batch 128 --context 4096",
			"roofserve explain llama-3.1-70b-h100 --prefill 8192 --plot prefill.png",
			"roofserve explain --compare llama-3.1-70b,deepseek-v3,qwen3-next-80b-a3b --device h100-sxm-80gb --batch 64 --context 131072",
			"roofserve explain --model llama-3.1-70b --device a100-sxm-80gb,h100-sxm-80gb --gpus 4",
			"roofserve explain --router --model deepseek-v3 --gpus 32 --tp 4 --dp 8 --ep 32 --plot router.png",
		},
		run: runExplain,
	}
}

// planUsage describes the flag that chooses plans.
const planUsage = "divide models by the `RULE` best, memory, latency or fixed"

// explainFlags are the flags of explain beside those of a plan.
type explainFlags struct {
	step       explain.Step
	plan       string
	compare    []string
	json, plot string
	look       *figure.Look
	quiet      bool
	router     bool
}

func runExplain(ctx context.Context, t terminal, c *command, args []string) error {
	f, o := newFlags(c), explainFlags{}
	scenario := planScenario(f)
	f.count(&o.step.Batch, "batch", "`N` sequences in the step; 64 to decode, 1 to prefill where left out")
	f.count(&o.step.Context, "context", "`TOKENS` of each sequence with those of the step; 4096 where left out")
	f.count(&o.step.Prefill, "prefill", "prefill `TOKENS` of each prompt instead of decoding")
	f.StringVar(&o.plan, "plan", "", planUsage+"; where left out best to compare, and as it would be run for one step")
	f.excludes("router", "plan")
	f.names(&o.compare, "compare", "put `MODELS` side by side: names with commas between")
	f.BoolVar(&o.router, "router", false, "train a mixture's router and follow the load of its experts and the step's time")
	f.excludes("router", "compare")
	f.StringVar(&o.json, "json", "", "write JSON to `FILE`; - for stdout")
	f.StringVar(&o.plot, "plot", "", "draw roofline and waterfall into `FILE` and beside it, .png, .svg or .pdf, each with its data in a .csv")
	o.look = f.look("plot")
	f.BoolVar(&o.quiet, "quiet", false, "print no table")
	positional, done, err := f.parse(t, args)
	if done || err != nil {
		return err
	}
	if o.router && o.step == (explain.Step{}) {
		o.step = explain.RouterStep()
	}
	if o.step, err = o.step.Complete(); err != nil {
		return err
	}
	if err := checkPlot(o.plot); err != nil {
		return err
	}
	// Several devices stand side by side; the first is the scenario's.
	devices := commaList(f.Lookup("device").Value.String())
	if len(devices) > 1 {
		if o.router {
			return f.apart("--router", "several names of --device")
		}
		if err := f.Set("device", devices[0]); err != nil {
			return err
		}
	}
	s, err := scenario(positional)
	if err != nil {
		return err
	}
	if err := o.claim(t, s, existing(append(o.compare, devices...)...)); err != nil {
		return err
	}
	if o.router {
		return explainRouter(ctx, t, s.Alone(), &o)
	}
	alone := len(o.compare) == 0 && len(devices) < 2
	rule := explain.AsGiven
	if !alone || o.plan != "" {
		if rule, err = explain.ParseRule(cmp.Or(o.plan, string(explain.Best)), "--plan"); err != nil {
			return err
		}
	}
	if alone {
		e, err := explain.Choose(s.Alone(), o.step, rule)
		if err != nil {
			return err
		}
		return o.deliver(t, []*explain.Explanation{e}, report.Explanation(e),
			func(w io.Writer) error { return report.WriteExplanation(w, e) })
	}
	side, err := explain.Compare(s.Alone(), o.compare, devices, o.step, rule)
	if err != nil {
		return err
	}
	return o.deliver(t, side.Cases, report.Comparison(side),
		func(w io.Writer) error { return report.WriteComparison(w, side) })
}

// claim makes sure that the outputs can be written. Files that are read are the scenario's, and others.
func (o *explainFlags) claim(t terminal, s *scenarios.Scenario, others []string) error {
	var second []string
	if !o.router {
		second = []string{"waterfall"}
		if s.Speculative.Method != "" && o.step.Decodes() {
			second = append(second, "speculation")
		}
	}
	outputs := append(toPlot("--plot", o.plot, second...), toFile("--json", o.json), toStdout(!o.quiet && o.json != stdoutName))
	return t.claim("explain", append(s.Files(), others...), outputs...)
}

// deliver writes what the flags ask for: plots, JSON, and text for people unless JSON takes stdout.
func (o *explainFlags) deliver(t terminal, list []*explain.Explanation, object any,
	text func(io.Writer) error) error {
	if o.plot != "" {
		roofline, err := report.RooflineFigure(list)
		if err != nil {
			return err
		}
		waterfall, err := report.WaterfallFigure(list)
		if err != nil {
			return err
		}
		figures := []*figure.Figure{roofline, waterfall}
		if report.Drafts(list) {
			payoff, err := report.PayoffFigure(list)
			if err != nil {
				return err
			}
			figures = append(figures, payoff)
		}
		if err := savePlotsAs(o.plot, o.look, figures...); err != nil {
			return err
		}
	}
	if err := writeJSON(t, o.json, object); err != nil || o.quiet || o.json == stdoutName {
		return err
	}
	return cannotWrite("stdout", text(t.out))
}

// explainRouter trains routers and shows how their load converges.
func explainRouter(ctx context.Context, t terminal, s *scenarios.Scenario, o *explainFlags) error {
	bar := newProgress(t, o.quiet, explain.Checkpoints)
	defer bar.finish()
	var looks atomic.Int64
	c, err := explain.Converge(ctx, s, o.step, func() { bar.at(int(looks.Add(1))) })
	if err != nil {
		return err
	}
	bar.finish()
	if o.plot != "" {
		drawing, err := report.ConvergenceFigure(c)
		if err != nil {
			return err
		}
		if err := savePlotsAs(o.plot, o.look, drawing); err != nil {
			return err
		}
	}
	if err := writeJSON(t, o.json, report.Convergence(c)); err != nil || o.quiet || o.json == stdoutName {
		return err
	}
	return cannotWrite("stdout", report.WriteConvergence(t.out, c))
}
