package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"
)

var (
	when  = time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	files = []packed{{"roofserve", []byte("program"), 0o755}, {"LICENSE", []byte("terms"), 0o644}}
)

func TestTarballHoldsTheFiles(t *testing.T) {
	first, err := tarball("r", when, files)
	if err != nil {
		t.Fatal(err)
	}
	second, _ := tarball("r", when, files)
	if !bytes.Equal(first, second) {
		t.Error("packed twice, it has other bytes")
	}
	unzipped, err := gzip.NewReader(bytes.NewReader(first))
	if err != nil {
		t.Fatal(err)
	}
	r := tar.NewReader(unzipped)
	for _, want := range files {
		h, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil || h.Name != "r/"+want.name || h.Mode != want.mode || !h.ModTime.Equal(when) || h.Uname != "" ||
			!bytes.Equal(content, want.content) {
			t.Errorf("%+v: %q, %v", h, content, err)
		}
	}
}

func TestZippedHoldsTheFiles(t *testing.T) {
	first, err := zipped("r", when, files)
	if err != nil {
		t.Fatal(err)
	}
	r, err := zip.NewReader(bytes.NewReader(first), int64(len(first)))
	if err != nil || len(r.File) != len(files) {
		t.Fatal(len(r.File), err)
	}
	for i, want := range files {
		opened, err := r.File[i].Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(opened)
		if err != nil || r.File[i].Name != "r/"+want.name || !bytes.Equal(content, want.content) {
			t.Errorf("%s: %q, %v", r.File[i].Name, content, err)
		}
	}
}

// A bill names every module of the program, those that stand in for others by their own names.
func TestBillNamesEveryModule(t *testing.T) {
	b := billFrom(&debug.BuildInfo{
		GoVersion: "go1.26", Main: debug.Module{Path: "m"},
		Deps: []*debug.Module{
			{Path: "a", Version: "v1.0.0", Sum: "h1:x"},
			{Path: "b", Version: "v1.0.0", Replace: &debug.Module{Path: "c", Version: "v2.0.0"}},
		},
		Settings: []debug.BuildSetting{{Key: "vcs.revision", Value: "0123"}},
	})
	text, err := json.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`"bomFormat":"CycloneDX","specVersion":"1.6"`, `"purl":"pkg:golang/std@go1.26"`, `"purl":"pkg:golang/a@v1.0.0"`,
		`{"name":"go:sum","value":"h1:x"}`, `"purl":"pkg:golang/c@v2.0.0"`, `{"name":"go:build:vcs.revision","value":"0123"}`,
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("no %s in %s", want, text)
		}
	}
	if strings.Contains(string(text), "golang/b@") {
		t.Error("a module that another stands in for is in the bill")
	}
}

// The sums are those that sha256sum finds.
func TestSumsAreChecked(t *testing.T) {
	path, err := exec.LookPath("sha256sum")
	if err != nil {
		t.Skip("SKIPPED: there is no sha256sum")
	}
	dir := t.TempDir()
	for _, name := range []string{"b", "a"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := writeSums(dir, []string{"b", "a"}); err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), path, "--check", "SHA256SUMS")
	c.Dir = dir
	if out, err := c.CombinedOutput(); err != nil || string(out) != "a: OK\nb: OK\n" {
		t.Errorf("%v: %s", err, out)
	}
}

// Everything is built for six machines.
func TestTargets(t *testing.T) {
	known, err := exec.CommandContext(t.Context(), "go", "tool", "dist", "list").Output()
	if err != nil {
		t.Fatal(err)
	}
	list := strings.Split(targets, ",")
	for _, target := range list {
		if !slices.Contains(strings.Fields(string(known)), target) {
			t.Errorf("the toolchain does not know %s", target)
		}
	}
	if len(list) != 6 {
		t.Errorf("%d targets", len(list))
	}
}
