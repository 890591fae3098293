package fidelity

import (
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"testing"
)

// Ten rows: TPOT predicted, measured, and the interval's ends; the errors are −20, −10, −5, 0, +2, +4, +8,
// +10, +25 and
// +50%. Two rows have no TTFT, and one no interval.
var tenRows = []struct {
	model, engine           string
	tpot, measured, low, up float64
	ttft, measuredTTFT      float64
}{
	{"a", "vllm", 8, 10, 7, 9, 110, 100},
	{"a", "vllm", 18, 20, 17, 20, 90, 100}, // the end of the interval belongs to it
	{"a", "sglang", 9.5, 10, 10, 12, 100, 100},
	{"a", "sglang", 40, 40, 39, 41, 130, 100},
	{"b", "vllm", 51, 50, 50.5, 52, 100, 100},
	{"b", "vllm", 26, 25, 20, 30, 105, 100},
	{"b", "vllm", 10.8, 10, 9, 11, 200, 100},
	{"b", "vllm", 11, 10, 0, 0, 95, 100},
	{"b", "sglang", 12.5, 10, 10.1, 15, math.NaN(), 100},
	{"b", "sglang", 15, 10, 12, 18, 100, math.NaN()},
}

func tenPredictions() []Prediction {
	var all []Prediction
	for i, r := range tenRows {
		all = append(all, Prediction{Row: &Row{Model: r.model, Engine: r.engine, System: "s", Line: i + 2,
			MeasuredTPOTMS: r.measured,
			MeasuredTTFTMS: r.measuredTTFT}, TPOTMS: r.tpot, TTFTMS: r.ttft, TPOT: Range{r.low, r.up}})
	}
	return append(all, Prediction{Row: &Row{Model: "a", Engine: "vllm", Line: 99, MeasuredTPOTMS: 1,
		MeasuredTTFTMS: 1}, TPOTMS: 100,
		TTFTMS: 100, Skipped: "not modelled"})
}

func checkErrors(t *testing.T, what string, got, want Errors) {
	t.Helper()
	for _, c := range []struct {
		name      string
		got, want float64
	}{{"rows", float64(got.Rows), float64(want.Rows)}, {"median APE", got.MedianAPE, want.MedianAPE},
		{"mean APE", got.MeanAPE, want.MeanAPE},
		{"p90 APE", got.P90APE, want.P90APE}, {"median bias", got.MedianBias, want.MedianBias}, {"coverage",
			got.IntervalCoverage, want.IntervalCoverage}} {
		if math.Abs(c.got-c.want) > 1e-12 {
			t.Errorf("%s: %s %.12g, by hand %.12g", what, c.name, c.got, c.want)
		}
	}
}

func TestTenRowsByHand(t *testing.T) {
	s := ScoreAll(tenPredictions())
	if s.Overall.Rows != 10 {
		t.Errorf("%d rows", s.Overall.Rows)
	}
	// Sizes sorted: 0, 2, 4, 5, 8, 10, 10, 20, 25, 50%. The median lies between 8 and 10; the 90th percentile
	// a tenth of the way
	// from the ninth to the tenth: 0.9·9 = 8.1. Signed: −20, −10, −5, 0, 2, 4, 8, 10, 25, 50. Five of nine
	// intervals hold.
	checkErrors(t, "TPOT", s.Overall.TPOT, Errors{Rows: 10, MedianAPE: 0.09, MeanAPE: 1.34 / 10,
		P90APE: 0.25 + 0.1*0.25, MedianBias: 0.03,
		IntervalCoverage: 5. / 9})
	// Of eight: +10, −10, 0, +30, 0, +5, +100, −5%. Sizes: 0, 0, 5, 5, 10, 10, 30, 100; 0.9·7 = 6.3.
	checkErrors(t, "TTFT without intervals", Errors{Rows: s.Overall.TTFT.Rows,
		MedianAPE: s.Overall.TTFT.MedianAPE, MeanAPE: s.Overall.TTFT.MeanAPE,
		P90APE: s.Overall.TTFT.P90APE, MedianBias: s.Overall.TTFT.MedianBias},
		Errors{Rows: 8, MedianAPE: 0.075, MeanAPE: 1.6 / 8, P90APE: 0.3 + 0.3*0.7, MedianBias: 0.025})
	checkErrors(t, "model a", s.ByModel["a"].TPOT,
		Errors{Rows: 4, MedianAPE: 0.075, MeanAPE: 0.35 / 4, P90APE: 0.1 + 0.7*0.1, MedianBias: -0.075,
			IntervalCoverage: 0.75})
	checkErrors(t, "engine sglang", s.ByEngine["sglang"].TPOT,
		Errors{Rows: 4, MedianAPE: 0.15, MeanAPE: 0.8 / 4, P90APE: 0.25 + 0.7*0.25, MedianBias: 0.125,
			IntervalCoverage: 0.5})
	if len(s.ByModel) != 2 || len(s.ByEngine) != 2 || len(s.BySystem) != 1 || s.BySystem["s"].Rows != 10 {
		t.Errorf("%+v", s)
	}
}

// What no row tells is null: errors of no rows, and the coverage where there is no interval.
func TestStatisticsOfNothingAreNull(t *testing.T) {
	read := func(e Errors) map[string]any {
		text, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		m := map[string]any{}
		if err := json.Unmarshal(text, &m); err != nil {
			t.Fatal(err)
		}
		return m
	}
	some := ScoreAll(tenPredictions()).Overall
	for key, v := range read(some.TPOT) {
		if v == nil {
			t.Errorf("%s of ten rows is null", key)
		}
	}
	for key, v := range read(some.TTFT) {
		if (v == nil) != strings.HasPrefix(key, "interval_") {
			t.Errorf("%s of rows without an interval is %v", key, v)
		}
	}
	for key, v := range read(ScoreOf(nil).TPOT) {
		if (v == nil) != (key != "rows") {
			t.Errorf("%s of no rows is %v", key, v)
		}
	}
}

