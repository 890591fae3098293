package main

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "write the goldens in testdata/script anew")

// TestScripts calls the program as users do. The command "exits STATUS ARGS…" runs it in this process.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/script",
		UpdateScripts: *update,
		Cmds:          map[string]func(*testscript.TestScript, bool, []string){"exits": exits, "rows": rows},
	})
}

func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: exits STATUS ARGS…")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	// The script's folder is not this process's: names of its files stand behind @.
	for i, arg := range args {
		args[i] = strings.ReplaceAll(arg, "@", ts.MkAbs(".")+string(filepath.Separator))
	}
	if got := run(context.Background(), strings.NewReader(""), ts.Stdout(), ts.Stderr(), args[1:]); got != want {
		ts.Fatalf("exit status %d, want %d", got, want)
	}
}

// rows checks how many lines a file has: rows N FILE.
func rows(ts *testscript.TestScript, neg bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	if got := strings.Count(ts.ReadFile(args[1]), "\n"); (got == want) == neg {
		ts.Fatalf("%s has %d lines", args[1], got)
	}
}

func TestInterruptLeavesNothingBehind(t *testing.T) {
	dir := t.TempDir()
	results := filepath.Join("..", "..", "results", "fidelity")
	file := func(name string) string { return filepath.Join(dir, name) }
	for _, args := range [][]string{
		{"run", "llama-3.1-8b-h100", "--json", file("r.json"), "--requests-csv", file("r.csv"), "--trace", file("t.json"), "--html", file("r.html"), "--junit", file("r.xml")},
		{"capacity", "llama-3.1-8b-h100", "--slo", "ttft_p99=1s", "--json", file("c.json")},
		{"compare", "--models", "llama-3.1-8b", "--out", dir, "--json", file("s.json")},
		{"sweep", "qwen2.5-72b-a100-tp4", "--out", dir, "--html", file("s.html")},
		{"validate", filepath.Join(results, "endtoend", "measured.csv.gz"), "--out", dir, "--json", file("v.json")},
		{"validate", filepath.Join(results, "endtoend", "measured.csv.gz"), "--leave-out", "--out", dir},
		{"validate", filepath.Join(results, "splitwise", "measured.csv.gz"), "--out", dir},
		{"article", "--out", dir, "--json", file("a.json")},
		{"bench", "--quick", "--json", file("b.json")},
		{"explain", "--router", "--model", "deepseek-v3", "--gpus", "16", "--plot", file("r.png")},
		{"workload", "stats", "azure-2023-conv", "--plot", file("w.png")},
	} {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		var out, errs strings.Builder
		code := run(ctx, strings.NewReader(""), &out, &errs, args)
		if code != statusInterrupted || out.Len() > 0 || errs.String() != "interrupted\n" {
			t.Errorf("%s: exit status %d: %s%s", args, code, out.String(), errs.String())
		}
		if left, _ := os.ReadDir(dir); len(left) > 0 {
			t.Errorf("%s left behind: %v", args[0], left)
		}
	}
}

func TestEveryVerbExplainsItself(t *testing.T) {
	for _, c := range commands() {
		var out, errs strings.Builder
		if code := run(context.Background(), strings.NewReader(""), &out, &errs,
			[]string{c.name, "--help"}); code != statusFine {
			t.Errorf("%s --help: exit status %d: %s", c.name, code, errs.String())
		}
		for _, want := range []string{"Usage: roofserve " + c.name, "Examples:"} {
			if !strings.Contains(out.String(), want) {
				t.Errorf("%s --help lacks %q:\n%s", c.name, want, out.String())
			}
		}
	}
}
