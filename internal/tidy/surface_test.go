package tidy

import (
	"archive/zip"
	"bytes"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "take what is exported now for what programs of others may use")

// surface is what the public packages export, as apidiff writes it.
const surface = "testdata/surface.export"

// apidiff calls the tool in the root of the module. What it says of packages that it leaves out is no
// finding.
func apidiff(t *testing.T, args ...string) string {
	t.Helper()
	p := exec.Command("go", append([]string{"tool", "apidiff", "-m"}, args...)...)
	p.Dir = root
	var errs bytes.Buffer
	p.Stderr = &errs
	out, err := p.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, &errs)
	}
	return string(out)
}

// A program that builds against what was exported builds against what is exported now, unless the change is
// meant: then -update takes it. What is new breaks nobody, and need not be taken.
func TestSurface(t *testing.T) {
	if os.Getenv("ROOFSERVE_SURFACE") == "" {
		t.Skip("ROOFSERVE_SURFACE is not set: .ci/api compares what is exported")
	}
	if *update {
		writeSurface(t)
	}
	committed, err := filepath.Abs(surface)
	if err != nil {
		t.Fatal(err)
	}
	if broken := apidiff(t, "-incompatible", committed, module); broken != "" {
		t.Errorf("programs of others no longer build; if that is meant, run .ci/api --update:\n%s", broken)
	}
}

// writeSurface writes it without the packages that nobody else can import.
func writeSurface(t *testing.T) {
	t.Helper()
	whole := filepath.Join(t.TempDir(), "whole")
	apidiff(t, "-w", whole, module)
	all, err := zip.OpenReader(whole)
	if err != nil {
		t.Fatal(err)
	}
	defer all.Close()
	var public bytes.Buffer
	to := zip.NewWriter(&public)
	for _, f := range all.File {
		if strings.Contains(f.Name, "/internal/") || strings.Contains(f.Name, "/cmd/") {
			continue
		}
		if err := to.Copy(f); err != nil {
			t.Fatal(err)
		}
	}
	if err := to.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(surface, public.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}
