package main

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/roofserve/roofserve/internal/report"
)

// sweptScenario names a file of every kind. Its keys are no numbers, so that nothing is drawn.
const sweptScenario = `[model]
name = "model.toml"
[hardware]
device = "device.toml"
gpus = 1
[workload]
trace = "trace.csv"
[[sweep]]
key = "precision.kv"
values = ["bf16", "fp8"]
[[expect]]
metric = "mean_tpot_ms"
max_increase = "1000%"
baseline = "baseline.json"
`

// sweptFiles are the scenario and the files that it names.
func sweptFiles(t *testing.T) map[string]string {
	t.Helper()
	status, model, errs := inProcess("models", "show", "llama-3.1-8b", "--toml", "-")
	if status != statusFine {
		t.Fatal(errs)
	}
	device, err := os.ReadFile(filepath.Join("..", "..", "hw", "devices", "h100-sxm-80gb.toml"))
	if err != nil {
		t.Fatal(err)
	}
	return map[string]string{"s.toml": sweptScenario, "trace.csv": smallTrace, "model.toml": model, "device.toml": string(device),
		"baseline.json": `{"mean_tpot_ms": 5}`}
}

// mark changes a case's file in a way that only a case that is not computed again keeps.
func mark(t *testing.T, path string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	marked := strings.Replace(string(text), `"backend": "vllm"`, `"backend": "kept"`, 1)
	if err := os.WriteFile(path, []byte(marked), 0o666); err != nil || marked == string(text) {
		t.Fatalf("the case cannot be marked: %v", err)
	}
}

func isMarked(t *testing.T, path string) bool {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Contains(string(text), `"backend": "kept"`)
}

// edit changes a text in one of a folder's files.
func edit(name, old, new string) func(dir string) error {
	return func(dir string) error {
		path := filepath.Join(dir, name)
		text, err := os.ReadFile(path)
		if err != nil || !strings.Contains(string(text), old) {
			return fmt.Errorf("%s has no %q: %v", name, old, err)
		}
		return os.WriteFile(path, []byte(strings.Replace(string(text), old, new, 1)), 0o666)
	}
}

// A case that is finished is not computed again, unless something that its result follows from is another.
func TestFinishedCasesAreNotComputedAgain(t *testing.T) {
	for _, c := range []struct {
		what   string
		change func(dir string) error
		args   []string
		kept   bool
	}{
		{what: "nothing", kept: true},
		{what: "more workers", args: []string{"--jobs", "1"}, kept: true},
		{what: "a flag", args: []string{"--set", "workload.seed=2"}},
		{what: "--fresh", args: []string{"--fresh"}},
		{what: "the scenario", change: edit("s.toml", "gpus = 1", "gpus = 2")},
		{what: "the trace", change: edit("trace.csv", "120", "121")},
		{what: "the model", change: edit("model.toml", "heads = 32", "heads = 64")},
		{what: "the device", change: edit("device.toml", "bandwidth_gb_per_s = 3352", "bandwidth_gb_per_s = 1000")},
		{what: "the baseline", change: edit("baseline.json", "5", "6")},
		{what: "another file", change: edit("notes.txt", "a", "b"), kept: true},
		{what: "the version", change: edit(filepath.Join("out", "case-00000.json"), `"digest": "`, `"digest": "0`)},
		{what: "a file cut short", change: func(dir string) error { return os.Truncate(filepath.Join(dir, "out", "case-00000.json"), 500) }},
		{what: "a file to one longer than any result", change: func(dir string) error {
			path := filepath.Join(dir, "out", "case-00000.json")
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			return os.WriteFile(path, append(text, bytes.Repeat([]byte(" "), 64<<20)...), 0o666)
		}},
		{what: "a younger program", change: func(dir string) error {
			return os.Chtimes(filepath.Join(dir, "out", "case-00000.json"), time.Unix(1, 0), time.Unix(1, 0))
		}},
	} {
		given := sweptFiles(t)
		given["notes.txt"] = "a"
		dir := folderOf(t, given)
		out := filepath.Join(dir, "out")
		args := []string{"sweep", filepath.Join(dir, "s.toml"), "--quiet", "--out", out}
		if status, _, errs := inProcess(args...); status != statusFine {
			t.Fatalf("status %d: %s", status, errs)
		}
		first := filepath.Join(out, "case-00000.json")
		mark(t, first)
		if c.change != nil {
			if err := c.change(dir); err != nil {
				t.Fatal(err)
			}
		}
		if status, _, errs := inProcess(append(args, c.args...)...); status != statusFine {
			t.Fatalf("%s: status %d: %s", c.what, status, errs)
		}
		if isMarked(t, first) != c.kept {
			t.Errorf("after a change of %s the case is kept: %v, want %v", c.what, !c.kept, c.kept)
		}
		anew := filepath.Join(dir, "anew")
		if status, _, errs := inProcess(append(append(args[:4:4], anew), c.args...)...); status != statusFine {
			t.Fatalf("%s: status %d: %s", c.what, status, errs)
		}
		if !c.kept && !maps.Equal(contents(t, out), contents(t, anew)) {
			t.Errorf("after a change of %s the folder is not that of a new sweep", c.what)
		}
	}
}

