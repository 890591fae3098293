package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// terms matches the names of files that hold a licence or belong to one.
var terms = regexp.MustCompile(`(?i)^(licen[cs]e|copying|notice|patents)([-._].*)?$|-LICENSE$`)

// elsewhere are licence files of parts that are compiled in, which stand in no folder of a compiled package
// or above.
var elsewhere = map[string][]string{
	"golang.org/x/image":         {"font/gofont/ttfs/README"},
	"github.com/golang/freetype": {"licenses/ftl.txt"}, // of the two that it offers
	"gonum.org/v1/gonum":         {"THIRD_PARTY_LICENSES"},
}

func TestLicensesOfEverythingCompiledInAreCurrent(t *testing.T) {
	var b bytes.Buffer
	for _, name := range []string{"NOTICE", "LICENSE"} {
		section(t, &b, "roofserve: "+name, filepath.Join("../..", name))
	}
	for _, m := range compiledModules(t) {
		files := m.terms(t)
		if len(files) == 0 {
			t.Errorf("%s has no licence", m.path)
		}
		for _, file := range files {
			title := m.path + " " + m.version + ": " + file
			if m.path == "golang.org/x/exp" && file == "LICENSE" {
				title += ", which is that of Go's standard library too"
			}
			section(t, &b, title, filepath.Join(m.dir, filepath.FromSlash(file)))
		}
	}
	if *update {
		if err := os.WriteFile("licenses.txt", b.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(b.String(), string(licenses)); diff != "" {
		t.Errorf("licenses.txt is stale; run: go test ./cmd/roofserve -run Licenses -update\n%.2000s", diff)
	}
}

// compiled is a module that the program is built from, with the folders of its packages that are.
type compiled struct {
	path, version, dir string
	folders            []string // relative to dir, with slashes
}

func compiledModules(t *testing.T) []*compiled {
	t.Helper()
	const format = "{{with .Module}}{{if not .Main}}{{.Path}}\t{{.Version}}\t{{.Dir}}\t{{$.Dir}}{{end}}{{end}}"
	var list []*compiled
	for line := range strings.Lines(output(t, "go", "list", "-deps", "-f", format, ".")) {
		field := strings.Split(strings.TrimSpace(line), "\t")
		if len(field) != 4 {
			continue
		}
		i := slices.IndexFunc(list, func(m *compiled) bool { return m.path == field[0] })
		if i < 0 {
			i = len(list)
			list = append(list, &compiled{path: field[0], version: field[1], dir: field[2]})
		}
		folder, err := filepath.Rel(field[2], field[3])
		if err != nil {
			t.Fatal(err)
		}
		list[i].folders = append(list[i].folders, filepath.ToSlash(folder))
	}
	slices.SortFunc(list, func(a, b *compiled) int { return strings.Compare(a.path, b.path) })
	return list
}

// terms are the licence files in the folders of compiled packages and above them, and those known to stand
// elsewhere.
func (m *compiled) terms(t *testing.T) []string {
	t.Helper()
	var files []string
	for _, folder := range m.folders {
		for ; ; folder = path.Dir(folder) {
			entries, err := os.ReadDir(filepath.Join(m.dir, filepath.FromSlash(folder)))
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range entries {
				if !e.IsDir() && terms.MatchString(e.Name()) {
					files = append(files, path.Join(folder, e.Name()))
				}
			}
			if folder == "." {
				break
			}
		}
	}
	for _, at := range elsewhere[m.path] {
		err := fs.WalkDir(os.DirFS(m.dir), at, func(file string, e fs.DirEntry, err error) error {
			if err == nil && !e.IsDir() {
				files = append(files, file)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
	slices.Sort(files)
	return slices.Compact(files)
}

// section writes a file under a heading.
func section(t *testing.T, b *bytes.Buffer, heading, file string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(b, "%s\n%s\n\n%s\n\n\n", heading, strings.Repeat("=", len(heading)),
		bytes.TrimSpace(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))))
}

// output is what a command prints.
func output(t *testing.T, name string, args ...string) string {
	t.Helper()
	text, err := exec.Command(name, args...).Output()
	if err != nil {
		t.Fatalf("%s %s: %v", name, strings.Join(args, " "), err)
	}
	return string(text)
}

// Each configuration is named in NOTICE with its licence, and NOTICE names none that is not there.
func TestNoticeNamesEveryConfiguration(t *testing.T) {
	text, err := os.ReadFile("../../NOTICE")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "Model configurations\n")
	named := map[string]bool{}
	for line := range strings.SplitSeq(strings.ReplaceAll(section, "\n  ", " "), "\n") {
		if licence, names, ok := strings.Cut(line, ": "); ok && licence != "" {
			for name := range strings.SplitSeq(names, ", ") {
				named[strings.TrimSpace(name)] = true
			}
		}
	}
	files, err := filepath.Glob("../../sim/arch/huggingface/testdata/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no configurations: %v", err)
	}
	for _, file := range files {
		_, name, _ := strings.Cut(strings.TrimSuffix(filepath.Base(file), ".json"), "__")
		if !named[name] {
			t.Errorf("NOTICE names no licence of %s", name)
		}
		delete(named, name)
	}
	for name := range named {
		t.Errorf("NOTICE names %q, of which no configuration is there", name)
	}
}
