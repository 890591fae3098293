package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Whatever the command line says, the program ends with one of its statuses, says why in one line, and writes
// nothing where a flag is wrong. Whatever simulates is interrupted at once: what is tried here is the way
// there.
func FuzzCommandLine(f *testing.F) {
	for _, c := range commands() {
		f.Add(c.name + "\n--help")
		for _, example := range c.examples {
			if c.name == "bench" || strings.Contains(example, "--plot") {
				continue // takes a second or more
			}
			f.Add(strings.Join(strings.Fields(strings.NewReplacer("roofserve ", "", "'", "", "/", "-", "../", "").Replace(example)), "\n"))
		}
	}
	f.Add("run\nmine.toml\n--json\n-\n--set\nhardware.gpus=2\n--quiet")
	f.Add("memory\n--model\nllama-3.1-8b\n--gpus\n2\n--tp\n2\n--context\n1000\n--json\n-")
	f.Add("explain\n--model\nllama-3.1-8b\n--device\nh200\n--batch\n8\n--context\n1000\n--compare\nqwen2.5-72b,gpt-oss-120b")
	f.Add("merge\nshards\n--out\nout\n--theme=dark")
	f.Add("capacity\nmine.toml\n--slo\nttft_p99=1000ms,tpot_p99=50ms\n--tolerance\n0.1")
	stopped, cancel := context.WithCancel(context.Background())
	cancel()
	f.Fuzz(func(t *testing.T, line string) {
		if strings.ContainsAny(line, "/\\") || strings.Contains(line, "..") || len(line) > 1000 {
			t.Skip("may name any file of the machine")
		}
		t.Chdir(t.TempDir())
		for name, text := range map[string]string{"mine.toml": "[model]\nname = \"llama-3.1-8b\"\n", "trace.csv": "arrival,input,output\n0,5,5\n", "config.json": "{}"} {
			if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		var out, errs strings.Builder
		status := run(stopped, strings.NewReader("[model]\nname = \"llama-3.1-8b\"\n"), &out, &errs, strings.Split(line, "\n"))
		text := errs.String()
		switch status {
		case statusFine, statusInterrupted, statusExpectation:
			return
		case statusBadInput, statusCannot:
		default:
			t.Errorf("exit status %d", status)
		}
		if first, _, _ := strings.Cut(text, "\n"); len(first) < 10 || !strings.Contains(first, ": ") &&
			status == statusBadInput {
			t.Errorf("exit status %d: %q", status, text)
		}
		if files, _ := filepath.Glob("*"); len(files) > 3 && status == statusBadInput {
			t.Errorf("%q left %v", text, files)
		}
	})
}
