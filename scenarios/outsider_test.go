package scenarios

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Programs of another module run a scenario, and add a policy, a router, a mixer and a model without a fork.
// They build against what is public alone, and the page on them shows them.
func TestOutsidersAddTheirOwn(t *testing.T) {
	if testing.Short() {
		t.Skip("links programs")
	}
	for folder, want := range map[string]string{
		"embedded": `^300 requests completed\nhalf of them within \d+ ms a token\n\d+ tokens a second\n! `,
		"outsider": "^300 of 300 requests, each with 256 values a token\n$",
	} {
		t.Run(folder, func(t *testing.T) {
			if out, err := outsider(t, folder); err != nil || !regexp.MustCompile(want).MatchString(out) {
				t.Errorf("%v: says %s, want %s", err, out, want)
			}
		})
	}
}

// outsider runs the program of a folder in a module of its own, and gives what it prints.
func outsider(t *testing.T, folder string) (string, error) {
	t.Helper()
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
	program := read("testdata/" + folder + "/main.go")
	if page := read("../docs/howto/embed.md"); !strings.Contains(page, "```go\n"+program+"```\n") {
		t.Error("docs/howto/embed.md does not show the program as it is")
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
	return string(out), err
}
