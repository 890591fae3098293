package main

import (
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// everything runs a scenario with every output, and gives the folder and the JSON object.
func everything(t *testing.T) (string, figures) {
	t.Helper()
	dir := contractFolder(t)
	line := "run @/some.toml --out @ --html @/r.html --trace @/t.json --junit @/j.xml --requests-csv @/requests.csv"
	return dir, figures{t, "run", object(t, dir, line)}
}

// table reads a CSV file as its rows by the names of its columns.
func table(t *testing.T, path string) (rows []map[string]string) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, cells := range all[1:] {
		row := map[string]string{}
		for i, name := range all[0] {
			row[name] = cells[i]
		}
		rows = append(rows, row)
	}
	return rows
}

// cell is a number of a row.
func cell(t *testing.T, row map[string]string, name string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(row[name], 64)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return v
}

func text(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestOutputsOfARunAgree: every file that one run writes tells the same of it.
func TestOutputsOfARunAgree(t *testing.T) {
	dir, f := everything(t)
	file := func(name string) string { return filepath.Join(dir, name) }
	requests := table(t, file("requests.csv"))
	f.requestsAgree(requests)
	f.traceAgrees(requests, text(t, file("t.json")))
	f.latenciesAgree(requests, table(t, file("latency.csv")))
	f.seriesAgree(table(t, file("timeline.csv")), table(t, file("throughput.csv")))
	f.stepAgrees(table(t, file("step_breakdown.csv")))
	f.verdictsAgree(text(t, file("j.xml")))
	f.pageAgrees(text(t, file("r.html")))
}

// requestsAgree: the requests' file adds up to the totals, its times are in s and its latencies in ms.
func (f figures) requestsAgree(rows []map[string]string) {
	var in, out, last, ttft, cached float64
	for _, r := range rows {
		in += cell(f.T, r, "input_tokens")
		out += cell(f.T, r, "output_tokens")
		cached += cell(f.T, r, "cached_tokens")
		last = math.Max(last, cell(f.T, r, "last_token_s"))
		ttft += cell(f.T, r, "ttft_ms")
		f.within("ttft_ms", cell(f.T, r, "ttft_ms"), 1000*(cell(f.T, r, "first_token_s")-cell(f.T, r, "arrival_s")), 1e-6)
		f.within("e2el_ms", cell(f.T, r, "e2el_ms"), 1000*(cell(f.T, r, "last_token_s")-cell(f.T, r, "arrival_s")), 1e-6)
		if gaps := cell(f.T, r, "output_tokens") - 1; gaps > 0 {
			f.within("tpot_ms", cell(f.T, r, "tpot_ms")*gaps, cell(f.T, r, "e2el_ms")-cell(f.T, r, "ttft_ms"), 1e-6)
		}
	}
	f.same("rows", float64(len(rows)), f.num("num_prompts"))
	f.same("input tokens", in, f.num("total_input_tokens"))
	f.same("output tokens", out, f.num("total_output_tokens"))
	f.same("last token in s", last, f.num("duration"))
	f.same("mean TTFT", ttft/float64(len(rows)), f.num("mean_ttft_ms"))
	f.same("cached tokens", cached/in, f.num("prefix_cache.hit_rate"))
}

// traceAgrees: a request's spans begin and end, in µs, where its row says.
func (f figures) traceAgrees(rows []map[string]string, text string) {
	var trace struct {
		TraceEvents []struct {
			Phase string  `json:"ph"`
			Name  string  `json:"name"`
			ID    int     `json:"id"`
			At    float64 `json:"ts"`
			Args  map[string]any
		}
	}
	if err := json.Unmarshal([]byte(text), &trace); err != nil {
		f.Fatal(err)
	}
	at := map[string]float64{}
	counters := map[string]float64{}
	for _, e := range trace.TraceEvents {
		switch e.Phase {
		case "b", "e":
			at[e.Phase+" "+e.Name+" "+strconv.Itoa(e.ID)] = e.At
		case "C":
			counters[e.Name] = math.Max(counters[e.Name], e.Args["value"].(float64))
		}
	}
	want := 0
	for _, r := range rows {
		for event, column := range map[string]string{"b request": "arrival_s", "e request": "last_token_s", "b to first token": "arrival_s",
			"e to first token": "first_token_s", "b decode": "first_token_s", "e decode": "last_token_s"} {
			if strings.HasSuffix(event, "decode") && r["output_tokens"] == "1" {
				continue
			}
			want++
			f.same(event+" of "+r["index"], at[event+" "+r["index"]], 1e6*cell(f.T, r, column))
		}
		want += 2
		f.same("waiting of "+r["index"], at["b waiting "+r["index"]], at["b request "+r["index"]])
		if began := at["e waiting "+r["index"]]; began < at["b waiting "+r["index"]] || began > at["e to first token "+r["index"]] {
			f.Errorf("request %s waits until %v µs", r["index"], began)
		}
	}
	if len(at) != want {
		f.Errorf("%d spans begin and end, %d are in the requests' file", len(at), want)
	}
	if most := counters["KV cache in use (%)"]; most <= 0 || most > 100*f.num("kv_cache_usage.max")*(1+1e-9) {
		f.Errorf("the counter of the KV cache reaches %v%%, the result says %v", most, f.num("kv_cache_usage.max"))
	}
	if most := counters["running sequences"]; most <= 0 || most > f.num("concurrent_sequences.max") {
		f.Errorf("the counter of running sequences reaches %v, the result says %v", most, f.num("concurrent_sequences.max"))
	}
}

// latenciesAgree: the cumulative distributions are those of the requests, in ms.
func (f figures) latenciesAgree(requests, rows []map[string]string) {
	for _, metric := range []string{"ttft", "tpot", "e2el"} {
		var values, drawn []float64
		for _, r := range requests {
			if r[metric+"_ms"] != "" {
				values = append(values, cell(f.T, r, metric+"_ms"))
			}
		}
		slices.Sort(values)
		for _, r := range rows {
			if r["metric"] != metric {
				continue
			}
			v, share := cell(f.T, r, "latency_ms"), cell(f.T, r, "share_at_or_below")
			drawn = append(drawn, v)
			below := 0
			for _, value := range values {
				if value <= v*(1+1e-9) {
					below++
				}
			}
			f.within("share of "+metric+" below "+r["latency_ms"], share, float64(below)/float64(len(values)), 1e-9)
		}
		if len(drawn) == 0 {
			f.Errorf("no distribution of %s is drawn", metric)
			continue
		}
		f.same("largest "+metric, drawn[len(drawn)-1], f.num("max_"+metric+"_ms"))
		f.rise(metric, drawn...)
	}
}

// seriesAgree: windows over time add up to the totals.
func (f figures) seriesAgree(timeline, throughput []map[string]string) {
	var out, in, arrived, completed, running, usage, preempted, end float64
	for i, r := range throughput {
		span := cell(f.T, r, "end_s") - cell(f.T, r, "start_s")
		f.within("start", cell(f.T, r, "start_s"), end, 1e-12)
		end = cell(f.T, r, "end_s")
		out += cell(f.T, r, "output_tokens_per_s") * span
		in += cell(f.T, r, "input_tokens_per_s") * span
		arrived += cell(f.T, r, "arrivals_per_s") * span
		completed += cell(f.T, r, "completions_per_s") * span
		level := timeline[i]
		running += cell(f.T, level, "running") * span
		usage += cell(f.T, level, "kv_cache_usage") * span
		preempted += cell(f.T, level, "preemptions")
	}
	seconds := f.num("duration")
	f.within("duration in s", end, seconds, 1e-9)
	f.within("output tokens", out, f.num("total_output_tokens"), 1e-6)
	f.within("input tokens", in, f.num("total_input_tokens"), 1e-6)
	f.within("arrivals", arrived, f.num("completed"), 1e-6)
	f.within("completions", completed, f.num("completed"), 1e-6)
	f.within("mean running", running/seconds, f.num("concurrent_sequences.mean"), 1e-3)
	f.within("mean usage", usage/seconds, f.num("kv_cache_usage.mean"), 1e-3)
	f.same("preemptions", preempted, f.num("preemptions"))
}

// stepAgrees: the bars of a decode step are its operators, the longest first, and the rest together.
func (f figures) stepAgrees(rows []map[string]string) {
	operators := map[string]float64{}
	for _, o := range f.each("step_breakdown.operators") {
		name := o.get("layer").(string) + " · " + o.get("name").(string)
		if o.get("layer") == o.get("name") {
			name = o.get("name").(string)
		}
		operators[name] += o.num("time_ms")
	}
	sum, longest := 0.0, math.Inf(1)
	for _, r := range rows {
		ms := cell(f.T, r, "time_ms")
		sum += ms
		f.within("share of "+r["operator"], cell(f.T, r, "share"), ms/f.num("step_breakdown.total_ms"), 1e-9)
		if strings.HasSuffix(r["operator"], " more") {
			continue
		}
		f.same(r["operator"], ms, operators[r["operator"]])
		f.rise("bars, from below", ms, longest)
		longest = ms
	}
	f.within("ms of all bars", sum, f.num("step_breakdown.total_ms"), 1e-9)
}

// verdictsAgree: JUnit has a test for each verdict and a failure for each that was not kept.
func (f figures) verdictsAgree(text string) {
	var suite struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
		Cases    []struct {
			Failure *struct{} `xml:"failure"`
		} `xml:"testcase"`
	}
	if err := xml.Unmarshal([]byte(text), &suite); err != nil {
		f.Fatal(err)
	}
	failed, tests := 0, 0
	for i, e := range f.each("expectations") {
		tests++
		broken := e.get("verdict") != "kept"
		if broken {
			failed++
		}
		if i < len(suite.Cases) && broken != (suite.Cases[i].Failure != nil) {
			f.Errorf("test %d fails: %v, its verdict is %v", i, suite.Cases[i].Failure != nil, e.get("verdict"))
		}
		value := f.num(e.get("metric").(string))
		f.same("value of "+e.get("metric").(string), e.num("value"), value)
		if over := value > e.num("limit"); broken != (over == (e.get("bound") == "max")) {
			f.Errorf("%v: %v against %v %v", e.get("verdict"), value, e.get("bound"), e.num("limit"))
		}
	}
	if suite.Tests != tests || suite.Failures != failed || len(suite.Cases) != tests || failed == 0 ||
		failed == tests {
		f.Errorf("%d tests with %d failures of %d cases; %d verdicts, %d failed", suite.Tests, suite.Failures, len(suite.Cases), tests, failed)
	}
}

