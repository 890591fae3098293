package scenarios

import (
	"os"
	"path/filepath"
	"testing"
)

// A case's digest is the same for the same case, and another for each of the things that its result follows
// from.
func TestDigestsTellCasesApart(t *testing.T) {
	const text = "[model]\nname = \"llama-3.1-8b\"\n[workload]\ntrace = \"t.csv\"\n"
	dir := t.TempDir()
	trace := func(rows string) {
		if err := os.WriteFile(filepath.Join(dir, "t.csv"), []byte(rows), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	digest := func(version, name, text string, index, of int, settings ...string) string {
		t.Helper()
		s, err := Parse(name, dir, []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		setAll(t, s, settings...)
		d := Digests{Version: version}
		sum, err := d.Of(&Case{Scenario: s, Index: index}, of)
		if err != nil {
			t.Fatal(err)
		}
		return sum
	}
	trace("arrival,input,output\n0,1,1\n")
	seen := map[string]string{digest("1.0", "s.toml", text, 0, 2): "the case itself"}
	if seen[digest("1.0", "s.toml", text, 0, 2)] == "" {
		t.Error("the same case has two digests")
	}
	other := map[string]string{
		"version":       digest("1.1", "s.toml", text, 0, 2),
		"name":          digest("1.0", "r.toml", text, 0, 2),
		"text":          digest("1.0", "s.toml", text+"[hardware]\ngpus = 2\n", 0, 2),
		"place":         digest("1.0", "s.toml", text, 1, 2),
		"number":        digest("1.0", "s.toml", text, 0, 3),
		"setting":       digest("1.0", "s.toml", text, 0, 2, "workload.seed=2"),
		"other setting": digest("1.0", "s.toml", text, 0, 2, "workload.seed=3"),
	}
	trace("arrival,input,output\n0,1,2\n")
	other["trace"] = digest("1.0", "s.toml", text, 0, 2)
	for what, sum := range other {
		if same := seen[sum]; same != "" {
			t.Errorf("a case with another %s has the digest of %s", what, same)
		}
		seen[sum] = "one with another " + what
	}
}
