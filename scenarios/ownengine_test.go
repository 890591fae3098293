package scenarios

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// ownEngine writes a scenario that names a profile beside it.
func ownEngine(t *testing.T, profile string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"mine.toml": profile,
		"s.toml":    "[model]\nname = \"llama-3.1-8b\"\n[engine]\npolicy = \"mine.toml\"\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "s.toml")
}

// A profile of one's own stands where the scenario says, relative to it, and its settings count.
func TestEngineOfOnesOwn(t *testing.T) {
	data, err := os.ReadFile("../sim/engines/profiles/sglang.toml")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(data), `name = "sglang"`, `name = "ours"`, 1)
	s, err := Load(ownEngine(t, text))
	if err != nil {
		t.Fatal(err)
	}
	r, p, err := s.Resolve()
	if err != nil {
		t.Fatal(err)
	}
	if r.Engine.Policy != "ours" || p.Engine.Policy != "sglang" {
		t.Errorf("engine %q schedules as %q", r.Engine.Policy, p.Engine.Policy)
	}
	if files := strings.Join(s.Files(), " "); !strings.Contains(files, "mine.toml") {
		t.Errorf("the scenario's files are %s", files)
	}
	s, err = Load(ownEngine(t, strings.Replace(text, "block_size", "block_sise", 1)))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err = s.Resolve(); err == nil || !strings.Contains(err.Error(), "mine.toml:") ||
		!strings.Contains(err.Error(), "block_sise") {
		t.Errorf("%v", err)
	}
}