// rowOfPage finds a row of the page's tables: its heading and its cells.
var rowOfPage = regexp.MustCompile(`<tr><th scope="row">([^<]*)</th>((?:<td>[^<]*</td>)+)</tr>`)

// tileOfPage finds a tile: its name, its value and the note below.
var tileOfPage = regexp.MustCompile(`<div><dt>([^<]*)</dt><dd>([^<]*)</dd><dd class="note">([^<]*)</dd></div>`)

// pageAgrees: the tables and tiles of the HTML report show the result's numbers, to three digits.
func (f figures) pageAgrees(page string) {
	cells := map[string][]string{}
	for _, m := range rowOfPage.FindAllStringSubmatch(page, -1) {
		cells[m[1]] = strings.Split(strings.TrimSuffix(strings.ReplaceAll(m[2], "<td>", ""), "</td>"), "</td>")
	}
	for _, m := range tileOfPage.FindAllStringSubmatch(page, -1) {
		cells["tile "+m[1]] = m[2:]
	}
	for name, l := range map[string]string{"time to first token": "ttft", "time per output token": "tpot", "inter-token latency": "itl", "end to end": "e2el"} {
		f.shown(cells[name], "mean_"+l+"_ms", "median_"+l+"_ms", "p90_"+l+"_ms", "p99_"+l+"_ms", "max_"+l+"_ms")
	}
	f.shown(cells["tile time to first token"], "median_ttft_ms", "p99_ttft_ms")
	f.shown(cells["tile time per output token"], "median_tpot_ms", "p99_tpot_ms")
	f.shown(cells["tile output throughput"], "output_throughput", "request_throughput")
	f.shown(cells["tile running sequences"], "concurrent_sequences.mean", "concurrent_sequences.max")
	f.shown(cells["tile goodput"], "request_goodput")
	f.shown(cells["tile a million output tokens"], "price.usd_per_million_output_tokens", "price.usd_per_hour")
	f.shown(cells["preemptions"], "preemptions")
	f.shownShares(cells["cache in use, mean and max"], "kv_cache_usage.mean", "kv_cache_usage.max")
	f.shownShares(cells["prompt tokens found in the prefix cache"], "prefix_cache.hit_rate")
	f.shownBytes(cells["weights"], "memory.weight_bytes_per_gpu")
	f.shownBytes(cells["KV cache"], "memory.kv_pool_bytes_per_gpu")
	f.shown(cells["bytes of cache for each token"], "memory.kv_bytes_per_token")
	f.shown(cells["blocks of 16 tokens"], "memory.num_gpu_blocks")
}

