package main

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// A pull request that makes TPOT 6% worse fails where it is reviewed: with a cross, an annotation on the line
// of the promise, and what moved in the job's summary.
func TestCheckInAWorkflow(t *testing.T) {
	dir := t.TempDir()
	path, summary := filepath.Join(dir, "promise.toml"), filepath.Join(dir, "summary.md")
	scenario := func(context string) string {
		return `[model]
name = "llama-3.1-8b"
[workload.synthetic]
requests = 64
arrival = { process = "closed", concurrency = 64 }
input = { distribution = "fixed", value = ` + context + ` }
output = { distribution = "fixed", value = 64 }
[[expect]]
metric = "mean_tpot_ms"
baseline = "main.json"
max_increase = "5%"
`
	}
	check := func(flags ...string) (status int, out string) {
		var stdout, stderr strings.Builder
		args := append([]string{"check", path}, flags...)
		status = run(context.Background(), strings.NewReader(""), &stdout, &stderr, args)
		return status, stdout.String()
	}
	writeFile(t, path, scenario("300"))
	if status, _ := check("--update-baselines"); status != statusFine {
		t.Fatalf("exit status %d", status)
	}
	writeFile(t, summary, "# Before\n")
	t.Setenv(workflowVariable, "true")
	t.Setenv(summaryVariable, summary)
	if status, out := check(); status != statusFine || strings.Contains(out, "::error") {
		t.Errorf("exit status %d where nothing moved: %s", status, out)
	}
	writeFile(t, path, scenario("360"))
	status, out := check()
	if status != statusExpectation {
		t.Errorf("exit status %d where TPOT grew", status)
	}
	for _, want := range []string{
		"✗ mean_tpot_ms is ", "the mean decode step went from ",
		"::error file=" + path + ",line=9,title=mean_tpot_ms::mean_tpot_ms is ", "+ 5%25)%0Aworkload.synthetic.input.value was 300 and is 360",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
	change := regexp.MustCompile(`::error .*mean_tpot_ms is [\d.]+ \(\+([\d.]+)%25\), max `).FindStringSubmatch(out)
	if change == nil {
		t.Fatalf("the annotation does not say by how much it grew:\n%s", out)
	}
	if percent, err := strconv.ParseFloat(change[1], 64); err != nil || percent < 5 || percent > 8 {
		t.Errorf("TPOT grew by %s%%, which was to be about 6%%", change[1])
	}
	text, err := os.ReadFile(summary)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"# Before\n", "# ✓ 1 of 1 promise kept", "# ✗ 0 of 1 promise kept in 1 scenario\n\n## Broken\n", "%) | max ", "## What moved\n", "attention +", "| " + path + " |"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("%q is not in the summary:\n%s", want, text)
		}
	}
}
