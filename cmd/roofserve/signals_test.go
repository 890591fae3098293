//go:build linux

package main

import (
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/roofserve/roofserve/internal/report/figure"
)

// longScenario takes longer than any test waits.
const longScenario = `[model]
name = "llama-3.1-8b"
[workload.synthetic]
requests = 1000000000
arrival = { process = "closed", concurrency = 64 }
input = { distribution = "uniform", min = 1, max = 2000 }
output = { distribution = "uniform", min = 1, max = 500 }
`

// longRun is a call that writes every kind of output.
func longRun() []string {
	return []string{"run", "long.toml", "--quiet", "--out", "plots", "--json", "r.json", "--requests-csv", "r.csv", "--trace", "t.json",
		"--html", "r.html", "--junit", "r.xml"}
}

// grown waits until a temporary file in a folder has content.
func grown(t *testing.T, dir string) {
	t.Helper()
	for start := time.Now(); time.Since(start) < hangs; time.Sleep(5 * time.Millisecond) {
		entries, _ := os.ReadDir(dir)
		for _, e := range entries {
			if info, err := e.Info(); err == nil && strings.Contains(e.Name(), ".tmp") && info.Size() > 0 {
				return
			}
		}
	}
	t.Fatal("nothing is written")
}

// Each of the signals that ask for an end is heard: exit status 130, one line, nothing left behind.
func TestSignalsEndARun(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		dir := folderOf(t, map[string]string{"long.toml": longScenario})
		p := programIn(t, dir, longRun()...)
		if err := p.Start(); err != nil {
			t.Fatal(err)
		}
		grown(t, dir)
		p.Process.Signal(signal)
		if status := p.status(t); status != statusInterrupted || p.stderr.String() != interrupted+"\n" ||
			p.stdout.Len() > 0 {
			t.Errorf("%v: status %d, %s%s", signal, status, &p.stdout, &p.stderr)
		}
		if left := contents(t, dir); len(left) != 1 {
			t.Errorf("%v left %v", signal, slices.Sorted(maps.Keys(left)))
		}
	}
}

// A run that was killed leaves temporary files; the next in the folder removes them, but none of a run that
// lives.
func TestNextRunRemovesWhatAKilledOneLeft(t *testing.T) {
	dir := folderOf(t, map[string]string{"s.toml": smallScenario, "trace.csv": smallTrace, "long.toml": longScenario})
	killed := programIn(t, dir, longRun()...)
	if err := killed.Start(); err != nil {
		t.Fatal(err)
	}
	grown(t, dir)
	killed.Process.Kill()
	killed.status(t)
	if left := temporaries(t, dir); len(left) != 2 {
		t.Fatalf("the killed run left %v, want two temporary files", left)
	}
	living := programIn(t, dir, longRun()...)
	if err := living.Start(); err != nil {
		t.Fatal(err)
	}
	for start := time.Now(); time.Since(start) < hangs; time.Sleep(5 * time.Millisecond) {
		if left := temporaries(t, dir); len(left) == 2 && !strings.Contains(strings.Join(left, " "), idOf(killed)) {
			break
		}
	}
	p := ended(t, dir, "run", "s.toml", "--quiet", "--json", "small.json")
	if left := temporaries(t, dir); len(left) != 2 || strings.Contains(strings.Join(left, " "), idOf(killed)) {
		t.Errorf("after a run beside one that lives there are %v, want the two of the living one; %s", left, &p.stderr)
	}
	living.Process.Signal(syscall.SIGINT)
	living.status(t)
	if left := temporaries(t, dir); len(left) > 0 {
		t.Errorf("the interrupted run left %v", left)
	}
}

// A pipe on stdout that nobody reads blocks a write: one signal ends it after a moment, a second one at once.
func TestSignalsEndABlockedWrite(t *testing.T) {
	for _, signals := range []int{1, 2} {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		p := programIn(t, t.TempDir(), "run", "llama-3.1-8b-h100", "--requests-csv", "-") // more than a pipe holds
		p.Stdout = w
		if err := p.Start(); err != nil {
			t.Fatal(err)
		}
		w.Close()
		if _, err := io.ReadFull(r, make([]byte, 1)); err != nil { // it writes, and fills the pipe
			t.Fatal(err)
		}
		time.Sleep(50 * time.Millisecond)
		for range signals {
			p.Process.Signal(syscall.SIGINT)
		}
		if status := p.status(t); status != statusInterrupted || p.stderr.String() != interrupted+"\n" {
			t.Errorf("%d signals: status %d: %s", signals, status, &p.stderr)
		}
	}
}

