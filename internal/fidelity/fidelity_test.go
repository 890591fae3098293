package fidelity

import (
	"math"
	"strings"
	"testing"

	"github.com/roofserve/roofserve/scenarios"
)

const measurements = `model,system,gpus,engine,weights,tp,isl,osl,concurrency,ttft_ms,tpot_ms
meta-llama/Llama-3.1-8B,h100_sxm,1,vllm,bf16,1,512,64,4,30,7
no/such-model,h100_sxm,1,vllm,bf16,1,512,64,4,30,7
deepseek-ai/DeepSeek-V3,h200_sxm,8,sglang,fp8,1,512,32,8,,30
`

func predictAll(t *testing.T, rows []Row) []Prediction {
	var all []Prediction
	for i := range rows {
		all = append(all, predict(t.Context(), &rows[i]))
	}
	return all
}

func TestEveryRowIsSimulatedOrExplained(t *testing.T) {
	table, err := Read("m.csv", strings.NewReader(strings.Replace(measurements, "fp8,1,512", "fp8,8,512", 1)))
	if err != nil {
		t.Fatal(err)
	}
	predictions := predictAll(t, table.Rows)
	r := NewReport(predictions)
	if r.Skipped != 1 || r.SkippedRows[0].Line != 3 || !strings.Contains(r.SkippedRows[0].Reason, "no/such-model") {
		t.Errorf("skipped %+v", r.SkippedRows)
	}
	if r.Overall.Rows != 2 || r.Overall.TPOT.Rows != 2 || r.Overall.TTFT.Rows != 1 {
		t.Errorf("scored %+v", r.Overall)
	}
	if e := r.ByEngine["vllm"].TPOT.MedianAPE; !(e < 0.5) {
		t.Errorf("an 8B model's TPOT is off by %v", e)
	}
	var out strings.Builder
	if err := WriteCSV(&out, table, predictions); err != nil {
		t.Fatal(err)
	}
	if lines := strings.Split(strings.TrimSpace(out.String()), "\n"); len(lines) != 4 ||
		!strings.HasSuffix(lines[2], strings.Repeat(",", len(predictedColumns))) {
		t.Errorf("rows written back:\n%s", out.String())
	}
}

func TestScoresAreMediansOfRatios(t *testing.T) {
	row := &Row{Model: "m", MeasuredTPOTMS: 10, MeasuredTTFTMS: math.NaN()}
	var all []Prediction
	for _, tpot := range []float64{9, 11, 12} {
		all = append(all, Prediction{Row: row, TPOTMS: tpot, TPOT: Range{10, 11}})
	}
	e := ScoreOf(all).TPOT
	if math.Abs(e.MedianAPE-0.1) > 1e-9 || math.Abs(e.MedianBias-0.1) > 1e-9 || e.IntervalCoverage != 1 {
		t.Errorf("%+v", e)
	}
}

func TestOneTokenHasNoTimePerOutputToken(t *testing.T) {
	table, err := Read("m.csv", strings.NewReader(strings.Replace(measurements, "1,512,64,4", "1,512,1,4", 1)))
	if err != nil {
		t.Fatal(err)
	}
	predictions := predictAll(t, table.Rows[:1])
	var out strings.Builder
	if err := WriteCSV(&out, table, predictions); err != nil {
		t.Fatal(err)
	}
	if s := ScoreOf(predictions); s.TPOT.Rows != 0 || s.TTFT.Rows != 1 || !strings.Contains(out.String(), ",,,,") {
		t.Errorf("%+v\n%s", s, out.String())
	}
}

func TestAFolderIsNoMeasurements(t *testing.T) {
	dir := t.TempDir()
	if _, err := Open(dir); err == nil || !strings.HasPrefix(err.Error(), dir+": cannot be read: is a folder") {
		t.Errorf("got %v", err)
	}
}

