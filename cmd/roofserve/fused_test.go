package main

import (
	"debug/elf"
	"debug/gosym"
	"encoding/binary"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The compiler for arm64 fuses x*y+z into one instruction, which rounds once where amd64 rounds twice;
// float64(x*y)+z forbids it. What the program is made of has none of these instructions, but for what figures
// never pass through.
func TestNoFusedMultiplyAdd(t *testing.T) {
	lookAtSources(t)
	program := filepath.Join(t.TempDir(), "roofserve")
	// The profile decides what is inlined, and that what is fused: it is the same build as a user's.
	build := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-w", "-o", program, ".")
	build.Env = append(os.Environ(), "GOOS=linux", "GOARCH=arm64", "CGO_ENABLED=0", "GOFLAGS=")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	found, err := fusedInstructions(program)
	if err != nil {
		t.Fatal(err)
	}
	if len(found) < 100 { // the libraries that draw have some hundreds
		t.Errorf("only %d fused instructions in all: does the search still know them?", len(found))
	}
	for _, f := range found {
		if !f.unseen() {
			t.Errorf("%s:%d, in %s, multiplies and adds with one rounding on arm64; write float64(x*y)+z there, "+
				"or in what is inlined there", f.file, f.line, f.function)
		}
	}
}

// lookAtSources makes go test remember a verdict only as long as no source changes: on amd64 x*y+z and
// float64(x*y)+z are the same program, whose verdict it would take to be the same.
func lookAtSources(t *testing.T) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join("..", ".."), func(_ string, _ fs.DirEntry, err error) error { return err })
	if err != nil {
		t.Fatal(err)
	}
}

// fused is one multiply-add: the line it comes from, and the function it was inlined into.
type fused struct {
	file     string
	line     int
	function string
}

// unprinted are the folders of what figures do not pass through.
var unprinted = []string{
	"runtime/", // when to collect garbage
	// the logarithm and its like, which TestElementaryFunctionsArePortable keeps figures off
	"math/",
	"golang.org/x/image@", "github.com/golang/freetype@", "git.sr.ht/~sbinet/gg@", // rasters
	"gonum.org/v1/plot@", "codeberg.org/go-pdf/fpdf@", // places on paper
	// the solver of fits, whose results are rounded to four digits
	"gonum.org/v1/gonum@",
	"github.com/klauspost/compress@", "github.com/andybalholm/brotli@", // files
	// how much of a document may be repeated; its numbers are handed on as texts
	"go.yaml.in/yaml/v3@",
	"github.com/VividCortex/ewma@", "github.com/cheggaaa/pb/v3@", // progress bars
}

// unseen tells whether the line is one of a package that figures do not pass through.
func (f *fused) unseen() bool {
	return slices.ContainsFunc(unprinted, func(folder string) bool { return strings.HasPrefix(f.file, folder) })
}

// fusedInstructions lists the multiply-adds of a program for arm64. All data-processing instructions on three
// floating-point sources, FMADD, FMSUB, FNMADD and FNMSUB of every width, begin with the same byte (Arm
// Architecture Reference Manual, C4.1.96), and each instruction is one word.
func fusedInstructions(program string) ([]fused, error) {
	f, err := elf.Open(program)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text := f.Section(".text")
	code, err := text.Data()
	if err != nil {
		return nil, err
	}
	lines, err := f.Section(".gopclntab").Data()
	if err != nil {
		return nil, err
	}
	table, err := gosym.NewTable(nil, gosym.NewLineTable(lines, text.Addr))
	if err != nil {
		return nil, err
	}
	var found []fused
	for i := 0; i+4 <= len(code); i += 4 {
		if binary.LittleEndian.Uint32(code[i:])>>24 == 0x1f {
			file, line, function := table.PCToLine(text.Addr + uint64(i))
			if function != nil { // else a constant between functions
				found = append(found, fused{file, line, function.Name})
			}
		}
	}
	return found, nil
}