// A pipe that lost its reader, a full device and a closed stdout are errors that say so, in every verb that
// prints.
func TestStdoutThatCannotBeWritten(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip(err)
	}
	defer full.Close()
	dir := folderOf(t, map[string]string{"s.toml": smallScenario, "trace.csv": smallTrace, "m.csv": smallMeasurements})
	calls := [][]string{{"--help"}, {"--version"}, {"run", "--help"}, {"run", "s.toml"}, {"run", "s.toml", "--json", "-"}, {"run", "s.toml", "--requests-csv", "-"},
		{"run", "s.toml", "--trace", "-"}, {"run", "s.toml", "--html", "-"}, {"run", "s.toml", "--junit", "-"},
		{"sweep", "s.toml"}, {"memory", "llama-3.1-70b-h100"}, {"explain", "llama-3.1-70b-h100"}, {"models", "list"}, {"models", "show", "yi-34b"},
		{"models", "show", "yi-34b", "--toml", "-"}, {"devices", "list"}, {"devices", "show", "h100-sxm-80gb"}, {"scenarios", "list"},
		{"scenarios", "show", "deepseek-v3-h100"}, {"workload", "stats", "trace.csv"}, {"init"}, {"validate", "m.csv"},
		{"capacity", "s.toml", "--slo", "ttft_p99=1s"}}
	for _, args := range calls {
		p := programIn(t, dir, args...)
		p.Stdout = full
		if err := p.Start(); err != nil {
			t.Fatal(err)
		}
		status := p.status(t)
		if says := p.stderr.String(); status != statusCannot || !strings.HasSuffix(says, "stdout: cannot be written: no space left on device\n") {
			t.Errorf("%v > /dev/full: status %d: %s", args, status, says)
		}
	}
	p := programIn(t, dir, "models", "list", "--json", "-")
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	p.Stdout = w
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	if status := p.status(t); status != statusCannot || p.stderr.String() != "stdout: cannot be written: broken pipe\n" {
		t.Errorf("without a reader: status %d: %s", status, &p.stderr)
	}
}

// Named pipes and devices as outputs work or are refused, and never hang.
func TestPipesAndDevicesAsOutputs(t *testing.T) {
	dir := folderOf(t, map[string]string{"s.toml": smallScenario, "trace.csv": smallTrace})
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o666); err != nil {
		t.Fatal(err)
	}
	for _, flag := range []string{"--json", "--requests-csv", "--trace", "--html", "--junit"} {
		args := []string{"run", "s.toml", "--quiet", flag}
		if p := ended(t, dir, append(args, "plain")...); p.ProcessState.ExitCode() != statusFine {
			t.Fatalf("%s: %s", flag, &p.stderr)
		}
		want, err := os.ReadFile(filepath.Join(dir, "plain"))
		if err != nil {
			t.Fatal(err)
		}
		got := make(chan string)
		go func() {
			text, _ := os.ReadFile(pipe)
			got <- string(text)
		}()
		if p := ended(t, dir, append(args, "pipe")...); p.ProcessState.ExitCode() != statusFine {
			t.Fatalf("%s into a pipe: %s", flag, &p.stderr)
		}
		if text := <-got; text != string(want) {
			t.Errorf("%s: the pipe's reader got %d bytes, want the %d of a file", flag, len(text), len(want))
		}
		p := ended(t, dir, append(args, "/dev/full")...)
		if status := p.ProcessState.ExitCode(); status != statusCannot || p.stderr.String() != "/dev/full: cannot be written: no space left on device\n" {
			t.Errorf("%s /dev/full: status %d: %s", flag, status, &p.stderr)
		}
		p = ended(t, dir, append(args, "/dev/stdout")...)
		if status := p.ProcessState.ExitCode(); status != statusFine || p.stdout.String() != string(want) {
			t.Errorf("%s /dev/stdout: status %d, %d bytes: %s", flag, status, p.stdout.Len(), &p.stderr)
		}
	}
	p := ended(t, dir, "run", "s.toml", "--quiet", "--json", "pipe", "--html", "r.html")
	if status := p.ProcessState.ExitCode(); status != statusCannot || !strings.HasPrefix(p.stderr.String(), "pipe: cannot be written: nobody reads this pipe") {
		t.Errorf("without a reader: status %d: %s", status, &p.stderr)
	}
	p = ended(t, dir, "run", "s.toml", "--json", "/dev/stdout")
	if status := p.ProcessState.ExitCode(); status != statusBadInput || !strings.Contains(p.stderr.String(), "are one file") {
		t.Errorf("JSON among the summary: status %d: %s", status, &p.stderr)
	}
	if left := temporaries(t, dir); len(left) > 0 {
		t.Errorf("left %v", left)
	}
}

