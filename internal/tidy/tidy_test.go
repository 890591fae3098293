package tidy

import (
	"go/ast"
	"path"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

// Bounds of what a reader takes in at once.
const (
	maxFile     = 400 // lines
	maxFunction = 70  // lines
	maxLine     = 110 // columns, where a tab is one
)

// TestPackagesSayWhatTheyKnow looks for each package's comment, in its doc.go; a program's stands beside
// main.
func TestPackagesSayWhatTheyKnow(t *testing.T) {
	said := map[string]bool{}
	for _, f := range sources(t) {
		dir := path.Dir(f.name)
		if strings.HasSuffix(f.tree.Name.Name, "_test") {
			continue
		}
		if _, met := said[dir]; !met {
			said[dir] = false
		}
		if f.tree.Doc == nil {
			continue
		}
		if base := path.Base(f.name); base != "doc.go" && f.tree.Name.Name != "main" {
			t.Errorf("%s: the comment of package %s belongs into its doc.go", f.name, f.tree.Name.Name)
		}
		said[dir] = true
	}
	for dir, ok := range said {
		if !ok {
			t.Errorf("%s: has no doc.go that says what the package knows, and what it does not", dir)
		}
	}
}

func TestFilesFunctionsAndLinesAreShort(t *testing.T) {
	for _, f := range sources(t) {
		if n := strings.Count(f.text, "\n"); n > maxFile {
			t.Errorf("%s: has %d lines; at most %d", f.name, n, maxFile)
		}
		for _, d := range f.tree.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			if n := f.set.Position(fn.End()).Line - f.set.Position(fn.Pos()).Line + 1; n > maxFunction {
				t.Errorf("%s: %s has %d lines; at most %d", f.at(fn.Pos()), fn.Name.Name, n, maxFunction)
			}
		}
		texts := f.texts()
		for i, line := range strings.Split(f.text, "\n") {
			if n := columns(line); n > maxLine && !texts[i+1] {
				t.Errorf("%s:%d: has %d columns besides what it quotes; at most %d", f.name, i+1, n, maxLine)
			}
		}
	}
}

// quoted is text in a line of code that cannot be broken without breaking what it says.
var quoted = regexp.MustCompile("\"(\\\\.|[^\"\\\\])*\"|`[^`]*`")

// columns is how wide a line is, without what it quotes where that alone makes it wide.
func columns(line string) int {
	n := utf8.RuneCountInString(line)
	if n <= maxLine || strings.HasPrefix(strings.TrimSpace(line), "//") {
		return n
	}
	return utf8.RuneCountInString(quoted.ReplaceAllString(line, ""))
}
