package workloads_test

import (
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/workloads"
)

const (
	second = units.Picoseconds(1e12)
	milli  = units.Picoseconds(1e9)
)

// read takes all requests of a source.
func read(t testing.TB, source workloads.Source) []workloads.Request {
	t.Helper()
	requests := drain(source)
	if err := source.Err(); err != nil {
		t.Fatal(err)
	}
	return requests
}

func drain(source workloads.Source) []workloads.Request {
	var requests []workloads.Request
	var r workloads.Request
	for source.Next(&r) {
		kept := r
		kept.Blocks = slices.Clone(r.Blocks)
		requests = append(requests, kept)
	}
	return requests
}

// write puts content into a file whose name says nothing of its format.
func write(t testing.TB, content []byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "trace.dat")
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func compress(t testing.TB, content []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func open(t testing.TB, content string) workloads.Source {
	t.Helper()
	source, err := workloads.Open(write(t, []byte(content)), "", workloads.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return source
}

// list is a source of given requests.
type list struct {
	requests []workloads.Request
	at       int
}

func (l *list) Next(r *workloads.Request) bool {
	if l.at == len(l.requests) {
		return false
	}
	*r = l.requests[l.at]
	l.at++
	return true
}

func (l *list) Err() error { return nil }

// shared is the path of a trace that is too large for the repository, or skips the test.
func shared(t testing.TB, name string) string {
	t.Helper()
	path := filepath.Join("..", "..", "shared", "traces", name)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("the published trace %s is not here", name)
	}
	return path
}