// idOf is how the names of a process's temporary files tell it.
func idOf(p *program) string { return fmt.Sprintf(".%d-", p.Process.Pid) }

// One signal ends a command in the midst of its plots, here of one that goes into a pipe which nobody
// empties: those before it are whole, and of those after it nothing is there.
func TestOneSignalIsHeardWhilePlotsAreDrawn(t *testing.T) {
	dir := folderOf(t, map[string]string{"s.toml": smallScenario, "trace.csv": smallTrace})
	args := []string{"run", "s.toml", "--quiet", "--out"}
	if p := ended(t, dir, append(args, "whole")...); p.ProcessState.ExitCode() != statusFine {
		t.Fatal(&p.stderr)
	}
	whole, part := contents(t, filepath.Join(dir, "whole")), filepath.Join(dir, "part")
	if err := os.Mkdir(part, 0o777); err != nil {
		t.Fatal(err)
	}
	pipe := filepath.Join(part, "timeline.png") // of the second plot, and more than a pipe holds
	if err := syscall.Mkfifo(pipe, 0o666); err != nil {
		t.Fatal(err)
	}
	reader, err := os.OpenFile(pipe, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	p := programIn(t, dir, append(args, "part")...)
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(reader, make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	p.Process.Signal(syscall.SIGINT)
	if status := p.status(t); status != statusInterrupted || p.stderr.String() != interrupted+"\n" {
		t.Errorf("status %d: %s", status, &p.stderr)
	}
	os.Remove(pipe)
	left := contents(t, part)
	for name, text := range left {
		if whole[name] != text {
			t.Errorf("%s is not what a run to the end writes", name)
		}
		if stem, _, _ := strings.Cut(name, "."); stem != "latency" && stem != "timeline" {
			t.Errorf("%s is there already", name)
		}
	}
	for _, ending := range (&figure.Look{}).Endings() {
		if left["latency"+ending] == "" {
			t.Errorf("%v are there, want the first plot", slices.Sorted(maps.Keys(left)))
		}
	}
}

// Two signals are heard at once while plots are drawn: the files that are there by then are whole.
func TestSignalsAreHeardWhilePlotsAreDrawn(t *testing.T) {
	dir := folderOf(t, map[string]string{"s.toml": smallScenario, "trace.csv": smallTrace})
	args := []string{"run", "s.toml", "--quiet", "--out"}
	if p := ended(t, dir, append(args, "whole")...); p.ProcessState.ExitCode() != statusFine {
		t.Fatal(&p.stderr)
	}
	whole := contents(t, filepath.Join(dir, "whole"))
	p := programIn(t, dir, append(args, "part")...)
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	part := filepath.Join(dir, "part")
	for start := time.Now(); time.Since(start) < hangs; time.Sleep(time.Millisecond) {
		if entries, _ := os.ReadDir(part); len(entries) > 0 {
			break
		}
	}
	p.Process.Signal(syscall.SIGINT)
	p.Process.Signal(syscall.SIGTERM) // at once, though it draws
	if status := p.status(t); status != statusInterrupted {
		t.Errorf("status %d, want 130: %s", status, &p.stderr)
	}
	left := contents(t, part)
	for name, text := range left {
		if whole[name] != text {
			t.Errorf("%s is not what a run to the end writes", name)
		}
	}
	if len(left) >= len(whole) {
		t.Errorf("all %d files are there: the signal was not heard", len(left))
	}
}