func TestBadMeasurementsNameLineAndColumn(t *testing.T) {
	for text, want := range map[string]string{
		"":                      "m.csv:1: has no header",
		"mod\"el,system\nx,y\n": "m.csv:1: cannot be read",
		measurements + "\"a quote that ends nowhere,1\n":          "m.csv:5: cannot be read",
		strings.Replace(measurements, "ttft_ms", "isl", 1):        "m.csv:1: isl: the column stands there twice",
		strings.Replace(measurements, "tpot_ms", "tpot", 1) + "x": "m.csv:5",
		strings.Replace(measurements, "isl", "ils",
			1): "m.csv:1: isl: the column is missing",
		strings.SplitAfter(measurements,
			"\n")[0]: "m.csv: has no rows",
	} {
		_, err := Read("m.csv", strings.NewReader(text))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}

// A row with a cell that says nothing usable is skipped with the reason, and the others are simulated.
func TestRowsThatCannotBeUsedAreSkipped(t *testing.T) {
	for change, want := range map[[2]string]string{
		{"30,7", "-30,7"}:      `m.csv:2: ttft_ms: "-30" cannot be used; use a number above 0`,
		{"30,7", "30,NaN"}:     `m.csv:2: tpot_ms: "NaN" cannot be used`,
		{",512,", ",1e99,"}:    `m.csv:2: isl: "1e99" cannot be used; use a whole number`,
		{"h100_sxm,1,", ",1,"}: "m.csv:2: system: is empty",
	} {
		table, err := Read("m.csv", strings.NewReader(strings.Replace(measurements, change[0], change[1], 1)))
		if err != nil {
			t.Fatal(err)
		}
		if p := predict(t.Context(), &table.Rows[0]); len(table.Rows) != 3 || !strings.HasPrefix(p.Skipped, want) {
			t.Errorf("want %q, got %q", want, p.Skipped)
		}
	}
}

// What a deployment was started with is simulated, under whatever version.
func TestSettingsOfARowAreObeyed(t *testing.T) {
	const header = "model,system,gpus,engine,engine_version,isl,osl,concurrency,max_num_batched_tokens,max_prefill_tokens,chunked_prefill,mixed_chunk\n"
	scenario := func(row string) *scenarios.Scenario {
		t.Helper()
		table, err := Read("m.csv", strings.NewReader(header+row))
		if err != nil {
			t.Fatal(err)
		}
		s, err := table.Rows[0].Scenario()
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := scenario("m,h100,1,trtllm,1.0.0rc3,1024,128,8,2560,,false,")
	if e := s.Engine; e.MaxNumBatchedTokens != 2560 || *e.ChunkedPrefill || e.MaxModelLen != 1152 {
		t.Errorf("%+v", e)
	}
	s = scenario("m,h100,1,sglang,a-dev build,1024,128,8,,3500,,true")
	if e := s.Engine; e.MaxPrefillTokens != 3500 || !e.EnableMixedChunk || e.ChunkedPrefill != nil {
		t.Errorf("%+v", e)
	}
	if e := scenario("m,h100,1,vllm,gpt-oss-dev,1024,128,8,,,,").Engine; e.AsyncScheduling != nil {
		t.Error("a word that is no release is taken for an old one")
	}
}

// Rows at a rate are open loops without the closed loops' client, and their prompts may come again; what does
// not go together is not used.
func TestRowsAtARate(t *testing.T) {
	const header = "model,system,gpus,engine,isl,osl,concurrency,rate,requests,prefix_pool,max_num_seqs,max_model_len,num_gpu_blocks\n"
	const row = "meta-llama/Llama-3.1-8B,h100_sxm,1,vllm,512,64,"
	table, err := Read("m.csv", strings.NewReader(header+row+",5,40,8,16,4096,9000\n"+row+"4,5,40,,,,\n"+
		row+",5,,,,,\n"+row+",,40,,,,\n"+row+"4,,40,,,,\n"))
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"", "stands beside concurrency", "requests", "concurrency", ""} {
		err := table.Rows[i].Unusable
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("row %d: %v, not %q", i+1, err, want)
		}
	}
	s, err := table.Rows[0].Scenario()
	if err != nil {
		t.Fatal(err)
	}
	y := &s.Workload.Synthetic
	if y.Arrival.Process != "poisson" || y.Arrival.Rate != 5 || y.Requests != 40 || y.Prompts != 8 ||
		s.Workload.Client != "" || !*s.Engine.PrefixCaching || s.Engine.MaxNumSeqs != 16 ||
		s.Engine.MaxModelLen != 4096 || s.Engine.NumGPUBlocks != 9000 {
		t.Errorf("%+v, %+v", s.Workload, s.Engine)
	}
	closed, err := table.Rows[4].Scenario()
	if err != nil || closed.Workload.Client != "benchmark" || *closed.Engine.PrefixCaching {
		t.Errorf("%+v, %v", closed.Workload, err)
	}
	if table.Rows[0].InStep() || !table.Rows[4].InStep() {
		t.Error("users of a closed loop of exact lengths march in step, requests at a rate do not")
	}
}