// digits finds a number in a text for people.
var digits = regexp.MustCompile(`[0-9][0-9,]*(\.[0-9]+)?`)

// quantileNote is "p99 61.2 ms" without the number of the quantile.
var quantileNote = strings.NewReplacer("p99 ", "", "p50 ", "")

// shown checks that texts show the numbers at some paths.
func (f figures) shown(texts []string, paths ...string) {
	f.Helper()
	for i, path := range paths {
		if i >= len(texts) {
			f.Errorf("the page does not show %s", path)
			return
		}
		v, err := strconv.ParseFloat(strings.ReplaceAll(digits.FindString(quantileNote.Replace(texts[i])), ",", ""), 64)
		if err != nil {
			f.Errorf("the page shows %q for %s", texts[i], path)
			continue
		}
		f.within("shown "+path, v, f.num(path), 0.006)
	}
}

// shownShares checks that a cell shows shares as percentages, to one decimal.
func (f figures) shownShares(cells []string, paths ...string) {
	f.Helper()
	texts := digits.FindAllString(strings.Join(cells, " "), -1)
	for i, path := range paths {
		if i >= len(texts) || texts[i] != strconv.FormatFloat(100*f.num(path), 'f', 1, 64) {
			f.Errorf("the page shows %q for %s of %v", cells, path, f.num(path))
			return
		}
	}
}

