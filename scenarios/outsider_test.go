package scenarios

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A program of another module adds a policy, a router, a mixer and a model without a fork. It builds against
// what is public alone.
func TestOutsidersAddTheirOwn(t *testing.T) {
	if testing.Short() {
		t.Skip("links a program")
	}
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	read := func(path string) string {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	program := read("testdata/outsider/main.go")
	if page := read("../docs/howto/embed.md"); !strings.Contains(page, "```go\n"+program+"```\n") {
		t.Error("docs/howto/embed.md does not show testdata/outsider/main.go as it is")
	}
	// The versions are ours, so that nothing is looked up.
	_, requires, found := strings.Cut(read("../go.mod"), "\nrequire ")
	requires, _, foundTools := strings.Cut(requires, "\ntool ")
	if !found || !foundTools {
		t.Fatal("go.mod is not as this test reads it")
	}
	const us = "github.com/roofserve/roofserve"
	dir := t.TempDir()
	for name, text := range map[string]string{"main.go": program, "go.sum": read("../go.sum"),
		"go.mod": "module example.com/outsider\n\ngo 1.26.0\n\nrequire " + us + " v0.0.0\n" +
			"replace " + us + " => " + root + "\nrequire " + requires,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p := exec.Command("go", "run", "-mod=mod", ".")
	p.Dir = dir
	p.Env = append(os.Environ(), "GOPROXY=off", "GOWORK=off")
	out, err := p.CombinedOutput()
	if want := "300 of 300 requests, each with 256 values a token\n"; err != nil || string(out) != want {
		t.Errorf("%v: says %s, want %s", err, out, want)
	}
}
