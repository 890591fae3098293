package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"

	"github.com/roofserve/roofserve/internal/atomicfile"
	"github.com/roofserve/roofserve/internal/report"
	"github.com/roofserve/roofserve/internal/report/document"
	"github.com/roofserve/roofserve/internal/report/figure"
	"github.com/roofserve/roofserve/internal/study/capacity"
	"github.com/roofserve/roofserve/internal/study/compare"
	"github.com/roofserve/roofserve/internal/study/explain"
	"github.com/roofserve/roofserve/scenarios"
)

func compareCommand() *command {
	return &command{
		name:    "compare",
		usage:   "--models A,B,C [--devices D,E] [--workload W] --out DIR [flags]",
		summary: "study architectures side by side: same load, same memory, same SLO, crossovers, sensitivity",
		details: `Each model is a name of the catalogue or a .toml file, and may change fields of its architecture:
llama-3.1-70b+attention.kv_heads=64. The workload is a trace, or INPUTxOUTPUT: requests of exactly so many tokens that
arrive at random, one a second times --rate-scale. All models on a device get the same GPUs: --gpus, or the fewest that hold
each. --plan chooses how each is divided over them: best, so that a decode step of the batch is fastest where it fits; memory, so
that most sequences fit; latency, so that one sequence is fastest; fixed, tensor parallelism within a node first. Or --tp, --pp,
--dp and --ep say it for all. The report says who is fastest under each. roofserve explain --compare chooses in the same way.

--out gets report.html, which is whole in itself, index.md, summary.csv, study.json, and every plot as PNG, SVG and PDF with
its data in a CSV file beside it. Where one model overtakes another is found by bisection; how much each field of an
architecture moves the time per output token by halving and doubling it.`,
		examples: []string{
			"roofserve compare --models llama-3.1-70b,deepseek-v3,qwen3-next-80b-a3b --out results/compare",
			"roofserve compare --models llama-3.1-70b,llama-3.1-70b+attention.kv_heads=64 --devices a100-sxm-80gb,h100-sxm-80gb --workload 8192x512 --out heads",
			"roofserve compare --models qwen3-32b,qwen3-30b-a3b --slo ttft_p99=1s,tpot_p99=30ms --quiet --json -",
		},
		run: runCompare,
	}
}

// compareFlags are the flags of compare.
type compareFlags struct {
	slo, plan string
	request   compare.Question
	json, out string
	look      *figure.Look
	quiet     bool
}

func (o *compareFlags) register(f *flags) {
	f.names(&o.request.Models, "models", "`NAMES` of the models, with commas between")
	o.request.Devices = []string{"h100-sxm-80gb"}
	f.names(&o.request.Devices, "devices", "`NAMES` of the GPUs, with commas between; "+o.request.Devices[0]+" where left out")
	f.StringVar(&o.request.Workload, "workload", "azure-2023-conv", "`TRACE` by name or path, or INPUTxOUTPUT, as in 1024x256")
	f.Float64Var(&o.request.RateScale, "rate-scale", 1, "multiply the workload's rate by `N` where models serve the same load")
	f.IntVar(&o.request.Requests, "requests", 10000, "`N` requests in each simulation")
	f.StringVar(&o.slo, "slo", "ttft_p99=2s,tpot_p99=100ms", "`LIMITS` on latencies")
	f.IntVar(&o.request.Batch, "batch", 32, "`N` sequences at once where decode steps are compared")
	f.StringVar(&o.request.Weights, "weights", "", "`FORMAT` of all models' weights; as published where left out")
	f.StringVar(&o.request.KV, "kv", "", "`FORMAT` of all models' KV caches")
	f.BoolVar(&o.request.Interval, "interval", false, "find the largest load also where systems are slower or faster than predicted, as far as their 5–95% intervals go")
	f.StringVar(&o.plan, "plan", string(explain.Best), planUsage)
	f.count(&o.request.GPUs, "gpus", "`N` GPUs for each model; the fewest that hold the largest where left out")
	f.count(&o.request.TP, "tp", "`N` tensor-parallel ranks for all")
	f.count(&o.request.PP, "pp", "`N` pipeline stages for all")
	f.count(&o.request.DP, "dp", "`N` data-parallel attention ranks for all")
	f.count(&o.request.EP, "ep", "`N` expert-parallel ranks for all")
	for _, degree := range []string{"tp", "pp", "dp", "ep"} {
		f.excludes("plan", degree)
	}
	f.StringVar(&o.json, "json", "", "write the study as JSON to `FILE`; - for stdout")
	f.StringVar(&o.out, "out", "", "write report.html, index.md, CSV files and plots into `DIR`")
	o.look = f.folderLook("out")
	f.BoolVar(&o.quiet, "quiet", false, "print neither progress nor summary")
}

// mostModels is how many a plot tells apart by colour.
const mostModels = 7

