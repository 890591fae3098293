package tidy

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// What a browser does not have. A scenario's files come from the file system that is handed to bounded.
var machines = []string{"os", "os/exec", "os/signal", "syscall", "net", "net/http"}

// TestEnginesRunInBrowsers builds the engine, and all that reads its input, for a browser, where no package
// of the house asks the machine for files, and no other brings a web server.
func TestEnginesRunInBrowsers(t *testing.T) {
	sources(t) // which go test then watches: what other programs read it does not know
	packages := []string{"./sim/...", "./scenarios", "./workloads/...", "./hw/..."}
	command := func(args ...string) *exec.Cmd {
		c := exec.Command("go", append(args, packages...)...)
		c.Dir, c.Env, c.Stderr = root, append(os.Environ(), "GOOS=js", "GOARCH=wasm"), os.Stderr
		return c
	}
	if err := command("build").Run(); err != nil {
		t.Fatal(err)
	}
	out, err := command("list", "-deps", "-json=ImportPath,Imports,Standard").Output()
	if err != nil {
		t.Fatal(err)
	}
	ours := 0
	for from := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p struct {
			ImportPath string
			Imports    []string
			Standard   bool
		}
		if err := from.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(p.ImportPath, module) {
			if p.ImportPath == "net/http" {
				t.Errorf("%s is reached in a browser", p.ImportPath)
			}
			continue
		}
		ours++
		for _, name := range machines {
			if slices.Contains(p.Imports, name) {
				t.Errorf("%s imports %s in a browser, where there is none; read through internal/bounded", p.ImportPath, name)
			}
		}
	}
	if ours < 30 {
		t.Errorf("only %d packages were looked at", ours)
	}
}
