package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const smallScenario = `[model]
name = "llama-3.1-8b"
[workload]
trace = "trace.csv"
[[sweep]]
key = "workload.rate_scale"
values = [0.5, 1]
`

const smallTrace = "arrival,input,output\n0,100,20\n0.5,120,30\n0.6,80,10\n2,300,40\n"

const smallMeasurements = `model,system,gpus,engine,weights,tp,isl,osl,concurrency,ttft_ms,tpot_ms
meta-llama/Llama-3.1-8B-Instruct,h100_sxm,1,vllm,bf16,1,128,8,1,15,7
`

// folderOf makes a folder with some files.
func folderOf(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// contents reads a folder's files, those in folders within it too. Folders are entries that end in a slash.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		name, _ := filepath.Rel(dir, path)
		if d.IsDir() {
			found[name+"/"] = ""
			return nil
		}
		if !d.Type().IsRegular() {
			found[name] = d.Type().String()
			return nil
		}
		data, err := os.ReadFile(path)
		found[name] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// inProcess runs the program in this process.
func inProcess(args ...string) (status int, stdout, stderr string) {
	var out, errs strings.Builder
	status = run(context.Background(), strings.NewReader(""), &out, &errs, args)
	return status, out.String(), errs.String()
}

// isRefused checks that a call is refused before anything is written.
func isRefused(t *testing.T, dir, says string, args ...string) {
	t.Helper()
	before := contents(t, dir)
	status, out, errs := inProcess(args...)
	if status != statusBadInput || !strings.Contains(errs, says) || strings.Count(errs, "\n") != 1 || out != "" {
		t.Errorf("%v: status %d, want 2 and a line with %q; it says %s%s", args, status, says, out, errs)
	}
	if after := contents(t, dir); !maps.Equal(before, after) {
		t.Errorf("%v left %v where there was %v", args, slices.Sorted(maps.Keys(after)), slices.Sorted(maps.Keys(before)))
	}
}

// A file named twice is refused under whatever name: the same, with ./, through links, also where it is not
// there yet.
func TestOneFileForTwoOutputsIsRefused(t *testing.T) {
	dir := folderOf(t, map[string]string{"s.toml": smallScenario, "trace.csv": smallTrace, "there": "old"})
	in := func(name string) string { return dir + string(filepath.Separator) + name }
	for link, target := range map[string]string{"link": "there", "dangling": "new", "here": "."} {
		if err := os.Symlink(target, in(link)); err != nil {
			t.Skip("no symbolic links: ", err)
		}
	}
	if err := os.Link(in("there"), in("hard")); err != nil {
		t.Fatal(err)
	}
	pairs := [][2]string{{"there", "there"}, {"there", "./there"}, {"there", "link"}, {"hard", "there"}, {"hard", "link"}, {"here/there", "there"},
		{"new", "new"}, {"new", "./new"}, {"new", "dangling"}, {"here/new", "new"}, {"here/./new", "here/here/dangling"}}
	flags := []string{"--json", "--requests-csv", "--trace", "--html", "--junit"}
	for i, one := range flags {
		for j, other := range flags[:i] {
			p := pairs[(i*len(flags)+j)%len(pairs)]
			isRefused(t, dir, "are one file", "run", in("s.toml"), "--quiet", one, in(p[0]), other, in(p[1]))
			isRefused(t, dir, "both go to stdout", "run", in("s.toml"), one, "-", other, "-")
		}
	}
	for _, p := range pairs {
		isRefused(t, dir, "are one file", "run", in("s.toml"), "--quiet", "--json", in(p[0]), "--html", in(p[1]))
		isRefused(t, dir, "are one file", "explain", "llama-3.1-70b-h100", "--quiet", "--json", in(p[0])+".csv", "--plot", in(p[0])+".png")
	}
	isRefused(t, dir, "are one file", "explain", "llama-3.1-70b-h100", "--quiet", "--json", in("r-waterfall.csv"), "--plot", in("r.png"))
	isRefused(t, dir, "are one file", "memory", "llama-3.1-70b-h100", "--json", in("r.csv"), "--plot", in("r.svg"))
	isRefused(t, dir, "are one file", "workload", "stats", "azure-2023-conv", "--json", in("r.csv"), "--plot", in("r.pdf"))
	isRefused(t, dir, "are one file", "models", "show", "yi-34b", "--json", in("there"), "--toml", in("hard"))
	isRefused(t, dir, "are one file", "run", in("s.toml"), "--quiet", "--json", in("out"), "--out", in("out"))
	isRefused(t, dir, "is no folder", "capacity", in("s.toml"), "--slo", "ttft_p99=1s", "--out", "-")
	isRefused(t, dir, "is no folder", "sweep", in("s.toml"), "--out", "-")
}

// An input that would be overwritten is refused, in every verb that reads a file and writes one.
func TestInputAsOutputIsRefused(t *testing.T) {
	dir := folderOf(t, map[string]string{"s.toml": smallScenario, "trace.csv": smallTrace, "m.csv": smallMeasurements,
		"baseline.json": `{"mean_tpot_ms": 5}`, "config.json": "{}", "d/timeline.csv": smallTrace, "v/predictions.csv": smallMeasurements,
		"w/case-00000.json": "{}"})
	in := func(name string) string { return filepath.Join(dir, name) }
	for link, target := range map[string]string{"link.toml": "s.toml", "d/latency.csv": "../trace.csv", "w/sweep.svg": "../s.toml"} {
		if err := os.Symlink(target, in(link)); err != nil {
			t.Skip("no symbolic links: ", err)
		}
	}
	if err := os.Link(in("trace.csv"), in("hard.csv")); err != nil {
		t.Fatal(err)
	}
	baseline := `expect=[{metric="mean_tpot_ms", max_increase="5%", baseline="` + in("baseline.json") + `"}]`
	for _, args := range [][]string{
		{"run", in("s.toml"), "--json", in("s.toml")},
		{"run", in("s.toml"), "--html", in("link.toml")},
		{"run", in("link.toml"), "--junit", in("s.toml")},
		{"run", in("s.toml"), "--requests-csv", in("trace.csv")},
		{"run", in("s.toml"), "--trace", in("hard.csv")},
		{"run", in("s.toml"), "--set", baseline, "--json", in("baseline.json")},
		{"run", in("s.toml"), "--set", "workload.trace=" + in("d/timeline.csv"), "--out", in("d")},
		{"run", in("s.toml"), "--out", in("d")}, // d/latency.csv leads to the trace
		{"sweep", in("s.toml"), "--html", in("hard.csv")},
		{"sweep", in("s.toml"), "--out", in("w")}, // w/sweep.svg leads to the scenario
		{"capacity", in("s.toml"), "--slo", "ttft_p99=1s", "--json", in("trace.csv")},
		{"validate", in("m.csv"), "--json", in("m.csv")},
		{"validate", in("v/predictions.csv"), "--out", in("v")},
		{"workload", "stats", in("trace.csv"), "--json", in("hard.csv")},
		{"models", "import", in("config.json"), "--toml", in("config.json")},
		{"models", "import", in("config.json"), "--json", in("config.json")},
		{"explain", "--model", "llama-3.1-8b", "--config", in("config.json"), "--json", in("config.json")},
		{"memory", "--config", in("config.json"), "--json", in("config.json")},
		{"compare", "--models", "llama-3.1-8b", "--workload", in("trace.csv"), "--json", in("trace.csv")},
	} {
		isRefused(t, dir, "which is read", append(args, quietWhereKnown(args[0])...)...)
	}
}

// quietWhereKnown is --quiet for the verbs that have it.
func quietWhereKnown(verb string) []string {
	if slices.Contains([]string{"run", "sweep", "capacity", "validate", "explain", "compare", "merge"}, verb) {
		return []string{"--quiet"}
	}
	return nil
}

// What a verb writes into its folder is known beforehand: every file that it wrote is refused as another
// output the next time.
func TestFilesOfAFolderAreKnownBeforehand(t *testing.T) {
	dir := folderOf(t, map[string]string{"s.toml": smallScenario, "trace.csv": smallTrace, "m.csv": smallMeasurements})
	in := func(name string) string { return filepath.Join(dir, name) }
	for _, c := range []struct {
		files int // at least
		flag  string
		args  []string
	}{
		{18, "--html", []string{"run", in("s.toml"), "--quiet"}},
		{6, "--html", []string{"sweep", in("s.toml"), "--quiet"}},
		{4, "--json", []string{"capacity", in("s.toml"), "--slo", "ttft_p99=1s", "--quiet"}},
		{5, "--json", []string{"validate", in("m.csv"), "--quiet"}},
		{30, "--json", []string{"compare", "--models", "llama-3.1-8b", "--workload", "64x4", "--requests", "20", "--quiet"}},
	} {
		out := in(c.args[0])
		args := append(c.args, "--out", out)
		if status, _, errs := inProcess(args...); status != statusFine {
			t.Fatalf("%v: status %d: %s", args, status, errs)
		}
		files := slices.Sorted(maps.Keys(contents(t, out)))
		if len(files) < c.files {
			t.Errorf("%s wrote %v, want at least %d files", c.args[0], files, c.files)
		}
		for _, name := range files {
			status, _, errs := inProcess(append(args, c.flag, filepath.Join(out, name))...)
			if status != statusBadInput || !strings.Contains(errs, "are one file") {
				t.Errorf("%s %s %s: status %d: %s", c.args[0], c.flag, name, status, errs)
			}
		}
		if after := slices.Sorted(maps.Keys(contents(t, out))); fmt.Sprint(after) != fmt.Sprint(files) {
			t.Errorf("%s: refusals changed the folder to %v", c.args[0], after)
		}
	}
}

// Any number of outputs may be thrown away, and any one flag may take stdout; a summary is then left out.
func TestOutputsThatMayBeShared(t *testing.T) {
	dir := folderOf(t, map[string]string{"s.toml": smallScenario, "trace.csv": smallTrace})
	scenario := filepath.Join(dir, "s.toml")
	status, _, errs := inProcess("run", scenario, "--json", os.DevNull, "--html", os.DevNull, "--trace", os.DevNull)
	if status != statusFine {
		t.Errorf("outputs thrown away: status %d: %s", status, errs)
	}
	for flag, begins := range map[string]string{"--json": "{", "--requests-csv": "index,arrival_s", "--trace": `{"displayTimeUnit"`,
		"--html": "<!doctype html>", "--junit": "<?xml"} {
		status, out, errs := inProcess("run", scenario, flag, "-")
		if status != statusFine || !strings.HasPrefix(strings.ToLower(out), strings.ToLower(begins)) {
			t.Errorf("%s -: status %d: %s\n%.80s", flag, status, errs, out)
		}
		path := filepath.Join(dir, "same")
		if status, _, errs := inProcess("run", scenario, "--quiet", flag, path); status != statusFine {
			t.Errorf("%s FILE: status %d: %s", flag, status, errs)
		}
		if file, _ := os.ReadFile(path); string(file) != out {
			t.Errorf("%s - and %s FILE give different bytes", flag, flag)
		}
	}
}

// A command that fails leaves no empty folders behind that it made.
func TestFailureLeavesNoEmptyFolders(t *testing.T) {
	dir := folderOf(t, map[string]string{"s.toml": smallScenario, "trace.csv": smallTrace, "file": ""})
	for _, c := range []struct {
		status int
		args   []string
	}{
		{statusCannot, []string{"--out", "a/b", "--json", "no/x.json"}},
		{statusBadInput, []string{"--out", "a/b", "--set", "parallel.tp=3"}},
		{statusCannot, []string{"--out", "a/b", "--set", "model.name=llama-3.1-405b", "--set", "hardware.gpus=1"}},
		{statusCannot, []string{"--out", "file"}},
		{statusCannot, []string{"--out", "file/b"}},
	} {
		for i, arg := range c.args {
			if i > 0 && !strings.HasPrefix(arg, "--") && !strings.Contains(arg, "=") {
				c.args[i] = filepath.Join(dir, arg)
			}
		}
		before := contents(t, dir)
		status, _, errs := inProcess(append([]string{"run", filepath.Join(dir, "s.toml"), "--quiet"}, c.args...)...)
		if after := contents(t, dir); status != c.status || errs == "" || !maps.Equal(before, after) {
			t.Errorf("%v: status %d, want %d; left %v: %s", c.args, status, c.status, slices.Sorted(maps.Keys(after)), errs)
		}
	}
}