// A sweep that finds all its cases ends as the one that computed them: with its exit status, for the same
// reasons, and with the bytes of its outputs.
func TestAFoundSweepEndsAsTheFirst(t *testing.T) {
	dir := folderOf(t, map[string]string{"trace.csv": smallTrace, "s.toml": smallScenario +
		"[[expect]]\nmetric = \"p99_ttft_ms\"\nmax = 0.001\n[[expect]]\nmetric = \"completed\"\nmin = 1\n"})
	in := func(name string) string { return filepath.Join(dir, name) }
	args := []string{"sweep", in("s.toml"), "--quiet", "--out", in("out"), "--junit", in("j.xml")}
	var says [2]string
	var wrote [2]map[string]string
	for i := range says {
		status, out, errs := inProcess(args...)
		if status != statusExpectation || strings.Count(errs, "expect FAILED") != 2 {
			t.Errorf("call %d: status %d: %s", i+1, status, errs)
		}
		says[i], wrote[i] = out+errs, contents(t, dir)
	}
	if says[0] != says[1] || !maps.Equal(wrote[0], wrote[1]) {
		t.Errorf("the second call says\n%s, the first\n%s", says[1], says[0])
	}
}

// Cases are merged only where they are of one sweep: of the same scenario, down to its values and to the
// files that it names, wherever they lie, computed by one version.
func TestSweepsThatDifferAreNotMerged(t *testing.T) {
	sweep := func(dir string, values ...string) string {
		t.Helper()
		out := filepath.Join(dir, "out")
		args := append([]string{"sweep", filepath.Join(dir, "s.toml"), "--quiet", "--out", out}, values...)
		if status, _, errs := inProcess(args...); status != statusFine {
			t.Fatal(errs)
		}
		return out
	}
	folder := func(scenario, trace string) string {
		return folderOf(t, map[string]string{"s.toml": scenario, "trace.csv": trace})
	}
	half := sweep(folder(smallScenario, smallTrace), "--shard", "1/2")
	for change, merges := range map[[2]string]bool{
		{"", ""}:                                 true,
		{"[0.5, 1]", "[0.7, 3]"}:                 false,
		{"llama-3.1-8b", "qwen2.5-7b"}:           false,
		{"[0.5, 1]", "[0.5, 1, 2]"}:              false,
		{"workload.rate_scale", "workload.seed"}: false,
	} {
		text := strings.Replace(smallScenario, change[0], change[1], 1)
		text = strings.Replace(text, "seed\"\nvalues = [0.5, 1]", "seed\"\nvalues = [5, 1]", 1)
		other, merged := sweep(folder(text, smallTrace), "--shard", "2/2"), filepath.Join(t.TempDir(), "merged")
		status, _, errs := inProcess("merge", half, other, "--quiet", "--out", merged)
		told := strings.Contains(errs, "is of another sweep than")
		if (status == statusFine) != merges || told == merges {
			t.Errorf("%v: status %d: %s", change, status, errs)
		}
	}
	same := sweep(folder(smallScenario, smallTrace), "--shard", "2/2")
	for what, other := range map[string]string{
		"is of another sweep than": sweep(folder(smallScenario, smallTrace+"3,100,20\n"), "--shard", "2/2"),
		"was computed by roofserve 0.0.9": func() string {
			dir := folderOf(t, contents(t, same))
			if err := edit("case-00001.json", `"version": "`+report.Version, `"version": "0.0.9`)(dir); err != nil {
				t.Fatal(err)
			}
			return dir
		}(),
		"is of another sweep": sweep(folder(smallScenario, smallTrace), "--shard", "2/2", "--interval"),
	} {
		status, _, errs := inProcess("merge", half, other, "--quiet")
		if status != statusBadInput || !strings.Contains(errs, what) {
			t.Errorf("status %d: %s; want %q", status, errs, what)
		}
	}
	if status, _, errs := inProcess("merge", half, same, "--quiet", "--complete"); status != statusFine {
		t.Errorf("status %d: %s", status, errs)
	}
}

