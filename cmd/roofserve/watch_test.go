package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

const watchedScenario = `[model]
name = "m.toml"
[workload.synthetic]
requests = 5
arrival = { process = "constant", rate = 8.0 }
input = { distribution = "fixed", value = 300 }
output = { distribution = "fixed", value = 7 }
`

// A watched run follows its scenario and what that names, survives mistakes, and ends when it is interrupted.
func TestWatchRunsAgain(t *testing.T) {
	model := readModel(t)
	dir := folderOf(t, map[string]string{"s.toml": watchedScenario, "m.toml": model})
	p := programIn(t, dir, "run", "s.toml", "--watch", "--quiet", "--json", "r.json")
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	change := func(name, text, in, want string) {
		t.Helper()
		if text != "" {
			writeFile(t, filepath.Join(dir, name), text)
		}
		for start := time.Now(); time.Since(start) < hangs; time.Sleep(10 * time.Millisecond) {
			if got, err := os.ReadFile(filepath.Join(dir, in)); err == nil && strings.Contains(string(got), want) {
				return
			}
		}
		t.Fatalf("%s never says %s", in, want)
	}
	change("", "", "r.json", `"completed": 5,`)
	change("s.toml", strings.Replace(watchedScenario, "requests = 5", "requests = 60", 1), "r.json", `"completed": 60,`)
	writeFile(t, filepath.Join(dir, "s.toml"), "[modell]")
	time.Sleep(3 * glances)
	change("s.toml", strings.Replace(watchedScenario, "requests = 5", "requests = 7", 1), "r.json", `"completed": 7,`)
	change("m.toml", strings.Replace(model, "max_context = 131072", "max_context = 250", 1), "r.json", `"failed": 7,`)
	p.Process.Signal(syscall.SIGINT)
	if status := p.status(t); status != statusInterrupted || !strings.Contains(p.stderr.String(), `unknown key`) ||
		!strings.HasSuffix(p.stderr.String(), interrupted+"\n") {
		t.Errorf("status %d: %s", status, &p.stderr)
	}
}

// readModel is a model's document.
func readModel(t *testing.T) string {
	t.Helper()
	var out, errs strings.Builder
	if code := run(context.Background(), strings.NewReader(""), &out, &errs,
		[]string{"models", "show", "llama-3.1-8b", "--toml", "-"}); code != statusFine {
		t.Fatal(errs.String())
	}
	return out.String()
}

func TestWatchNeedsAFile(t *testing.T) {
	for _, name := range []string{"deepseek-v3-h100", "-", "."} {
		var out, errs strings.Builder
		if code := run(context.Background(), strings.NewReader(""), &out, &errs,
			[]string{"run", name, "--watch"}); code != statusBadInput || !strings.Contains(errs.String(), "--watch needs a file") {
			t.Errorf("%s: exit status %d: %s", name, code, errs.String())
		}
	}
}
