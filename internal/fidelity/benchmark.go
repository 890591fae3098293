package fidelity

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/roofserve/roofserve/internal/fault"
	"github.com/roofserve/roofserve/workloads/results"
)

// Deployment is what a benchmark's result does not say of what it measured. What is 0 or empty is not known.
type Deployment struct {
	Model                     string // where the result has another name for it, or none
	System                    string // device
	GPUs, TP, PP              int
	DPAttention, EP           int
	Engine, EngineVersion     string
	Weights, KV               string
	Concurrency               int // users of a closed loop
	InputTokens, OutputTokens int // where the result has no lengths

	method string // how weights are quantised, where that does not say in which format
}

// with is a deployment that is completed by what a result says of it. What is told of GPUs counts as a whole.
func (d Deployment) with(p *results.Deployed) Deployment {
	if d.GPUs == 0 && d.TP == 0 && d.PP == 0 && d.DPAttention == 0 && d.EP == 0 {
		d.GPUs, d.TP, d.PP, d.DPAttention, d.EP = p.GPUs, p.TP, p.PP, p.DPAttention, p.EP
	}
	d.System = cmp.Or(d.System, p.System)
	d.EngineVersion = cmp.Or(d.EngineVersion, p.EngineVersion)
	if d.Weights == "" {
		d.Weights, d.method = p.Weights, p.Method
	}
	d.KV = cmp.Or(d.KV, p.KV)
	return d
}

// IsBenchmark tells whether a file is a benchmark's result rather than a table of measurements.
func IsBenchmark(file string) bool {
	is, err := ReadFile(file, func(_ string, in io.Reader) (bool, error) {
		format, _ := results.Find(in)
		return format != nil, nil
	})
	return err == nil && is
}

// OpenBenchmark reads a benchmark's result as a measurement for each of its runs.
func OpenBenchmark(file string, d Deployment) (*Table, error) {
	runs, err := ReadFile(file, func(file string, from io.Reader) ([]results.Result, error) {
		format, in := results.Find(from)
		if format == nil {
			return nil, &fault.Error{File: file, Wrong: "is no benchmark's result", Right: "see docs/reference/traces.md"}
		}
		return format.Read(file, in)
	})
	if err != nil {
		return nil, err
	}
	t := &Table{Header: benchmarkColumns}
	for i := range runs {
		m := &runs[i].Means
		lengths := d.OutputTokens > 0 || m.Output > 0
		if !math.IsNaN(m.TTFT) || !math.IsNaN(m.TPOT) || lengths && (m.Answered > 0 || m.Whole > 0) {
			on := d.with(&runs[i].Deployed)
			t.Rows = append(t.Rows, benchmarkRow(file, len(t.Rows)+1, &runs[i], on, len(runs) == 1))
		}
	}
	if len(t.Rows) == 0 {
		right := "give the result of a benchmark that streams answers"
		if len(runs) > 0 && runs[0].Means.Answered+runs[0].Means.Whole > 0 {
			right += ", or --osl, and --isl, for what it answered a second"
		}
		return nil, &fault.Error{File: file, Wrong: "has no latencies of tokens", Right: right}
	}
	return t, nil
}

// benchmarkColumns are those of a row that is made of a result: some of a table's, and the rate.
var benchmarkColumns = []string{"model", "system", "gpus", "engine", "engine_version", "weights", "kv", "tp", "pp",
	"dp_attention", "ep", "isl", "osl", "concurrency", "rate", "requests", "ttft_ms", "tpot_ms",
	"output_tokens_per_s"}

