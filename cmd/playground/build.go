package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/roofserve/roofserve/internal/report/figure"
)

//go:embed page
var page embed.FS

// pageFiles go into the folder as they are, but for the colours.
var pageFiles = []string{"page.css", "ask.js", "state.js", "words.js", "page.js", "index.html"}

// build makes the files of the page.
func build(ctx context.Context) (map[string][]byte, error) {
	temporary, err := os.MkdirTemp("", "playground")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(temporary)
	module, err := compile(ctx, temporary)
	if err != nil {
		return nil, err
	}
	engine, err := script(ctx, module)
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{"engine.js": engine}
	for _, name := range pageFiles {
		if files[name], err = page.ReadFile("page/" + name); err != nil {
			return nil, err
		}
	}
	files["page.css"] = append([]byte(colours()), files["page.css"]...)
	return files, nil
}

// compile builds the engine for a browser, from the module that the working directory is in. The tag leaves
// out the kinds of images that the page does not show.
func compile(ctx context.Context, temporary string) ([]byte, error) {
	modules, err := withFewFonts(ctx, temporary)
	if err != nil {
		return nil, err
	}
	module := filepath.Join(temporary, "engine.wasm")
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-tags=minimal", "-ldflags=-s -w",
		"-modfile="+modules, "-o", module, "github.com/roofserve/roofserve/cmd/playground/engine")
	build.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return nil, fmt.Errorf("go build: %w", err)
	}
	return os.ReadFile(module)
}

// script is engine.js: the compiled engine, and the worker that runs it, as texts. A page that is opened from
// a folder may load scripts and nothing else.
func script(ctx context.Context, module []byte) ([]byte, error) {
	root, err := output(ctx, "go", "env", "GOROOT")
	if err != nil {
		return nil, err
	}
	support, err := os.ReadFile(filepath.Join(root, "lib", "wasm", "wasm_exec.js"))
	if err != nil {
		return nil, err
	}
	worker, err := page.ReadFile("page/worker.js")
	if err != nil {
		return nil, err
	}
	source, err := json.Marshal(string(support) + string(worker))
	if err != nil {
		return nil, err
	}
	packed, err := pack(module)
	if err != nil {
		return nil, err
	}
	return fmt.Appendf(nil, "\"use strict\";\nconst engineWorker = %s;\nconst engineModule = %q;\n", source,
		base64.StdEncoding.EncodeToString(packed)), nil
}

// pack compresses bytes as browsers unpack them.
func pack(content []byte) ([]byte, error) {
	var packed bytes.Buffer
	packer, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := packer.Write(content); err != nil {
		return nil, err
	}
	err = packer.Close()
	return packed.Bytes(), err
}

// output is the first line that a command writes.
func output(ctx context.Context, name string, args ...string) (string, error) {
	command := exec.CommandContext(ctx, name, args...)
	command.Stderr = os.Stderr
	text, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w", strings.Join(command.Args, " "), err)
	}
	return strings.TrimSpace(string(text)), nil
}

// colours are the variables that the figures are drawn in, as reports have them.
func colours() string {
	return fmt.Sprintf(":root{color-scheme:light dark;%s}\n@media(prefers-color-scheme:dark){:root{%s}}\n",
		figure.Light.Variables(), figure.Dark.Variables())
}
