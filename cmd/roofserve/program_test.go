package main

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// asProgram makes the test binary be roofserve itself, so that tests can start, signal and kill what users
// run.
const asProgram = "ROOFSERVE_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		return
	}
	hearHangups()
	os.Exit(m.Run())
}

// hearHangups lets the programs that tests start hear SIGHUP where the tests run under nohup, whose children
// would ignore it: what a process handles is unset in its children.
func hearHangups() {
	if hangup := syscall.SIGHUP; signal.Ignored(hangup) {
		signal.Notify(make(chan os.Signal, 1), hangup)
	}
}

// program is a process that runs roofserve. One that hangs is killed, and counts as such.
type program struct {
	*exec.Cmd
	stdout, stderr bytes.Buffer
	limit          context.Context
}

// hangs is how long nothing in these tests takes.
const hangs = 3 * time.Minute

// programIn makes a process for a call of the program in a folder.
func programIn(t *testing.T, dir string, args ...string) *program {
	t.Helper()
	limit, cancel := context.WithTimeout(context.Background(), hangs)
	t.Cleanup(cancel)
	p := &program{Cmd: exec.CommandContext(limit, os.Args[0], args...), limit: limit}
	p.Dir = dir
	p.Env = append(os.Environ(), asProgram+"=1")
	p.Stdout, p.Stderr = &p.stdout, &p.stderr
	return p
}

// status waits for the process and returns its exit status: -1 where a signal ended it.
func (p *program) status(t *testing.T) int {
	t.Helper()
	err := p.Wait()
	if p.limit.Err() != nil {
		t.Fatalf("%v hangs", p.Args[1:])
	}
	var failed *exec.ExitError
	if err != nil && !errors.As(err, &failed) {
		t.Fatal(err)
	}
	return p.ProcessState.ExitCode()
}

// ended runs the program to its end.
func ended(t *testing.T, dir string, args ...string) *program {
	t.Helper()
	p := programIn(t, dir, args...)
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	p.status(t)
	return p
}

// temporaries are the files of a folder that no finished run leaves, by name: a run that lives may add to
// them faster than they are read.
func temporaries(t *testing.T, dir string) []string {
	t.Helper()
	var list []string
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if name, _ := filepath.Rel(dir, path); strings.Contains(name, ".tmp") {
			list = append(list, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}