// benchmarkRow is a run as a measurement. Where it is the file's only one, its requests' own lengths count,
// and where they arrived whatever was answered, their times as well.
func benchmarkRow(file string, number int, r *results.Result, d Deployment, only bool) Row {
	row := Row{File: file, Line: number, Model: cmp.Or(d.Model, r.Model), System: d.System, GPUs: max(1, d.GPUs),
		Engine: cmp.Or(d.Engine, engineOf(r.Engine)), EngineVersion: d.EngineVersion, Weights: d.Weights, KV: d.KV,
		PP: max(1, d.PP), DPAttention: max(1, d.DPAttention), EP: max(1, d.EP), LengthMinFraction: 1,
		InputTokens:  cmp.Or(d.InputTokens, rounded(r.Means.Input)),
		OutputTokens: cmp.Or(d.OutputTokens, rounded(r.Means.Output)),
		Concurrency:  cmp.Or(d.Concurrency, r.Concurrency), Requests: r.Means.Requests,
		MeasuredTTFTMS: r.Means.TTFT, MeasuredTPOTMS: r.Means.TPOT}
	row.TP = cmp.Or(d.TP, max(1, row.GPUs/(row.PP*row.DPAttention)))
	for _, needed := range []struct {
		name    string
		missing bool
	}{
		{"model", row.Model == ""}, {"system", row.System == ""}, {"isl", row.InputTokens == 0},
		{"osl", row.OutputTokens == 0},
	} {
		if needed.missing {
			row.unusable(needed.name, "is not in the result", "give --"+needed.name)
		}
	}
	if d.method != "" {
		row.unusable("weights", fmt.Sprintf("are quantised by %q, which does not say in which format", d.method), "give --weights")
	}
	if row.Concurrency == 0 && (row.Requests == 0 || r.Means.Whole > 0) {
		row.unusable("requests", "are not counted in the result, nor users", "give --concurrency")
	}
	if math.IsNaN(row.MeasuredTTFTMS) && math.IsNaN(row.MeasuredTPOTMS) {
		answered := r.Means.Answered
		if answered == 0 && r.Means.Whole > 0 { // of batches one after the other
			answered = 1e3 * float64(row.Concurrency) / r.Means.Whole
		}
		row.MeasuredOutputRate = float64(answered * float64(row.OutputTokens))
	}
	row.load = benchmarkLoad(&row, r, only)
	rate := ""
	if r.Rate > 0 && row.Concurrency == 0 {
		rate = cell(r.Rate)
	}
	row.Cells = []string{row.Model, row.System, strconv.Itoa(row.GPUs), row.Engine, row.EngineVersion,
		row.Weights,
		row.KV, strconv.Itoa(row.TP), strconv.Itoa(row.PP), strconv.Itoa(row.DPAttention), strconv.Itoa(row.EP),
		strconv.Itoa(row.InputTokens), strconv.Itoa(row.OutputTokens), strconv.Itoa(row.Concurrency), rate,
		strconv.Itoa(row.Requests), cell(row.MeasuredTTFTMS), cell(row.MeasuredTPOTMS), ""}
	if row.MeasuredOutputRate > 0 {
		row.Cells[len(row.Cells)-1] = cell(row.MeasuredOutputRate)
	}
	return row
}

// cell is a number as a table has it; empty where there is none.
func cell(v float64) string {
	if math.IsNaN(v) {
		return ""
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}

// rounded is a mean length in whole tokens; 0 where it is not known.
func rounded(v float64) int {
	if math.IsNaN(v) {
		return 0
	}
	return max(1, int(math.Round(v)))
}

// otherEngines are kinds of server that benchmarks name and that are none of those computed here.
var otherEngines = []string{"tgi", "lmdeploy", "deepspeed-mii", "llama.cpp", "scalellm", "atom", "truss", "gserver", "pytorch"}

// engineOf is the engine behind a benchmark's kind of server: vLLM where that says only how it is talked to.
func engineOf(server string) string {
	server = strings.ToLower(server)
	switch {
	case strings.Contains(server, "sglang"):
		return "sglang"
	case strings.Contains(server, "trt"), strings.Contains(server, "tensorrt"):
		return "trtllm"
	case slices.Contains(otherEngines, server):
		return server
	}
	return "vllm"
}

// benchmarkLoad is the workload of a run.
func benchmarkLoad(row *Row, r *results.Result, only bool) []setting {
	own := only && len(r.Requests) > 0
	timed := own && !slices.ContainsFunc(r.Requests, func(q results.Request) bool { return math.IsNaN(q.Start) })
	if timed && row.Concurrency == 0 {
		return []setting{{"workload.trace", row.File}}
	}
	requests := row.Requests
	if requests == 0 {
		requests = max(1, requestsPerUser*row.Concurrency)
	}
	list := []setting{{"workload.synthetic.requests", int64(requests)},
		{"workload.synthetic.seed", int64(1)}}
	switch {
	case row.Concurrency > 0:
		list = append(list, setting{"workload.synthetic.arrival.process", "closed"},
			setting{"workload.synthetic.arrival.concurrency", int64(row.Concurrency)})
	case r.Rate > 0:
		list = append(list, setting{"workload.synthetic.arrival.process", "poisson"},
			setting{"workload.synthetic.arrival.rate", r.Rate})
	default:
		list = append(list, setting{"workload.synthetic.arrival.process", "poisson"},
			setting{"workload.synthetic.arrival.rate", math.Inf(1)})
	}
	for _, side := range []struct {
		name   string
		tokens int
	}{{"input", row.InputTokens}, {"output", row.OutputTokens}} {
		at := "workload.synthetic." + side.name
		if own {
			list = append(list, setting{at + ".distribution", "empirical"}, setting{at + ".trace", row.File})
		} else {
			list = append(list, setting{at + ".distribution", "fixed"}, setting{at + ".value", int64(side.tokens)})
		}
	}
	return list
}
