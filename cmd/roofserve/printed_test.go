package main

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// sheet is what a verb prints for people, beside the JSON object of the same call.
type sheet struct {
	figures
	lines []string
}

// sheetOf calls a verb for its table and for its JSON.
func sheetOf(t *testing.T, dir, line string) sheet {
	t.Helper()
	out := call(t, statusFine, strings.ReplaceAll(line, "@", dir))
	return sheet{figures{t, line, object(t, dir, line)}, strings.Split(out, "\n")}
}

// row is the numbers of the line that begins with a text, that text left out.
func (s sheet) row(start string) (numbers []float64) {
	s.Helper()
	at := slices.IndexFunc(s.lines, func(l string) bool { return strings.HasPrefix(l, start+" ") })
	if at < 0 {
		s.Fatalf("%s: no line begins with %q:\n%s", s.line, start, strings.Join(s.lines, "\n"))
	}
	for _, text := range digits.FindAllString(strings.TrimPrefix(s.lines[at], start), -1) {
		v, err := strconv.ParseFloat(strings.ReplaceAll(text, ",", ""), 64)
		if err != nil {
			s.Fatal(err)
		}
		numbers = append(numbers, v)
	}
	return numbers
}

// shows checks that a line shows numbers, to three digits; percentages are given to one decimal.
func (s sheet) shows(start string, numbers []float64, want ...float64) {
	s.Helper()
	if len(numbers) != len(want) {
		s.Errorf("%s: %q shows %v, want %v", s.line, start, numbers, want)
		return
	}
	for i := range want {
		if math.Abs(numbers[i]-want[i]) > 0.006*want[i]+0.051 {
			s.Errorf("%s: %q shows %v, want %v", s.line, start, numbers, want)
			return
		}
	}
}

// TestExplanationShowsTheStep: every operator's line has its numbers, in the units of the heading.
func TestExplanationShowsTheStep(t *testing.T) {
	s := sheetOf(t, t.TempDir(), "explain --model llama-3.1-70b --device h100 --gpus 4 --batch 8 --context 2000")
	for name, o := range s.operators() {
		want := []float64{o.num("count")}
		for _, amount := range []float64{o.num("flops") / 1e9, o.num("bytes") / 1e6, o.num("intensity")} {
			if amount > 0 {
				want = append(want, amount)
			}
		}
		if roof := o.num("roof_ms"); roof > 0 {
			want = append(want, math.Round(100*roof/o.num("time_ms")))
		}
		want = append(want, o.num("time_ms")*1000, 100*o.num("share"))
		if o.get("law_error") != nil {
			want = append(want, math.Round(100*o.num("law_error")))
		}
		s.shows(name, s.row(name+" "), want...)
	}
	f := s.figures
	s.shows("all", s.row("all"), f.num("flops_per_gpu")/1e9, f.num("bytes_per_gpu")/1e6, f.num("flops_per_gpu")/f.num("bytes_per_gpu"), f.num("step_ms")*1000, 100)
	s.shows("the step", s.row("a decode of"), 8, 2000, f.num("step_ms"), f.num("tokens_per_second"), f.num("tokens_per_second_per_gpu"))
	s.shows("room", s.row("fits:"), f.num("max_concurrent_sequences"))
}

// TestABatchThatJustFits: as many sequences as a plan has room for fit, one more does not.
func TestABatchThatJustFits(t *testing.T) {
	const plan = "explain --model llama-3.1-70b --device h100 --gpus 4 --tp 4 --context 20000 --batch "
	most := figures{t, plan, object(t, "", plan+"1")}.num("max_concurrent_sequences")
	for batch, want := range map[float64]bool{most: true, most + 1: false} {
		f := figures{t, plan, object(t, "", fmt.Sprint(plan, batch))}
		if f.get("fits") != want || f.get("weights_fit") != true {
			t.Errorf("%v sequences where %v fit: fits %v", batch, most, f.get("fits"))
		}
	}
}

// TestSearchShowsItsTrials: every trial's line has its load, throughput, goodput and latencies.
func TestSearchShowsItsTrials(t *testing.T) {
	s := sheetOf(t, contractFolder(t), "capacity @/some.toml --slo ttft_p99=65ms,tpot_mean=1s --tolerance 0.5")
	lines := s.lines[slices.IndexFunc(s.lines, func(l string) bool { return strings.HasPrefix(l, "rate_scale") })+1:]
	for i, trial := range s.each("trials") {
		numbers := sheet{s.figures, []string{"trial " + lines[i]}}.row("trial")
		s.shows(lines[i], numbers, trial.num("load"), trial.num("gpus"), 1, trial.num("request_throughput"), trial.num("request_goodput"),
			trial.num("p99_ttft_ms"), trial.num("mean_tpot_ms"))
		words := map[bool]string{true: "met", false: "not met"}[trial.get("met") == true]
		if trial.num("load") == s.num("best.load") {
			words = "met, the edge"
		}
		if !strings.HasSuffix(lines[i], " "+words) {
			t.Errorf("%q does not end in %q", lines[i], words)
		}
	}
}

