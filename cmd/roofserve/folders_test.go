package main

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// call runs the program, which must end with a status.
func call(t *testing.T, want int, line string) string {
	t.Helper()
	var out, errs strings.Builder
	if status := run(t.Context(), strings.NewReader(""), &out, &errs, strings.Fields(line)); status != want {
		t.Fatalf("roofserve %s: exit status %d: %s", line, status, errs.String())
	}
	return out.String()
}

// sweptText is a sweep in which one case of six does not fit.
const sweptText = `
[model]
name = "llama-3.1-8b"
[hardware]
device = "h100"
gpus = 1
[engine]
gpu_memory_utilization = 0.9
[workload.synthetic]
requests = 20
arrival = { process = "poisson", rate = 8.0 }
input = { distribution = "fixed", value = 300 }
output = { distribution = "fixed", value = 20 }
[[sweep]]
key = "workload.rate_scale"
values = [1, 2.5]
[[sweep]]
key = "engine.gpu_memory_utilization"
values = [0.05, 0.5, 0.9]
`

// TestSweepTableIsItsCases: sweep.csv has the numbers of the cases' files, and shards that are merged give
// the same bytes as no shards.
func TestSweepTableIsItsCases(t *testing.T) {
	dir := t.TempDir()
	scenario := filepath.Join(dir, "s.toml")
	writeFile(t, scenario, sweptText)
	at := func(name string) string { return filepath.Join(dir, name) }
	call(t, statusFine, "sweep "+scenario+" --quiet --out "+at("whole"))
	call(t, statusFine, "sweep "+scenario+" --quiet --shard 1/2 --out "+at("one"))
	call(t, statusFine, "sweep "+scenario+" --quiet --shard 2/2 --out "+at("two"))
	call(t, statusFine, "merge "+at("two")+" "+at("one")+" --quiet --out "+at("merged"))
	rows := table(t, at("whole/sweep.csv"))
	if len(rows) != 6 || text(t, at("whole/sweep.csv")) != text(t, at("merged/sweep.csv")) {
		t.Fatalf("%d rows; the merged shards are the same: %v", len(rows), text(t, at("whole/sweep.csv")) == text(t, at("merged/sweep.csv")))
	}
	files, err := filepath.Glob(at("whole/case-*.json"))
	if err != nil || len(files) != 6 {
		t.Fatalf("%d cases, %v", len(files), err)
	}
	unfit := 0
	for _, file := range files {
		var tree map[string]any
		if err := json.Unmarshal([]byte(text(t, file)), &tree); err != nil {
			t.Fatal(err)
		}
		f := figures{t, filepath.Base(file), tree}
		i := slices.IndexFunc(rows, func(r map[string]string) bool { return cell(t, r, "case") == f.num("case.index") })
		if i < 0 {
			t.Fatalf("%s has no row", file)
		}
		if f.tree["error"] != nil {
			unfit++
			if rows[i]["error"] != f.get("error") {
				t.Errorf("%s: %q in the table, %q in the file", file, rows[i]["error"], f.get("error"))
			}
			continue
		}
		f.rowAgrees(rows[i])
	}
	if unfit != 2 {
		t.Errorf("%d cases do not fit, of 5%% of the memory two", unfit)
	}
}

// rowAgrees: every cell of a sweep's row is the number of that name in the case's file, and its settings are
// those of the case.
func (f figures) rowAgrees(row map[string]string) {
	settings := f.get("case.settings").(map[string]any)
	for name, text := range row {
		if want, ok := settings[name]; ok {
			f.same(name, cell(f.T, row, name), want.(float64))
			continue
		}
		if name == "case" || name == "error" || text == "" {
			continue
		}
		f.same(name, cell(f.T, row, name), f.num(name))
	}
	if row["p99_ttft_ms"] == "" || row["memory.num_gpu_blocks"] == "" {
		f.Errorf("%s: the row is empty: %v", f.line, row)
	}
	f.same("what is set", f.num("scenario.workload.rate_scale"), settings["workload.rate_scale"].(float64))
	f.same("what is set", f.num("scenario.engine.gpu_memory_utilization"), settings["engine.gpu_memory_utilization"].(float64))
}

