package units

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"strings"
	"testing"
)

func TestBuildsFor32BitsSayWhyNot(t *testing.T) {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, "word.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	for arch, refused := range map[string]bool{"amd64": false, "arm64": false, "386": true, "arm": true} {
		config := types.Config{Sizes: types.SizesFor("gc", arch)}
		_, err := config.Check("units", files, []*ast.File{file}, nil)
		if refused != (err != nil) {
			t.Errorf("%s: error %v", arch, err)
		}
		if refused && err != nil && !strings.Contains(err.Error(), "thisProgramNeeds64BitIntegers") {
			t.Errorf("%s: %v does not say why", arch, err)
		}
	}
}