// killedSweep is a sweep that takes some tenths of a second for each case.
const killedSweep = `[model]
name = "llama-3.1-8b"
[workload.synthetic]
requests = 4000
arrival = { process = "poisson", rate = 8.0 }
input = { distribution = "lognormal", mean = 500, std = 500 }
output = { distribution = "lognormal", mean = 200, std = 200, max = 2000 }
[[sweep]]
key = "engine.policy"
values = ["vllm", "sglang"]
[[sweep]]
key = "precision.kv"
values = ["bf16", "fp8"]
[[sweep]]
key = "workload.synthetic.seed"
values = %s
`

// A sweep that is killed again and again ends with the bytes of one that was never: at every moment, in any
// number of processes. ROOFSERVE_KILLS says how many times; plots are drawn, and killed, then.
func TestKilledSweepsEndAsOthersDo(t *testing.T) {
	kills, seeds := 6, "[1]"
	if text := os.Getenv("ROOFSERVE_KILLS"); text != "" {
		var err error
		if kills, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
		seeds = "[1, 2, 3]"
	}
	dir := folderOf(t, map[string]string{"s.toml": fmt.Sprintf(killedSweep, seeds)})
	args := []string{"sweep", "s.toml", "--quiet", "--html", "report.html", "--junit", "report.xml", "--out"}
	begun := time.Now()
	if p := ended(t, dir, append(args, "whole")...); p.ProcessState.ExitCode() != statusFine {
		t.Fatal(&p.stderr)
	}
	span := time.Since(begun)
	want := contents(t, filepath.Join(dir, "whole"))
	html := contents(t, dir)["report.html"]
	random := rand.New(rand.NewPCG(14, 30))
	for i := range kills {
		p := programIn(t, dir, append(args, "out")...)
		if err := p.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(random.Float64() * float64(span)))
		p.Process.Kill()
		p.Wait()
		for name, text := range contents(t, dir) {
			name, inside := strings.CutPrefix(name, "out/")
			if inside && !strings.HasSuffix(name, ".tmp") && name != "" && text != want[name] {
				t.Errorf("seed 14, 30, kill %d: %s is half-written", i, name)
			}
		}
		if i%3 == 2 { // often enough from the start, so that every moment of it is met
			if err := os.RemoveAll(filepath.Join(dir, "out")); err != nil {
				t.Fatal(err)
			}
		}
	}
	p := ended(t, dir, append(args, "out")...)
	if status := p.ProcessState.ExitCode(); status != statusFine {
		t.Fatalf("status %d: %s", status, &p.stderr)
	}
	all := contents(t, dir)
	if got := contents(t, filepath.Join(dir, "out")); !maps.Equal(got, want) || all["report.html"] != html {
		t.Errorf("the folder is not that of a sweep that was never killed: %v, want %v", slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)))
	}
	if left := temporaries(t, dir); len(left) > 0 {
		t.Errorf("left %v", left)
	}
}