// A report and the rows that are written back say the same of every row, in milliseconds, and of those
// skipped nothing.
func TestReportOfTenRows(t *testing.T) {
	r := NewReport(tenPredictions())
	if r.Skipped != 1 || len(r.SkippedRows) != 1 || r.SkippedRows[0] != (SkippedRow{Line: 99, Model: "a",
		Reason: "not modelled"}) {
		t.Errorf("%+v", r.SkippedRows)
	}
	table := &Table{Header: []string{"model"}}
	predictions := tenPredictions()
	for _, p := range predictions {
		p.Row.Cells = []string{p.Row.Model}
	}
	var out strings.Builder
	if err := WriteCSV(&out, table, predictions); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	for i, want := range map[int]string{
		0: "model,predicted_ttft_ms,predicted_tpot_ms,tpot_lo_ms,tpot_hi_ms", 1: "a,110.0000,8.0000,7.0000,9.0000",
		8: "b,95.0000,11.0000,,", 9: "b,,12.5000,10.1000,15.0000", 11: "a,,,,"} {
		if !strings.HasPrefix(lines[i], want) {
			t.Errorf("line %d is %s, by hand %s", i+1, lines[i], want)
		}
	}
}

// A row's cells become the fields of those names; what is missing has the defaults of a closed loop on one
// GPU.
func TestEveryColumnIsReadAsWhatItSays(t *testing.T) {
	text := "osl,isl,model,system,gpus,engine,engine_version,weights,kv,gpu_memory_utilization,tp,pp,dp_attention,ep,length_min_fraction,concurrency,requests,ttft_ms,tpot_ms,note,activations,enforce_eager,output_tokens_per_s\n" +
		"11,22,m,s,16,vllm,0.9,fp8,bf16,0.75,2,4,8,3,0.5,66,77,88.5,99.25,x,fp8,true,123.5\n" +
		"1,2,m,s,16,vllm,,,,,,,4,,,5,,,,,,,\n"
	table, err := Read("m.csv", strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	r := table.Rows[0]
	r.Cells = nil
	eager := true
	want := Row{File: "m.csv", Line: 2, Model: "m", System: "s", GPUs: 16, Engine: "vllm",
		EngineVersion: "0.9", Weights: "fp8", KV: "bf16",
		GPUMemoryUtilization: 0.75, TP: 2, PP: 4, DPAttention: 8, EP: 3, InputTokens: 22, OutputTokens: 11,
		LengthMinFraction: 0.5,
		Concurrency:       66, Requests: 77, MeasuredTTFTMS: 88.5, MeasuredTPOTMS: 99.25,
		Activations: "fp8", EnforceEager: &eager, MeasuredOutputRate: 123.5}
	if !reflect.DeepEqual(r, want) {
		t.Errorf("%+v, by hand %+v", r, want)
	}
	d := table.Rows[1]
	if d.TP != 4 || d.PP != 1 || d.DPAttention != 4 || d.EP != 1 || d.LengthMinFraction != 1 ||
		d.Requests != 0 || !math.IsNaN(d.MeasuredTTFTMS) || !math.IsNaN(d.MeasuredTPOTMS) {
		t.Errorf("defaults %+v", d)
	}
	s, err := r.Scenario()
	if err != nil {
		t.Fatal(err)
	}
	w := s.Workload.Synthetic
	if s.Model.Name != "m" || s.Hardware.Device != "s" || s.Hardware.GPUs != 16 || s.Parallel.TP != 2 ||
		s.Parallel.PP != 4 || s.Parallel.DP != 8 ||
		s.Parallel.EP != 3 || w.Requests != 77 || w.Input.Min != 11 || w.Input.Max != 22 ||
		w.Output.Min != 6 || w.Output.Max != 11 || w.Arrival.Concurrency != 66 ||
		s.Precision.Activations != "fp8" || !s.Engine.EnforceEager || s.Workload.Client == "" {
		t.Errorf("%+v, %+v", s, w)
	}
	if s, err = d.Scenario(); err != nil || s.Workload.Synthetic.Requests != 50 {
		t.Errorf("%+v requests of five users, %v", s, err)
	}
}

// Throughput is compared where it was measured. Rows of nothing else have no client that waits for a first
// token.
func TestThroughputByHand(t *testing.T) {
	rows := []Row{{Model: "a", MeasuredOutputRate: 100}, {Model: "a", MeasuredOutputRate: 200}, {Model: "a"}}
	var all []Prediction
	for i := range rows {
		r := &rows[i]
		r.MeasuredTTFTMS, r.MeasuredTPOTMS = math.NaN(), math.NaN()
		all = append(all, Prediction{Row: r, OutputRate: 110, Output: Range{90, 130}})
	}
	got := ScoreOf(all)
	if e := got.Output; e.Rows != 2 || math.Abs(e.MedianAPE-0.275) > 1e-12 ||
		math.Abs(e.MedianBias+0.175) > 1e-12 || e.IntervalCoverage != 0.5 || got.TPOT.Rows != 0 || got.Rows != 3 {
		t.Errorf("%+v", got)
	}
	const text = "model,system,gpus,engine,isl,osl,concurrency,output_tokens_per_s\nm,s,1,vllm,2,3,1,9\n"
	table, err := Read("m.csv", strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if s, err := table.Rows[0].Scenario(); err != nil || s.Workload.Client != "" {
		t.Errorf("client %q, %v", s.Workload.Client, err)
	}
}
