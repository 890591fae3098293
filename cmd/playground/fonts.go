package main

import (
	"context"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// fontsModule holds twelve faces, all of which gonum's plots link. Figures are set in two of them; the other
// ten would be two megabytes of the six that the page may have.
const fontsModule = "codeberg.org/go-fonts/liberation"

// The faces that figures are set in, as packages of fontsModule.
const (
	regular = "liberationsansregular"
	bold    = "liberationsansbold"
)

// withFewFonts writes a go.mod like the project's in which a module of two faces stands for that of twelve:
// each of the others is one of these.
func withFewFonts(ctx context.Context, temporary string) (string, error) {
	listed, err := output(ctx, "go", "list", "-f", "{{.Dir}}", "-m", fontsModule)
	if err != nil {
		return "", err
	}
	folder := filepath.Join(temporary, "fonts")
	faces, err := filepath.Glob(filepath.Join(listed, "liberation*"))
	if err != nil {
		return "", err
	}
	for _, face := range faces {
		if err := writeFace(filepath.Join(folder, filepath.Base(face)), face); err != nil {
			return "", err
		}
	}
	if err := os.WriteFile(filepath.Join(folder, "go.mod"), []byte("module "+fontsModule+"\n"), 0o644); err != nil {
		return "", err
	}
	return modulesWith(ctx, temporary, fontsModule+"="+folder)
}

// writeFace writes the package of a face into a folder: the face, or another in its stead.
func writeFace(folder, face string) error {
	name := filepath.Base(face)
	if name == regular || name == bold {
		return os.CopyFS(folder, os.DirFS(face))
	}
	stands := regular
	if strings.Contains(name, "bold") {
		stands = bold
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	source := fmt.Sprintf("package %s\n\nimport %q\n\nvar TTF = %s.TTF\n", name, path.Join(fontsModule, stands), stands)
	return os.WriteFile(filepath.Join(folder, "data.go"), []byte(source), 0o644)
}

// modulesWith writes the project's go.mod and go.sum with a replacement of one module.
func modulesWith(ctx context.Context, temporary, replacement string) (string, error) {
	ours, err := output(ctx, "go", "env", "GOMOD")
	if err != nil {
		return "", err
	}
	theirs := filepath.Join(temporary, "go.mod")
	for _, ending := range []string{".mod", ".sum"} {
		text, err := os.ReadFile(strings.TrimSuffix(ours, ".mod") + ending)
		if err != nil {
			return "", err
		}
		if err := os.WriteFile(strings.TrimSuffix(theirs, ".mod")+ending, text, 0o644); err != nil {
			return "", err
		}
	}
	_, err = output(ctx, "go", "mod", "edit", "-replace="+replacement, theirs)
	return theirs, err
}