// What is wrong with a case is its own: in its file, the table and JUnit, with exit status 2, and the others
// are computed as without it. Shards say the same.
func TestInvalidCasesCostNoOther(t *testing.T) {
	text := strings.Replace(smallScenario, "[0.5, 1]", `[0.5, -1, "fast", inf, 1000000]`, 1) +
		"[[sweep]]\nkey = \"parallel.tp\"\nvalues = [1, 3]\n[[expect]]\nmetric = \"mean_tpot_ms\"\nmax = 1000\n"
	dir := folderOf(t, map[string]string{"s.toml": text, "trace.csv": smallTrace})
	in := func(name string) string { return filepath.Join(dir, name) }
	status, _, errs := inProcess("sweep", in("s.toml"), "--quiet", "--out", in("all"), "--junit", in("all.xml"))
	if first, _, _ := strings.Cut(errs, "\n"); status != statusBadInput || !strings.HasPrefix(first, in("s.toml")+":10: parallel.tp: ") {
		t.Errorf("status %d: %s", status, errs)
	}
	for _, want := range []string{`s.toml:7: workload.rate_scale: -1 is out of range`, `s.toml:7: workload.rate_scale: "fast" is a string`,
		`s.toml:7: workload.rate_scale: +Inf is out of range`, "case 2 (workload.rate_scale=-1, parallel.tp=1) and 1 more\n"} {
		if !strings.Contains(errs, want) {
			t.Errorf("nothing says %q:\n%s", want, errs)
		}
	}
	all := contents(t, in("all"))
	lines := strings.Split(strings.TrimSpace(all["sweep.csv"]), "\n")
	if len(lines) != 11 {
		t.Fatalf("sweep.csv has %d lines, want 11", len(lines))
	}
	for i := range 10 {
		file := all[fmt.Sprintf("case-%05d.json", i)]
		if runs := i == 0 || i == 8; strings.Contains(file, `"invalid": true`) == runs || strings.Contains(file, `"completed": 4,`) != runs ||
			strings.Contains(lines[i+1], "s.toml:") == runs {
			t.Errorf("case %d runs: %v; its row is %s", i, runs, lines[i+1])
		}
	}
	junit, err := os.ReadFile(in("all.xml"))
	if err != nil || !strings.Contains(string(junit), `tests="20" failures="8" errors="8">`) {
		t.Errorf("JUnit is %.200s; %v", junit, err)
	}
	for _, shard := range []string{"1/2", "2/2"} {
		want := statusBadInput
		if status, _, errs := inProcess("sweep", in("s.toml"), "--quiet", "--out", in("shard-"+shard[:1]), "--shard", shard); status != want {
			t.Errorf("shard %s: status %d: %s", shard, status, errs)
		}
	}
	status, _, merged := inProcess("merge", in("shard-1"), in("shard-2"), "--quiet", "--out", in("merged"), "--junit", in("merged.xml"))
	if status != statusBadInput || merged != errs {
		t.Errorf("merge: status %d, says %s", status, merged)
	}
	for name, text := range contents(t, in("merged")) {
		if text != all[name] {
			t.Errorf("%s of the shards is another than that of the whole", name)
		}
	}
	if again, _ := os.ReadFile(in("merged.xml")); string(again) != string(junit) {
		t.Error("JUnit of the shards is another than that of the whole")
	}
}
