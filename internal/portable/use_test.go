package portable

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Functions of package math that are assembly on some machines, or whose products the compiler fuses on
// others, and those of math/rand/v2 that rest on them. What remains of package math is exact: roots,
// roundings, bits.
var unlike = map[string][]string{
	"math": {"Acos", "Acosh", "Asin", "Asinh", "Atan", "Atan2", "Atanh", "Cbrt", "Cos", "Cosh", "Erf", "Erfc", "Erfcinv", "Erfinv",
		"Exp", "Exp2", "Expm1", "Gamma", "Hypot", "J0", "J1", "Jn", "Lgamma", "Log", "Log10", "Log1p", "Log2", "Pow",
		"Sin", "Sincos", "Sinh", "Tan", "Tanh", "Y0", "Y1", "Yn"},
	"math/rand/v2": {"NormFloat64", "ExpFloat64"},
}

// unprinted are the files whose results place marks on paper, time this very program, or feed its tests.
var unprinted = []string{
	"internal/report/figure/", "internal/report/pdf/", "internal/report/latency.go", "internal/report/roofline.go",
	"internal/fidelity/parity/figure.go", "internal/bench/bench.go", "sim/internal/fixture/",
}

func TestElementaryFunctionsArePortable(t *testing.T) {
	root, files := filepath.Join("..", ".."), 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		name := filepath.ToSlash(strings.TrimPrefix(path, root+string(filepath.Separator)))
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return err
		}
		files++
		if !slices.ContainsFunc(unprinted, func(prefix string) bool { return strings.HasPrefix(name, prefix) }) {
			checkCalls(t, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 300 {
		t.Errorf("only %d files were looked at", files)
	}
}

// checkCalls reports the uses of unlike functions in a file.
func checkCalls(t *testing.T, path string) {
	t.Helper()
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	methods := false // of a generator of random numbers
	for _, i := range file.Imports {
		methods = methods || i.Path.Value == `"math/rand/v2"`
	}
	ast.Inspect(file, func(n ast.Node) bool {
		use, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		x, named := use.X.(*ast.Ident)
		if named && x.Name == "math" && slices.Contains(unlike["math"], use.Sel.Name) ||
			methods && slices.Contains(unlike["math/rand/v2"], use.Sel.Name) {
			t.Errorf("%v: %s gives other bits on other machines; use package portable", set.Position(use.Pos()), use.Sel.Name)
		}
		return true
	})
}
