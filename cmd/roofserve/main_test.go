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
	file := func(name string) string { return filepath.Join(dir, name) }
	for _, args := range [][]string{
		{"run", "llama-3.1-8b-h100", "--json", file("r.json"), "--requests-csv", file("r.csv"), "--trace", file("t.json"), "--html", file("r.html"), "--junit", file("r.xml")},
		{"capacity", "llama-3.1-8b-h100", "--slo", "ttft_p99=1s", "--json", file("c.json")},
		{"compare", "--models", "llama-3.1-8b", "--out", dir, "--json", file("s.json")},
	} {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		var out, errs strings.Builder
		if code := run(ctx, strings.NewReader(""), &out, &errs, args); code != statusInterrupted {
			t.Errorf("%s: exit status %d: %s", args[0], code, errs.String())
		}
		if left, _ := os.ReadDir(dir); len(left) > 0 {
			t.Errorf("%s left behind: %v", args[0], left)
		}
	}
}

func TestEveryVerbExplainsItself(t *testing.T) {
	for _, c := range commands() {
		var out, errs strings.Builder
		if code := run(context.Background(), strings.NewReader(""), &out, &errs, []string{c.name, "--help"}); code != statusFine {
			t.Errorf("%s --help: exit status %d: %s", c.name, code, errs.String())
		}
		for _, want := range []string{"Usage: roofserve " + c.name, "Examples:"} {
			if !strings.Contains(out.String(), want) {
				t.Errorf("%s --help lacks %q:\n%s", c.name, want, out.String())
			}
		}
	}
}
