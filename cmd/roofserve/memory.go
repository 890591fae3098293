package main

import (
	"cmp"
	"context"

	"github.com/roofserve/roofserve/internal/report"
	"github.com/roofserve/roofserve/scenarios"
)

func memoryCommand() *command {
	return &command{
		name:    "memory",
		usage:   "[SCENARIO] [flags]",
		summary: "show how a plan's memory divides, whether it fits, and how many sequences it holds",
		details: `Describe the plan by flags, or start from a scenario and change it by flags. The tables tell how many sequences of
which context fit at once, and the fewest GPUs of each kind that hold the model in the same formats.`,
		examples: []string{
			"roofserve memory --model deepseek-v3 --device h100-sxm-80gb --gpus 8 --tp 8 --weights fp8",
			"roofserve memory llama-3.1-70b-h100 --kv fp8 --context 32768 --json -",
			"roofserve memory --model qwen3-next-80b-a3b --gpus 4 --plot concurrency.png",
		},
		run: runMemory,
	}
}

// planFlags describe a plan without a file: each stands for a key of a scenario.
var planFlags = []struct{ flag, key, usage string }{
	{"model", "model.name", "`NAME` of the model (roofserve models list), or a model's .toml"},
	{"config", "model.config", "Hugging Face config.json `FILE` instead of a name"},
	{"device", "hardware.device", "`NAME` of the GPU (roofserve devices list), or a device's .toml"},
	{"gpus", "hardware.gpus", "`N` GPUs of one replica"},
	{"nodes", "hardware.nodes", "`N` nodes that share them"},
	{"tp", "parallel.tp", "`N` tensor-parallel ranks"},
	{"pp", "parallel.pp", "`N` pipeline stages"},
	{"dp", "parallel.dp", "`N` data-parallel attention ranks"},
	{"ep", "parallel.ep", "`N` expert-parallel ranks"},
	{"cp", "parallel.cp", "`N` context-parallel ranks, which share prefill"},
	{"weights", "precision.weights", "`FORMAT` of the weights: bf16, fp8, int4, …"},
	{"kv", "precision.kv", "`FORMAT` of the KV cache"},
}

// planScenario registers the plan's flags; the function it returns applies those that were given to a
// scenario: the named one, or an empty one.
func planScenario(f *flags) func(positional []string) (*scenarios.Scenario, error) {
	values := map[string]*string{}
	for _, p := range planFlags {
		values[p.flag] = f.String(p.flag, "", p.usage)
	}
	var set list
	f.Var(&set, "set", "change any key of the scenario: `key=value`; may be repeated")
	return func(positional []string) (*scenarios.Scenario, error) {
		s := scenarios.Empty("")
		if len(positional) > 0 {
			name, err := f.one(positional, "SCENARIO")
			if err != nil {
				return nil, err
			}
			if s, err = scenarios.Load(name); err != nil {
				return nil, err
			}
		}
		for _, p := range planFlags {
			if text := *values[p.flag]; text != "" {
				if err := s.SetFlag(p.key, text, "--"+p.flag+" "+text); err != nil {
					return nil, err
				}
			}
		}
		for _, assignment := range set {
			if err := s.SetText(assignment); err != nil {
				return nil, err
			}
		}
		return s, nil
	}
}

func runMemory(_ context.Context, t terminal, c *command, args []string) error {
	f := newFlags(c)
	scenario := planScenario(f)
	var context int
	f.count(&context, "context", "`TOKENS` of each sequence; the model's longest where left out")
	json := f.String("json", "", "write JSON to `FILE`; - for stdout")
	plot := f.String("plot", "", "draw sequences at once against context into `FILE`, .png, .svg or .pdf, with its data in a .csv beside it")
	look := f.look("plot")
	positional, done, err := f.parse(t, args)
	if done || err != nil {
		return err
	}
	if err := checkPlot(*plot); err != nil {
		return err
	}
	s, err := scenario(positional)
	if err != nil {
		return err
	}
	outputs := append(toPlot("--plot", *plot), toFile("--json", *json), toStdout(*json == ""))
	if err := t.claim("memory", s.Files(), outputs...); err != nil {
		return err
	}
	r, parts, err := s.Alone().Resolve()
	if err != nil {
		return err
	}
	plan, err := report.NewMemoryPlan(r, parts, cmp.Or(context, parts.Limits.MaxModelLen))
	if err != nil {
		return err
	}
	if *plot != "" {
		drawing, err := report.ConcurrencyFigure(plan)
		if err != nil {
			return err
		}
		if err := savePlotsAs(*plot, look, drawing); err != nil {
			return err
		}
	}
	if *json != "" {
		return writeJSON(t, *json, report.Memory(plan))
	}
	return cannotWrite("stdout", report.WriteMemory(t.out, plan))
}
