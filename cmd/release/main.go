package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/roofserve/roofserve/internal/report"
)

// targets are what is built where nothing else is asked for.
const targets = "linux/amd64,linux/arm64,darwin/amd64,darwin/arm64,windows/amd64,windows/arm64"

func main() {
	out := flag.String("out", "dist", "write archives, lists and checksums into `DIR`")
	list := flag.String("targets", targets, "build for these `SYSTEM/MACHINE`s, with commas between")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := release(ctx, *out, strings.Split(*list, ",")); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// release writes all files of a release into a folder.
func release(ctx context.Context, out string, targets []string) error {
	when, err := committed(ctx)
	if err != nil {
		return err
	}
	beside, err := terms()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(out, 0o777); err != nil {
		return err
	}
	var names []string
	for _, target := range targets {
		system, machine, ok := strings.Cut(target, "/")
		if !ok {
			return fmt.Errorf("--targets: %q is no SYSTEM/MACHINE, such as linux/amd64", target)
		}
		program, bill, err := build(ctx, system, machine)
		if err != nil {
			return fmt.Errorf("%s: %w", target, err)
		}
		name := fmt.Sprintf("roofserve_%s_%s_%s", report.Version, system, machine)
		pack, ending := tarball, ".tar.gz"
		if system == "windows" {
			pack, ending = zipped, ".zip"
			program.name += ".exe"
		}
		archive, err := pack(name, when, append([]packed{program}, beside...))
		if err != nil {
			return err
		}
		for file, content := range map[string][]byte{name + ending: archive, name + ".cdx.json": bill} {
			if err := os.WriteFile(filepath.Join(out, file), content, 0o666); err != nil {
				return err
			}
		}
		names = append(names, name+ending, name+".cdx.json")
	}
	return writeSums(out, names)
}

// committed is the time of the commit, which all files in archives bear.
func committed(ctx context.Context) (time.Time, error) {
	text, err := exec.CommandContext(ctx, "git", "log", "-1", "--format=%ct").Output()
	if err != nil {
		return time.Time{}, fmt.Errorf("git: %w", err)
	}
	seconds, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	return time.Unix(seconds, 0).UTC(), err
}

// terms are the files that every archive has beside the program.
func terms() ([]packed, error) {
	var list []packed
	for _, f := range []struct{ name, from string }{
		{"README.md", "README.md"}, {"CHANGELOG.md", "CHANGELOG.md"}, {"LICENSE", "LICENSE"}, {"NOTICE", "NOTICE"},
		{"LICENSES.txt", "cmd/roofserve/licenses.txt"},
	} {
		content, err := os.ReadFile(f.from)
		if err != nil {
			return nil, err
		}
		list = append(list, packed{name: f.name, content: content, mode: 0o644})
	}
	return list, nil
}

// build compiles the program for a machine, and lists what it is made of.
func build(ctx context.Context, system, machine string) (program packed, bill []byte, err error) {
	dir, err := os.MkdirTemp("", "release")
	if err != nil {
		return packed{}, nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "roofserve")
	c := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=true", "-ldflags=-s -w", "-o", path, "./cmd/roofserve")
	c.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+system, "GOARCH="+machine)
	c.Stderr = os.Stderr
	if err := c.Run(); err != nil {
		return packed{}, nil, err
	}
	if bill, err = billOf(path); err != nil {
		return packed{}, nil, err
	}
	content, err := os.ReadFile(path)
	return packed{name: "roofserve", content: content, mode: 0o755}, bill, err
}