// TestCapacityTableIsItsTrials: the CSV of a search's figure has the trials of its JSON object.
func TestCapacityTableIsItsTrials(t *testing.T) {
	dir := contractFolder(t)
	f := figures{t, "capacity", object(t, dir, "capacity @/some.toml --slo ttft_p99=80ms --tolerance 0.3 --out @")}
	rows := table(t, filepath.Join(dir, "capacity.csv"))
	trials := f.each("trials")
	if len(rows) != len(trials) || len(rows) < 3 {
		t.Fatalf("%d rows, %d trials", len(rows), len(trials))
	}
	for i, trial := range trials {
		trial.same("load", cell(t, rows[i], "rate_scale"), trial.num("load"))
		trial.same("gpus", cell(t, rows[i], "gpus"), trial.num("gpus"))
		for _, name := range []string{"p99_ttft_ms", "request_throughput", "request_goodput", "output_throughput"} {
			trial.same(name, cell(t, rows[i], name), trial.num(name))
		}
		if rows[i]["met"] != strconv.FormatBool(trial.get("met") == true) {
			t.Errorf("load %v: met is %s in the table, %v in the object", trial.num("load"), rows[i]["met"], trial.get("met"))
		}
	}
	labels := svgTexts(t, filepath.Join(dir, "capacity.svg"))
	for _, want := range []string{"ms, log", "requests / s, log", "limit"} {
		if !slices.Contains(labels, want) {
			t.Errorf("the figure has no %q: %q", want, labels)
		}
	}
}

// svgText is what a figure says.
var svgText = regexp.MustCompile(`<text[^>]*>([^<]*)</text>`)

func svgTexts(t *testing.T, path string) (list []string) {
	t.Helper()
	for _, m := range svgText.FindAllStringSubmatch(strings.ReplaceAll(text(t, path), "\n", ""), -1) {
		list = append(list, strings.TrimSpace(m[1]))
	}
	return list
}

// TestExplanationIsDrawnAsItIs: the CSVs of roofline and waterfall have the operators of the JSON object, in
// the units that the axes name, and the roofs of the data sheet.
func TestExplanationIsDrawnAsItIs(t *testing.T) {
	dir := t.TempDir()
	f := figures{t, "explain", object(t, dir, "explain llama-3.1-8b-h100 --batch 8 --plot @/e.svg")}
	files, err := filepath.Glob(filepath.Join(dir, "*.csv"))
	if err != nil || len(files) != 2 {
		t.Fatalf("%d tables, %v", len(files), err)
	}
	for _, file := range files {
		rows := table(t, file)
		if _, ok := rows[0]["flop_per_byte"]; ok {
			f.rooflineAgrees(rows)
		} else {
			f.waterfallAgrees(rows)
		}
	}
}

// operators are the step's by the name that figures give them.
func (f figures) operators() map[string]figures {
	named := map[string]figures{}
	for _, o := range f.each("operators") {
		name := o.get("layer").(string) + " · " + o.get("name").(string)
		if o.get("layer") == o.get("name") {
			name = o.get("name").(string)
		}
		named[name] = o
	}
	return named
}

func (f figures) rooflineAgrees(rows []map[string]string) {
	operators := f.operators()
	peaks := map[string]float64{}
	for _, r := range f.each("roofs") {
		peaks[r.get("format").(string)] = r.num("peak_flops_per_second")
	}
	drawn, roofs := 0, 0
	for _, r := range rows {
		if r["operator"] == "roof" {
			if r["device"] == f.get("device") {
				roofs++
				height := math.Min(peaks[r["format"]], cell(f.T, r, "flop_per_byte")*f.each("roofs")[0].num("bandwidth_bytes_per_second"))
				f.within("height of a roof", cell(f.T, r, "flop_per_second"), height, 1e-9)
			}
			continue
		}
		o := operators[r["operator"]]
		if o.tree == nil {
			f.Errorf("the roofline has %q, the step does not", r["operator"])
			continue
		}
		drawn++
		o.within("FLOP/B of "+r["operator"], cell(f.T, r, "flop_per_byte"), o.num("intensity"), 1e-9)
		o.within("FLOP/s of "+r["operator"], cell(f.T, r, "flop_per_second"), o.num("flops")/(o.num("time_ms")/1000), 1e-9)
		o.within("share of "+r["operator"], cell(f.T, r, "share"), o.num("share"), 1e-9)
	}
	if drawn < 5 || roofs != 3 {
		f.Errorf("the roofline has %d operators and %d corners of the device's roof", drawn, roofs)
	}
}