// TestPlanShowsItsMemory: what the memory verb prints are the object's bytes, in GB of 1e9.
func TestPlanShowsItsMemory(t *testing.T) {
	s := sheetOf(t, t.TempDir(), "memory --model llama-3.1-70b --device h100 --gpus 4 --context 32768")
	f := s.figures
	const gb = 1e9
	s.shows("weights", s.row("weights"), f.num("weight_bytes")/gb, f.num("weight_bytes_per_gpu")/gb)
	s.shows("usable", s.row("usable"), 100*f.num("gpu_memory_utilization"), f.num("device_bytes")/gb)
	s.shows("workspace", s.row("workspace"), f.num("workspace_bytes_per_gpu")/gb, f.num("activation_bytes_per_gpu")/gb,
		f.num("runtime_bytes_per_gpu")/gb, f.num("graph_bytes_per_gpu")/gb)
	s.shows("as logged", s.row("as logged"), f.num("kv_cache_tokens"), f.num("context"), f.num("max_concurrency"))
	s.shows("KV cache", s.row("KV cache"), f.num("kv_bytes_per_token"), f.num("kv_bytes_per_token_per_layer"))
	s.shows("fits", s.row("fits"), f.num("kv_pool_bytes_per_gpu")/gb, f.num("num_gpu_blocks"), 16)
	s.shows("room for", s.row("room for"), f.num("max_concurrent_sequences"), f.num("context"), f.num("longest_context"))
	whole := sheetOf(t, t.TempDir(), "memory --model llama-3.1-70b --device h100 --gpus 4")
	whole.shows("room for the longest", whole.row("room for"), whole.num("max_concurrent_sequences"), whole.num("context"))
	for _, c := range f.each("concurrency") {
		context := strconv.FormatFloat(c.num("context"), 'f', -1, 64)
		if n := len(context); n > 3 {
			context = context[:n-3] + "," + context[n-3:]
		}
		s.shows(context, s.row(context), c.num("max_concurrent_sequences"), c.num("context")*f.num("kv_bytes_per_token")/gb)
	}
	for _, need := range f.each("minimum_gpus") {
		name := need.get("device").(string)
		if need.get("gpus") == nil {
			continue
		}
		numbers := s.row(name)
		if len(numbers) < 4 || numbers[0] != need.num("gpus") || numbers[1] != need.num("plan.tp") ||
			numbers[len(numbers)-1] != need.num("max_concurrent_sequences") {
			t.Errorf("%s: %v is shown of %v", name, numbers, need.tree)
		}
		s.within(name, numbers[len(numbers)-2], need.num("weight_bytes_per_gpu")/gb, 0.006)
	}
}

// TestErrorsAreThoseOfTheRows: the errors of a validation follow from the predictions that it writes, by
// their definitions.
func TestErrorsAreThoseOfTheRows(t *testing.T) {
	dir := contractFolder(t)
	f := figures{t, "validate", object(t, dir, "validate @/measured.csv --quiet --out @")}
	rows := table(t, filepath.Join(dir, "predictions.csv"))
	for _, latency := range []string{"tpot", "ttft"} {
		var sizes, signed []float64
		covered := 0.0
		for _, r := range rows {
			if r[latency+"_ms"] == "" || r["predicted_"+latency+"_ms"] == "" {
				continue
			}
			measured := cell(t, r, latency+"_ms")
			wrong := cell(t, r, "predicted_"+latency+"_ms")/measured - 1
			sizes, signed = append(sizes, math.Abs(wrong)), append(signed, wrong)
			if latency == "tpot" && cell(t, r, "tpot_lo_ms") <= measured && measured <= cell(t, r, "tpot_hi_ms") {
				covered++
			}
		}
		slices.Sort(sizes)
		slices.Sort(signed)
		n := float64(len(sizes))
		sum := 0.0
		for _, size := range sizes {
			sum += size
		}
		f.same("rows", f.num("overall."+latency+".rows"), n)
		// Predictions are written to four digits behind the point.
		f.within("median_ape of "+latency, f.num("overall."+latency+".median_ape"), quantileOf(sizes, 0.5), 1e-3)
		f.within("p90_ape of "+latency, f.num("overall."+latency+".p90_ape"), quantileOf(sizes, 0.9), 1e-3)
		f.within("mean_ape of "+latency, f.num("overall."+latency+".mean_ape"), sum/n, 1e-3)
		f.within("median_bias of "+latency, f.num("overall."+latency+".median_bias"), quantileOf(signed, 0.5), 1e-3)
		if latency == "tpot" {
			f.same("coverage", f.num("overall.tpot.interval_coverage"), covered/n)
		}
	}
}

// quantileOf sorted values, linear between them as NumPy's.
func quantileOf(sorted []float64, q float64) float64 {
	at := q * float64(len(sorted)-1)
	low := int(at)
	high := min(low+1, len(sorted)-1)
	return sorted[low] + float64((at-float64(low))*(sorted[high]-sorted[low]))
}