// complete checks the flags and turns them into a request.
func (o *compareFlags) complete() (*compare.Question, error) {
	const who = "roofserve compare"
	r := &o.request
	switch {
	case len(r.Models) == 0:
		return nil, misuse(who, "--models is missing", "name some, as in --models llama-3.1-70b,deepseek-v3")
	case len(r.Models) > mostModels:
		return nil, misuse(who, fmt.Sprintf("%d models are too many", len(r.Models)), fmt.Sprintf("compare at most %d at once, which plots can tell apart", mostModels))
	case !(r.RateScale > 0 && r.RateScale <= 1e6):
		return nil, misuse(who, fmt.Sprintf("--rate-scale %v is out of range", r.RateScale), "use a number above 0, at most 1e6")
	case r.Requests < 1:
		return nil, misuse(who, fmt.Sprintf("--requests %d is out of range", r.Requests), "use at least 1")
	case r.Batch < 1 || r.Batch > explain.MaxBatch:
		return nil, misuse(who, fmt.Sprintf("--batch %d is out of range", r.Batch), fmt.Sprintf("use 1 to %d", explain.MaxBatch))
	case o.out == "" && o.json == "":
		return nil, misuse(who, "--out is missing", "name a folder for the report, or --json FILE for the numbers alone")
	}
	for _, names := range [][]string{r.Models, r.Devices} {
		if twice := repeated(names); twice != "" {
			return nil, misuse(who, twice+" is named twice", "name each model and device once")
		}
	}
	if err := r.CheckWorkload(); err != nil {
		return nil, err
	}
	var err error
	if r.Plan, err = explain.ParseRule(o.plan, "--plan"); err != nil {
		return nil, err
	}
	r.Objectives, err = capacity.ParseObjectives(o.slo, "--slo "+o.slo)
	if err == nil {
		err = capacity.CheckClasses(scenarios.Empty("compare"), r.Objectives)
	}
	return r, err
}

// repeated is a name that a list has twice; empty where there is none.
func repeated(names []string) string {
	seen := map[string]bool{}
	for _, name := range names {
		if seen[name] {
			return name
		}
		seen[name] = true
	}
	return ""
}

func runCompare(ctx context.Context, t terminal, c *command, args []string) error {
	f, o := newFlags(c), compareFlags{}
	o.register(f)
	if done, err := f.parseNone(t, args); done || err != nil {
		return err
	}
	request, err := o.complete()
	if err != nil {
		return err
	}
	if err := o.claim(t); err != nil {
		return err
	}
	bar := newProgress(t, o.quiet, request.Parts())
	study, err := compare.Run(ctx, request, bar.at)
	bar.finish()
	if err != nil {
		return err
	}
	return o.deliver(t, study)
}

// claim makes sure that the outputs can be written.
func (o *compareFlags) claim(t terminal) error {
	inputs := append(existing(o.request.Models...), existing(o.request.Devices...)...)
	inputs = append(inputs, existing(o.request.Workload)...)
	return t.claim("compare", inputs, toFile("--json", o.json), toStdout(!o.quiet && o.json != stdoutName),
		toFolder("--out", o.out, append(figureFiles(o.look, report.StudyFigures()...), studyFiles()...)...))
}

// Names of the files that are written beside the figures.
const (
	studySummary = "summary.csv"
	studyJSON    = "study.json"
	studyIndex   = "index.md"
	studyReport  = "report.html"
)

func studyFiles() []string { return []string{studySummary, studyJSON, studyIndex, studyReport} }

// deliver writes the report into the folder, the JSON where it is asked for, and what was found on the
// terminal.
func (o *compareFlags) deliver(t terminal, s *compare.Study) error {
	d, err := report.StudyDocument(s)
	if err != nil {
		return err
	}
	if o.out != "" {
		if err := o.save(s, d); err != nil {
			return err
		}
	}
	if err := writeJSON(t, o.json, report.Study(s)); err != nil || o.quiet || o.json == stdoutName {
		return err
	}
	return cannotWrite("stdout", report.WriteTiles(t.out, d, o.out))
}

func (o *compareFlags) save(s *compare.Study, d *document.Document) error {
	if err := savePlots(o.out, o.look, d.Figures()...); err != nil {
		return err
	}
	table := report.StudyTable(s)
	for _, file := range []struct {
		name  string
		write func(io.Writer) error
	}{
		{studySummary, table.WriteCSV},
		{studyJSON, func(w io.Writer) error { return report.WriteJSON(w, report.Study(s)) }},
		{studyIndex, func(w io.Writer) error { return d.WriteMarkdown(w, o.look.Shown(figure.PNG)) }},
		{studyReport, d.WriteHTML},
	} {
		path := filepath.Join(o.out, file.name)
		if err := cannotWrite(path, atomicfile.Write(path, file.write)); err != nil {
			return err
		}
	}
	return nil
}
