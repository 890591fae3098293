package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// measurements makes a folder with all-reduces of one engine, and more lines of the caller's.
func measurements(t *testing.T, more ...string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	fmt.Fprintln(w, "engine,kernel,num_gpus,message_size,latency_ms")
	for ranks := 2; ranks <= 8; ranks *= 2 {
		for elements := 1024; elements <= 8<<20; elements += elements / 4 {
			fmt.Fprintf(w, "vllm-1,x_graph,%d,%d,%g\n", ranks, elements, 0.005+2*float64(elements)/1e8)
		}
	}
	for _, line := range more {
		fmt.Fprintln(w, line)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "h100_allreduce.csv.gz"), b.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	return dir
}

// calibrated runs the verb and returns its status, what it printed and every file below its folder.
func calibrated(t *testing.T, ctx context.Context, args ...string) (status int, out, errs string,
	files map[string]string) {
	folder := t.TempDir()
	var stdout, stderr strings.Builder
	status = run(ctx, strings.NewReader(""), &stdout, &stderr, append([]string{"calibrate", "--out", folder}, args...))
	files = map[string]string{}
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		files[strings.TrimPrefix(path, folder+string(filepath.Separator))] = string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return status, stdout.String(), stderr.String(), files
}

func TestCalibrationRepeats(t *testing.T) {
	silicon := measurements(t)
	status, out, errs, files := calibrated(t, t.Context(), "--silicon", silicon)
	if status != statusFine || !strings.Contains(out, "allreduce") || errs != "" {
		t.Fatalf("status %d, stdout %q, stderr %q", status, out, errs)
	}
	for _, name := range []string{"h100-sxm-80gb/vllm-1.toml", "report/README.md", "report/laws.csv", "report/allreduce.png"} {
		if files[filepath.FromSlash(name)] == "" {
			t.Errorf("%s is not written", name)
		}
	}
	_, out, _, again := calibrated(t, t.Context(), "--silicon", silicon, "--quiet")
	if out != "" || len(again) != len(files) {
		t.Errorf("--quiet prints %q; %d files, then %d", out, len(files), len(again))
	}
	for name, content := range files {
		if again[name] != content {
			t.Errorf("%s differs from one run to the next", name)
		}
	}
}

func TestMistakesOfMeasurementsAreNamed(t *testing.T) {
	empty := t.TempDir()
	for _, c := range []struct{ silicon, want string }{
		{measurements(t, "vllm-1,x_graph,2,1024,fast"), `h100_allreduce.csv.gz:125: latency_ms: "fast" cannot be used; use the measured time, from `},
		{measurements(t, "vllm-1,x_graph,2,1024,0"), `h100_allreduce.csv.gz:125: latency_ms: "0" cannot be used; use the measured time, from `},
		{measurements(t, "vllm-1,x_graph"), `h100_allreduce.csv.gz:125: cannot be read: wrong number of fields; `},
		{empty, "holds no measured operators; "},
		{filepath.Join(empty, "none"), "is no folder; "},
		{"", "--silicon is empty; "},
	} {
		status, _, errs, files := calibrated(t, t.Context(), "--silicon", c.silicon)
		if status != statusBadInput || !strings.Contains(errs, c.want) || len(files) > 0 {
			t.Errorf("status %d, %d files, stderr %q; want status 2, none, %q", status, len(files), errs, c.want)
		}
	}
}

func TestInterruptedCalibrationLeavesNothing(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if status, _, errs, files := calibrated(t, ctx, "--silicon", measurements(t)); status != statusInterrupted ||
		len(files) > 0 {
		t.Errorf("status %d, %d files, stderr %q", status, len(files), errs)
	}
}
