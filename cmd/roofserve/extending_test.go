package main

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// page is docs/extending.md.
func page(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/extending.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// files are the page's files by name: code that follows a line which begins with the name.
func files(text string) map[string]string {
	found := map[string]string{}
	for _, m := range regexp.MustCompile("(?s)\n`([^`\n]+)`[^\n]*:\n\n```[a-z]+\n(.*?)```").FindAllStringSubmatch(text, -1) {
		found[m[1]] = m[2]
	}
	return found
}

// TestExtendingWithFiles writes the model, the device and the scenario of the page and calls what it calls.
func TestExtendingWithFiles(t *testing.T) {
	text := page(t)
	dir := t.TempDir()
	for name, content := range files(text) {
		if filepath.Ext(name) != ".toml" {
			continue
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	called := 0
	for _, m := range regexp.MustCompile("(?m)^roofserve (.*)$").FindAllStringSubmatch(text, -1) {
		called++
		var out, errs strings.Builder
		if code := run(context.Background(), strings.NewReader(""), &out, &errs, strings.Fields(m[1])); code != statusFine {
			t.Errorf("roofserve %s: exit status %d: %s", m[1], code, errs.String())
		}
	}
	if called < 7 {
		t.Errorf("the page calls roofserve %d times", called)
	}
}

// TestExtendingWithAMixer builds the page's mixer into the project, with nothing but its file and its line, and runs the laws.
func TestExtendingWithAMixer(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles two packages anew")
	}
	text := page(t)
	line := regexp.MustCompile(`(?m)^\t\{"mfa".*\n`).FindString(text)
	registry, err := os.ReadFile("../../sim/arch/registry.go")
	if err != nil {
		t.Fatal(err)
	}
	const last = "\t{\"moe\","
	if line == "" || strings.Count(string(registry), last) != 1 {
		t.Fatalf("no place for the line %q", line)
	}
	dir := t.TempDir()
	replace := map[string]string{}
	for name, content := range map[string]string{
		"sim/arch/mfa.go":      files(text)["sim/arch/mfa.go"],
		"sim/arch/registry.go": strings.Replace(string(registry), last, line+last, 1),
	} {
		target, err := filepath.Abs(filepath.Join("../..", name))
		if err != nil {
			t.Fatal(err)
		}
		replace[target] = filepath.Join(dir, filepath.Base(name))
		if err := os.WriteFile(replace[target], []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(file, overlay, 0o600); err != nil {
		t.Fatal(err)
	}
	tests := exec.Command("go", "test", "-overlay", file, "-v", "./sim/arch", "./sim/cost")
	tests.Dir = "../.."
	out, err := tests.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "TestTensorsAddUp/mfa") || !strings.Contains(string(out), "TestMoreBandwidthIsNeverSlower/mfa") {
		t.Errorf("%v\n%s", err, out)
	}
}
