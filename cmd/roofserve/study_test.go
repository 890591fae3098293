package main

import (
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// twoModels is a study of two small models, with every file that it writes.
func twoModels(t *testing.T) (string, figures) {
	t.Helper()
	dir := t.TempDir()
	tree := object(t, dir, "compare --models llama-3.1-8b,qwen3-4b --workload 512x64 --requests 30 --quiet --out @")
	return dir, figures{t, "compare", tree}
}

// summaryColumns are where the columns of summary.csv stand in the study's object.
var summaryColumns = map[string]string{
	"params": "params", "active_params": "active_params", "kv_bytes_per_token": "kv_bytes_per_token",
	"state_bytes_per_sequence": "state_bytes_per_sequence", "smallest_gpus": "smallest.gpus", "same_load_gpus": "same_load_plan.gpus",
	"same_load_usd_per_million_output": "same_load.usd_per_million_output_tokens", "same_load_median_tpot_ms": "same_load.median_tpot_ms",
	"same_load_p99_ttft_ms": "same_load.p99_ttft_ms", "same_gpus": "same.gpus", "kv_pool_bytes_per_gpu": "same.kv_pool_bytes_per_gpu",
	"sequences_at_mean_context": "same.sequences", "batch_tpot_ms": "decode_tpot_ms", "same_slo_requests_per_s": "same_slo.requests_per_s",
	"same_slo_goodput_per_s": "same_slo.goodput_per_s", "same_slo_output_tokens_per_s": "same_slo.output_tokens_per_s",
	"same_slo_usd_per_million_output": "same_slo.usd_per_million_output_tokens",
}

// TestStudyTablesAreTheStudy: summary.csv, the tables of every figure and those of the report have the
// numbers of the object.
func TestStudyTablesAreTheStudy(t *testing.T) {
	dir, f := twoModels(t)
	entries := map[string]figures{}
	for _, e := range f.each("entries") {
		entries[e.get("model").(string)] = e
	}
	summary := table(t, filepath.Join(dir, "summary.csv"))
	if len(summary) != 2 || len(summary[0]) != len(summaryColumns)+2 {
		t.Fatalf("summary.csv has %d rows of %d columns", len(summary), len(summary[0]))
	}
	for _, row := range summary {
		for name, path := range summaryColumns {
			entries[row["model"]].same(name, cell(t, row, name), entries[row["model"]].num(path))
		}
	}
	contextTables(t, dir, entries)
	loadTables(t, dir, entries)
	barTables(t, dir, entries)
	leverTables(t, dir, entries)
	studyPage(t, text(t, filepath.Join(dir, "report.html")), entries)
}

// contextTables are those of the figures against context.
func contextTables(t *testing.T, dir string, entries map[string]figures) {
	for name, key := range map[string]string{"batch-tpot": "tpot_ms", "saturated-output": "output_tokens_per_s",
		"saturated-cost": "usd_per_million_output_tokens", "sequences": "sequences"} {
		rows := table(t, filepath.Join(dir, name+"-h100-sxm-80gb.csv"))
		if len(rows) < 6 {
			t.Errorf("%s has %d rows", name, len(rows))
		}
		for _, row := range rows {
			at := at(entries[row["model"]].each("contexts"), "context", cell(t, row, "context"))
			at.same(name, cell(t, row, name), at.num(key))
		}
	}
}

// at is the object of a list whose number of a name is a value.
func at(list []figures, name string, value float64) figures {
	i := slices.IndexFunc(list, func(f figures) bool { return f.num(name) == value })
	if i < 0 {
		list[0].Fatalf("no %s of %v", name, value)
	}
	return list[i]
}

// loadTables are those of the figures against load.
func loadTables(t *testing.T, dir string, entries map[string]figures) {
	for name, key := range map[string]string{"load-tpot": "median_tpot_ms", "load-ttft": "median_ttft_ms"} {
		for _, row := range table(t, filepath.Join(dir, name+"-h100-sxm-80gb.csv")) {
			at := at(entries[row["model"]].each("loads"), "requests_per_s", cell(t, row, "requests_per_s"))
			at.same(name, cell(t, row, name), at.num(key))
			if row["overloaded"] != strconv.FormatBool(at.get("overloaded") == true) {
				t.Errorf("%s: overloaded is %s, the object says %v", name, row["overloaded"], at.get("overloaded"))
			}
		}
	}
}

// barTables are those of one number for each model.
func barTables(t *testing.T, dir string, entries map[string]figures) {
	for name, path := range map[string]string{"same-load-cost": "same_load.usd_per_million_output_tokens", "same-load-gpus": "same_load_plan.gpus",
		"same-slo-cost": "same_slo.usd_per_million_output_tokens", "same-slo-load": "same_slo.requests_per_s"} {
		rows := table(t, filepath.Join(dir, name+".csv"))
		if len(rows) != 2 {
			t.Errorf("%s has %d rows", name, len(rows))
		}
		for _, row := range rows {
			entries[row["model"]].same(name, cell(t, row, name), entries[row["model"]].num(path))
		}
	}
}

// leverTables are those of what each field of an architecture moves.
func leverTables(t *testing.T, dir string, entries map[string]figures) {
	for model, e := range entries {
		levers := e.each("levers")
		rows := table(t, filepath.Join(dir, "levers-"+model+"-h100-sxm-80gb.csv"))
		if len(rows) != len(levers) {
			t.Errorf("%s: %d rows, %d levers", model, len(rows), len(levers))
		}
		for i, row := range rows {
			l := levers[i]
			if row["field"] != l.get("field") {
				t.Errorf("%s: row %d is of %s, lever %v", model, i, row["field"], l.get("field"))
			}
			l.same("value", cell(t, row, "value"), l.num("value"))
			l.same("tpot_ms", cell(t, row, "tpot_ms"), e.num("decode_tpot_ms"))
			l.same("halved", cell(t, row, "tpot_ms_halved"), l.num("tpot_ms_halved"))
			l.same("doubled", cell(t, row, "tpot_ms_doubled"), l.num("tpot_ms_doubled"))
			if l.get("field") == "stack[0].repeat" { // twice the layers take twice the time, but for the ends
				l.within("twice the layers", l.num("tpot_ms_doubled")-e.num("decode_tpot_ms"), 2*(e.num("decode_tpot_ms")-l.num("tpot_ms_halved")), 0.02)
			}
		}
	}
}

// bestCell marks the best number of a column.
var bestCell = regexp.MustCompile(` class="best"`)

// studyPage: the report's tables show, for each model, the same load, the memory and the limits as the object
// has them.
func studyPage(t *testing.T, page string, entries map[string]figures) {
	shown := map[string][][]string{}
	for _, m := range rowOfPage.FindAllStringSubmatch(bestCell.ReplaceAllString(page, ""), -1) {
		shown[m[1]] = append(shown[m[1]], strings.Split(strings.TrimSuffix(strings.ReplaceAll(m[2], "<td>", ""), "</td>"), "</td>"))
	}
	for model, e := range entries {
		rows := shown[model]
		if len(rows) != 4 {
			t.Fatalf("%s has %d rows in the report", model, len(rows))
		}
		e.shown(rows[0][2:], "kv_bytes_per_token")
		e.shown(rows[1][1:], "same_load.usd_per_million_output_tokens", "same_load.median_ttft_ms", "same_load.p99_ttft_ms",
			"same_load.median_tpot_ms", "same_load.p99_tpot_ms", "same_load.running_mean")
		e.shownBytes([]string{rows[2][1] + " GB"}, "same.weight_bytes_per_gpu")
		e.shownBytes([]string{rows[2][2] + " GB"}, "same.kv_pool_bytes_per_gpu")
		e.shown(rows[2][6:], "decode_tpot_ms")
		e.shown(rows[3][1:], "same_slo.requests_per_s", "same_slo.goodput_per_s", "same_slo.output_tokens_per_s", "same_slo.usd_per_million_output_tokens")
	}
}
