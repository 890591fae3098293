package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// articled is what roofserve article says, and its exit status.
func articled(args ...string) (text, errs string, status int) {
	var out, err bytes.Buffer
	status = run(context.Background(), strings.NewReader(""), &out, &err, append([]string{"article"}, args...))
	return out.String(), err.String(), status
}

// The claims of the how-to come out as it says.
func TestClaimsOfTheHowTo(t *testing.T) {
	out := t.TempDir()
	text, errs, status := articled("--claims", "../../docs/howto/pagedattention", "--out", out)
	if status != statusFine || errs != "" {
		t.Fatalf("status %d: %s", status, errs)
	}
	page, err := os.ReadFile("../../docs/howto/claims.md")
	if err != nil {
		t.Fatal(err)
	}
	if told := strings.ReplaceAll(text, out, "claims"); !strings.Contains(string(page), "```text\n"+told+"```\n") {
		t.Errorf("docs/howto/claims.md does not show\n%s", told)
	}
	index, err := os.ReadFile(filepath.Join(out, "index.md"))
	if err != nil || !strings.HasPrefix(string(index), "# The claims in pagedattention, checked\n") ||
		strings.Contains(string(index), "## Figures") {
		t.Errorf("%v: %.200s", err, index)
	}
	if _, err := os.Stat(filepath.Join(out, "memory.md")); err != nil {
		t.Error(err)
	}
}

// A plot has the values of its formulas, in their unit.
func TestPlotsOfClaims(t *testing.T) {
	dir, out := t.TempDir(), t.TempDir()
	section := `title = "T"
measured = true
[[claim]]
id = "a"
about = "b"
quote = "of 3 GB"
says = "3"
unit = "GB"
computes = '30e9'
verdict = "not reproduced"
[[plot]]
id = "p"
title = "P"
text = "Up to {least(3, 4)|}."
over = "x"
values = [1, 2.5]
x = "x"
y = "y"
[[plot.line]]
name = "computed"
unit = "ms"
computes = '{x} * less({x}, 2) / 1000'
`
	if err := os.WriteFile(filepath.Join(dir, "s.toml"), []byte(section), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, errs, status := articled("--claims", dir, "--out", out, "--quiet"); status != statusFine {
		t.Fatalf("status %d: %s", status, errs)
	}
	for name, want := range map[string]string{
		"p.csv":    "line,x,value\ncomputed,1,1\ncomputed,2.5,0\n",
		"s.md":     "## P\n\nUp to 3.\n\n![P](p.svg)",
		"index.md": "| ✗ not reproduced | 1 | measured by others",
	} {
		text, err := os.ReadFile(filepath.Join(out, name))
		if err != nil || !strings.Contains(string(text), want) {
			t.Errorf("%s: %v: %s", name, err, text)
		}
	}
}

// A stated verdict is a promise; what cannot be computed or read is a mistake at its place.
func TestClaimsThatAreWrong(t *testing.T) {
	claim := func(lines string) string {
		return "title = \"T\"\n[[claim]]\nid = \"a\"\nabout = \"b\"\nquote = \"of 3 GB\"\nsays = \"3\"\nunit = \"GB\"\n" + lines
	}
	for _, c := range []struct {
		name, content string
		status        int
		want          string
	}{
		{"holds", claim("computes = '3e9'\n"), statusFine, ""},
		{"far off", claim("computes = '30e9'\n"), statusFine, ""},
		{"far off against its word", claim("computes = '30e9'\nverdict = \"holds\"\n"), statusExpectation,
			`claim s.a: the numbers say "refuted", the file "holds"`},
		{"unknown function", claim("computes = 'kv_tokn(\"opt-13b\")'\n"), statusBadInput, "kv_token"},
		{"unknown model", claim("computes = 'params(\"lama-3.1-8b\")'\n"), statusBadInput, "llama-3.1-8b"},
		{"endless load", claim("computes = 'output_rate(\"v3-8xa100\", \"fp8\", 1e12, 10, 10)'\n"), statusBadInput,
			"argument 3 is 1e+12"},
		{"negative load", claim("computes = 'ttft(\"v3-8xa100\", \"fp8\", 0-1)'\n"), statusBadInput, "argument 3 is -1"},
		{"nothing to judge by", claim(""), statusBadInput, "nothing to judge it by"},
		{"unknown unit", strings.Replace(claim("computes = '3'\n"), "\"GB\"", "\"Gb\"", 1), statusBadInput, `unknown unit "Gb"`},
		{"unknown scenario", claim("computes = 'metric(\"systems/k7-main\", \"\", \"mean_tpot_ms\")'\n"), statusBadInput, "scenarios list shows"},
		{"unknown setting", claim("computes = 'metric(\"systems/k7-plain\", \"engine.polcy=orca\", \"mean_tpot_ms\")'\n"), statusBadInput, "policy"},
		{"unknown metric", claim("computes = 'metric(\"systems/k7-plain\", \"\", \"mean_tpt_ms\")'\n"), statusBadInput, "mean_tpt_ms"},
		{"no drafts", claim("computes = 'speedup(\"systems/k7-plain\", \"\", 1)'\n"), statusBadInput, "has no drafts"},
		{"unknown limit", claim("computes = 'largest_load(\"systems/k7-plain\", \"\", \"tpot=1s\")'\n"), statusBadInput, "tpot"},
		{"plot without a line", claim("computes = '3e9'\n[[plot]]\nid = \"p\"\ntitle = \"P\"\nover = \"x\"\nvalues = [1]\n"), statusBadInput,
			"values and a line are needed"},
		{"plot of nothing", claim("computes = '3e9'\n[[plot]]\nid = \"p\"\ntitle = \"P\"\nover = \"x\"\nvalues = [1]\n[[plot.line]]\nname = \"l\"\n"),
			statusBadInput, "line[0]: name and computes are needed"},
		{"plot of an unknown function", claim("computes = '3e9'\n[[plot]]\nid = \"p\"\ntitle = \"P\"\nover = \"x\"\nvalues = [1]\n[[plot.line]]\n" +
			"name = \"l\"\ncomputes = 'lest({x}, 2)'\n"), statusBadInput, "plot s.p: lest(1, 2)"},
		{"zero on a logarithmic axis", claim("computes = '3e9'\n[[plot]]\nid = \"p\"\ntitle = \"P\"\nover = \"x\"\nlog = true\nvalues = [0]\n[[plot.line]]\n" +
			"name = \"l\"\ncomputes = '{x}'\n"), statusBadInput, "above 0"},
		{"unknown key", claim("compute = '3e9'\n"), statusBadInput, "computes"},
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "s.toml"), []byte(c.content), 0o600); err != nil {
			t.Fatal(err)
		}
		out := filepath.Join(t.TempDir(), "pages")
		_, errs, status := articled("--claims", dir, "--out", out, "--quiet")
		if status != c.status || !strings.Contains(errs, c.want) {
			t.Errorf("%s: status %d, want %d: %s", c.name, status, c.status, errs)
		}
		if _, err := os.Stat(out); status == statusBadInput && err == nil {
			t.Errorf("%s: pages are written all the same", c.name)
		}
	}
	for _, args := range [][]string{{"--claims", t.TempDir(), "--out", t.TempDir()},
		{"--claims", "../../docs/howto/pagedattention"}} {
		if _, errs, status := articled(args...); status != statusBadInput || errs == "" {
			t.Errorf("%v: status %d: %s", args, status, errs)
		}
	}
}