// shownBytes checks that a cell shows bytes in GB of 1e9.
func (f figures) shownBytes(cells []string, path string) {
	f.Helper()
	v, err := strconv.ParseFloat(digits.FindString(strings.Join(cells, "")), 64)
	if err != nil || !strings.HasSuffix(strings.Join(cells, ""), " GB") {
		f.Errorf("the page shows %q for %s", cells, path)
		return
	}
	f.within("shown "+path, v*1e9, f.num(path), 0.006)
}

// TestSummaryShowsTheResult: what the terminal prints are the result's numbers.
func TestSummaryShowsTheResult(t *testing.T) {
	dir := contractFolder(t)
	out, tree := printed(t, "run "+dir+"/some.toml", filepath.Join(dir, "r.json"))
	f := figures{t, "summary", tree}
	line := func(start string) []string {
		t.Helper()
		for _, l := range strings.Split(out, "\n") {
			if rest, ok := strings.CutPrefix(l, start); ok {
				return digits.FindAllString(quantiles.ReplaceAllString(rest, ""), -1)
			}
		}
		t.Fatalf("no line begins with %q:\n%s", start, out)
		return nil
	}
	for title, l := range map[string]string{"TTFT": "ttft", "TPOT": "tpot", "ITL": "itl", "E2E": "e2el"} {
		f.shown(line(title), "mean_"+l+"_ms", "median_"+l+"_ms", "p90_"+l+"_ms", "p99_"+l+"_ms")
	}
	f.shown(line("requests"), "completed", "failed", "duration", "preemptions")
	f.shown(line("throughput"), "request_throughput", "output_throughput", "input_throughput", "total_token_throughput")
	f.shown(line("running"), "concurrent_sequences.mean", "concurrent_sequences.p99", "concurrent_sequences.max")
	f.shown(line("price"), "price.usd_per_hour", "price.usd_per_million_output_tokens")
	f.shown(line("decode step"), "step_breakdown.total_ms", "step_breakdown.sequences", "step_breakdown.mean_context")
}

// quantiles are the names of statistics that have digits.
var quantiles = regexp.MustCompile(`p[59][09]`)

// printed calls the program with --json FILE, and gives what it prints and what it wrote.
func printed(t *testing.T, line, file string) (string, map[string]any) {
	t.Helper()
	var out, errs strings.Builder
	status := run(t.Context(), strings.NewReader(""), &out, &errs, append(strings.Fields(line), "--json", file))
	if status != statusFine && status != statusExpectation {
		t.Fatalf("roofserve %s: exit status %d: %s", line, status, errs.String())
	}
	var tree map[string]any
	if err := json.Unmarshal([]byte(text(t, file)), &tree); err != nil {
		t.Fatal(err)
	}
	return out.String(), tree
}
