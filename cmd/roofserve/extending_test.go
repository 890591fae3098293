package main

import (
	"encoding/json"
	"go/format"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// page is docs/howto/extending.md.
func page(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/howto/extending.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// files are the page's files by name. Those that no compiler takes are tried by docs_test.go.
func files(text string) map[string]string {
	found := map[string]string{}
	for _, b := range blocks(text) {
		if b.file != "" {
			found[b.file] = b.text
		}
	}
	return found
}

// TestExtendingWithAMixer builds the page's mixer into the project, with nothing but its file and its line,
// and runs the laws.
func TestExtendingWithAMixer(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles two packages anew")
	}
	list := registered(t, "mfa", "sim/arch/mfa.go", "sim/arch/registry.go", "\t{\"moe\",")
	out, err := inProject("go", "test", "-overlay", list, "-v", "./sim/arch", "./sim/cost")
	if err != nil || !strings.Contains(out, "TestTensorsAddUp/mfa") ||
		!strings.Contains(out, "TestMoreBandwidthIsNeverSlower/mfa") {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestExtendingWithARouter builds the page's router into the program, with nothing but its file and its line,
// and serves two replicas with it.
func TestExtendingWithARouter(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles the program anew")
	}
	list := registered(t, "sticky", "sim/router/sticky.go", "sim/router/router.go", "\t{PowerOfTwo,")
	if out, err := inProject("go", "test", "-overlay", list, "./sim/router", "-run", "Replicas"); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	out, err := inProject("go", "run", "-overlay", list, "./cmd/roofserve", "run", "llama-3.1-8b-h100", "--quiet",
		"--set", "hardware.replicas=2", "--set", "engine.router=sticky", "--set", "workload.requests=50", "--json", "-")
	if err != nil || !strings.Contains(out, `"router": "sticky"`) || !strings.Contains(out, `"completed": 50,`) {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestExtendingWithAnOrder builds the page's order into the program, with nothing but its file and its line,
// and serves requests in it, all of which declare what they get.
func TestExtendingWithAnOrder(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles the program anew")
	}
	list := registered(t, "shortest_answer", "sim/order/shortestanswer.go", "sim/order/order.go", "\t{ShortestPrompt,")
	out, err := inProject("go", "run", "-overlay", list, "./cmd/roofserve", "run", "llama-3.1-8b-h100", "--quiet",
		"--set", "engine.order=shortest_answer", "--set", "workload.requests=50", "--json", "-")
	if err != nil || !strings.Contains(out, `"order": "shortest_answer"`) || !strings.Contains(out, `"completed": 50,`) {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestExtendingWithAPolicy builds the page's policy into the program, with nothing but its file and its line,
// and serves requests by it under a profile that names it.
func TestExtendingWithAPolicy(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles the program anew")
	}
	profile := filepath.Join(t.TempDir(), "cautious.toml")
	writeFile(t, profile, strings.Replace(files(page(t))["mine.toml"], `policy = "vllm"`, `policy = "cautious"`, 1))
	list := inserted(t, "\t\"cautious\": newCautious,\n", "sim/sched/cautious.go", "sim/sched/policy.go", "\t\"trtllm\":")
	out, err := inProject("go", "run", "-overlay", list, "./cmd/roofserve", "run", "llama-3.1-8b-h100",
		"--quiet", "--check", "--set", "engine.policy="+profile, "--set", "workload.requests=50", "--json", "-")
	if err != nil || !strings.Contains(out, `"policy": "cautious"`) || !strings.Contains(out, `"completed": 50,`) {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestExtendingWithATraceFormat builds the page's format into the program and reads a file of its kind.
func TestExtendingWithATraceFormat(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles the program anew")
	}
	trace := filepath.Join(t.TempDir(), "log.csv")
	writeFile(t, trace, "sent_ms,prompt_toks,answer_toks,asked_toks\n0,300,7,9\n1500,200,5,5\n")
	list := inserted(t, "generatorLog, ", "workloads/generatorlog.go", "workloads/format.go", "azure, burstGPT")
	out, err := inProject("go", "run", "-overlay", list, "./cmd/roofserve", "run", "llama-3.1-8b-h100", "--quiet",
		"--set", "workload.trace="+trace, "--json", "-")
	if err != nil || !strings.Contains(out, `"total_input_tokens": 500,`) {
		t.Errorf("%v\n%s", err, out)
	}
}

// inserted is the overlay of one of the page's files and of a text in another file, before what follows it.
func inserted(t *testing.T, text, file, registry, before string) string {
	t.Helper()
	table, err := os.ReadFile(filepath.Join("../..", registry))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Count(string(table), before) != 1 || !strings.Contains(page(t), strings.Trim(text, "\t\n, ")) {
		t.Fatalf("no place for %q", text)
	}
	return overlay(t, map[string]string{
		file: files(page(t))[file], registry: strings.Replace(string(table), before, text+before, 1),
	})
}

// registered is the overlay of one of the page's files and its line in a table, which stands before another.
func registered(t *testing.T, name, file, registry, before string) string {
	t.Helper()
	text := page(t)
	line := regexp.MustCompile(`(?m)^\t\{"` + name + `".*\n`).FindString(text)
	if line == "" {
		t.Fatalf("the page has no line for %q", name)
	}
	return inserted(t, line, file, registry, before)
}

// overlay writes what go builds instead of files of the project, and returns the name of the list of them.
func overlay(t *testing.T, contents map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	replace := map[string]string{}
	for name, content := range contents {
		target, err := filepath.Abs(filepath.Join("../..", name))
		if err != nil {
			t.Fatal(err)
		}
		replace[target] = filepath.Join(dir, filepath.Base(name))
		writeFile(t, replace[target], content)
	}
	list, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "overlay.json")
	writeFile(t, file, string(list))
	return file
}

// inProject runs a command in the project's folder and returns all that it prints.
func inProject(name string, args ...string) (string, error) {
	command := exec.Command(name, args...)
	command.Dir = "../.."
	out, err := command.CombinedOutput()
	return string(out), err
}

// changed is a file of the project with a change of the page: hunks of lines that stay, and of new ones with
// a +.
func changed(t *testing.T, name, change string) string {
	t.Helper()
	old, err := os.ReadFile(filepath.Join("../..", name))
	if err != nil {
		t.Fatal(err)
	}
	content := string(old)
	for _, hunk := range regexp.MustCompile(`(?m)^@@.*\n`).Split(change, -1) {
		var before, after strings.Builder
		for line := range strings.Lines(hunk) {
			if line[0] != '+' {
				before.WriteString(line[1:])
			}
			after.WriteString(line[1:])
		}
		if strings.Count(content, before.String()) != 1 {
			t.Fatalf("%s has no single place for\n%s", name, hunk)
		}
		content = strings.Replace(content, before.String(), after.String(), 1)
	}
	return content
}

// TestExtendingWithAMetric builds the program with the page's metric and finds it everywhere.
func TestExtendingWithAMetric(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles the program anew")
	}
	contents := map[string]string{}
	for name, content := range files(page(t)) {
		if strings.HasPrefix(content, " ") {
			contents[name] = changed(t, name, content)
			formatted, err := format.Source([]byte(contents[name]))
			if err != nil || string(formatted) != contents[name] {
				t.Errorf("%s is not formatted: %v", name, err)
			}
		}
	}
	if len(contents) != 4 {
		t.Errorf("the metric takes %d files", len(contents))
	}
	list, dir := overlay(t, contents), t.TempDir()
	program, scenario := filepath.Join(dir, "roofserve"), filepath.Join(dir, "s.toml")
	writeFile(t, scenario, `
[model]
name = "llama-3.1-8b"
[workload.synthetic]
requests = 5
arrival = { process = "constant", rate = 8.0 }
input = { distribution = "fixed", value = 300 }
output = { distribution = "fixed", value = 7 }
[[expect]]
metric = "max_output"
min = 7
max = 7
`)
	shows := func(want, name string, args ...string) {
		t.Helper()
		if out, err := inProject(name, args...); err != nil || !strings.Contains(out, want) {
			t.Errorf("%s %v: %v: no %q in\n%s", name, args, err, want, out)
		}
	}
	shows("", "go", "build", "-overlay", list, "-o", program, "./cmd/roofserve")
	shows(`"max_output": 7,`, program, "run", scenario, "--json", "-")
	shows("longest answer", program, "sweep", scenario, "--out", dir,
		"--set", `sweep=[{key="hardware.gpus", values=[1, 2]}]`)
	table, err := os.ReadFile(filepath.Join(dir, "sweep.csv"))
	if err != nil || !strings.Contains(string(table), ",max_output,") {
		t.Errorf("%v: no column in\n%s", err, table)
	}
	out, err := inProject("go", "test", "-overlay", list, "./scenarios", "-run", "Reference")
	if err == nil || !strings.Contains(out, "| `max_output` | longest answer | tokens | system |") {
		t.Errorf("the reference is not stale: %v\n%s", err, out)
	}
}
