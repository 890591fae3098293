package tidy

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
)

const (
	module = "github.com/roofserve/roofserve"
	root   = "../.."
)

// source is one Go file of the house, by its name below the root.
type source struct {
	name string
	text string
	tree *ast.File
	test bool
	set  *token.FileSet
}

// at is a place in the file, for messages.
func (s *source) at(pos token.Pos) string {
	return fmt.Sprintf("%s:%d", s.name, s.set.Position(pos).Line)
}

// texts are the lines that quotes of several lines stand on.
func (s *source) texts() map[int]bool {
	lines := map[int]bool{}
	ast.Inspect(s.tree, func(n ast.Node) bool {
		if quote, ok := n.(*ast.BasicLit); ok && quote.Kind == token.STRING {
			first, last := s.set.Position(quote.Pos()).Line, s.set.Position(quote.End()).Line
			for line := first; line <= last && last > first; line++ {
				lines[line] = true
			}
		}
		return true
	})
	return lines
}

// sources reads every Go file of the house.
func sources(t *testing.T) []source {
	t.Helper()
	set := token.NewFileSet()
	var list []source
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".") && file != root) {
			return fs.SkipDir
		}
		if path.Ext(file) != ".go" {
			return nil
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		tree, err := parser.ParseFile(set, file, text, parser.ParseComments)
		if err != nil {
			return err
		}
		name := filepath.ToSlash(strings.TrimPrefix(file, root+string(filepath.Separator)))
		list = append(
			list,
			source{name: name, text: string(text), tree: tree, test: strings.HasSuffix(name, "_test.go"), set: set},
		)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(list) < 400 {
		t.Fatalf("only %d files were found", len(list))
	}
	return list
}