func (f figures) waterfallAgrees(rows []map[string]string) {
	end := 0.0
	for _, r := range rows {
		var from, to float64
		for name := range r {
			switch {
			case strings.HasPrefix(name, "from") || strings.HasPrefix(name, "start"):
				from = cell(f.T, r, name)
			case strings.HasPrefix(name, "to") || strings.HasPrefix(name, "end"):
				to = cell(f.T, r, name)
			}
		}
		f.within("share", cell(f.T, r, "share"), (to-from)/f.num("step_ms"), 1e-4)
		if r["operator"] == "all" {
			f.within("the whole step", to-from, f.num("step_ms"), 1e-9)
			continue
		}
		f.within("where a stair begins", from, end, 1e-9)
		if o := f.operators()[r["operator"]]; o.tree != nil {
			o.within("ms of "+r["operator"], to-from, o.num("time_ms"), 1e-9)
		}
		end = to
	}
	f.within("where the last stair ends", end, f.num("step_ms"), 1e-4)
}

// TestThemesDrawTheSameData: a dark figure is of the same numbers, and its axes name the same units.
func TestThemesDrawTheSameData(t *testing.T) {
	dir := contractFolder(t)
	for _, theme := range []string{"light", "dark"} {
		object(t, dir, "run @/some.toml --theme "+theme+" --out @/"+theme)
	}
	files, err := filepath.Glob(filepath.Join(dir, "light", "*.csv"))
	if err != nil || len(files) != 4 {
		t.Fatalf("%d tables, %v", len(files), err)
	}
	for _, file := range files {
		dark := filepath.Join(dir, "dark", filepath.Base(file))
		if text(t, file) != text(t, dark) {
			t.Errorf("%s differs in the dark", filepath.Base(file))
		}
		svg := strings.TrimSuffix(filepath.Base(file), ".csv") + ".svg"
		light, darker := svgTexts(t, filepath.Join(dir, "light", svg)), svgTexts(t, filepath.Join(dir, "dark", svg))
		if !slices.Equal(light, darker) || text(t, filepath.Join(dir, "light", svg)) == text(t,
			filepath.Join(dir, "dark", svg)) {
			t.Errorf("%s says other things in the dark, or is the same", svg)
		}
		for _, want := range map[string][]string{
			"latency.svg": {"latency (ms), log", "share of requests", "share of tokens"}, "timeline.svg": {"time (s)", "sequences", "share of blocks"},
			"throughput.svg": {"time (s)", "tokens / s", "requests / s"}, "step_breakdown.svg": {"time in one step (ms)"},
		}[svg] {
			if !slices.Contains(light, want) {
				t.Errorf("%s has no axis %q", svg, want)
			}
		}
	}
}

// TestJustEnoughMemory: a GPU with as many bytes more as the plan is short by fits, one with a byte less does
// not.
func TestJustEnoughMemory(t *testing.T) {
	dir := t.TempDir()
	for _, plan := range []string{"--model deepseek-v3 --gpus 8", "--model llama-3.1-70b --gpus 1", "--model gpt-oss-120b --gpus 1 --weights bf16"} {
		short := figures{t, plan, object(t, dir, "memory --device h100 "+plan)}
		if short.get("fits") != false {
			t.Fatalf("%s fits", plan)
		}
		// The engine may use a share of the device's memory, here all.
		whole := figures{t, plan, object(t, dir, "memory --device h100 --set engine.gpu_memory_utilization=1 "+plan)}
		missing := whole.num("short_by_bytes")
		for _, c := range []struct {
			more float64
			fits bool
		}{{missing + 1, true}, {missing - 1, false}} {
			device := writeDevice(t, dir, whole.num("device_bytes")+c.more)
			got := figures{t, plan, object(t, dir, "memory --device "+device+" --set engine.gpu_memory_utilization=1 "+plan)}
			if got.get("fits") != c.fits {
				t.Errorf("%s: short by %v bytes; with %v more, fits: %v, short by %v", plan, missing, c.more, got.get("fits"), got.num("short_by_bytes"))
			}
			if c.fits && got.num("num_gpu_blocks") < 1 {
				t.Errorf("%s: fits without a block", plan)
			}
		}
	}
}

// memoryLine is the line of a device file that names its memory.
var memoryLine = regexp.MustCompile(`(?m)^memory_mib.*$`)

// writeDevice writes an H100 with another memory.
func writeDevice(t *testing.T, dir string, bytes float64) string {
	t.Helper()
	data, err := os.ReadFile("../../hw/devices/h100-sxm-80gb.toml")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "h.toml")
	writeFile(t, path, memoryLine.ReplaceAllString(string(data),
		"memory_mib = "+strconv.FormatFloat(bytes/(1<<20), 'f', -1, 64)))
	return path
}
