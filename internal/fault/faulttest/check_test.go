package faulttest_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/roofserve/roofserve/internal/fault"
	"github.com/roofserve/roofserve/internal/fault/faulttest"
)

// recorder counts what it is told, in the place of a test.
type recorder struct {
	testing.TB
	errors int
}

func (r *recorder) Helper()               {}
func (r *recorder) Errorf(string, ...any) { r.errors++ }

func TestReadersThatBreakTheirPromiseAreCaught(t *testing.T) {
	calls := 0
	var kept []byte
	for name, c := range map[string]struct {
		read   func() (int, error)
		errors int
	}{
		"an answer":           {func() (int, error) { return 1, nil }, 0},
		"a fault":             {func() (int, error) { return 0, &fault.Error{Wrong: "is wrong"} }, 0},
		"another error":       {func() (int, error) { return 0, errors.New("is wrong") }, 1},
		"a fault of nothing":  {func() (int, error) { return 0, &fault.Error{File: "f"} }, 1},
		"two lines":           {func() (int, error) { return 0, fmt.Errorf("a\n%w", &fault.Error{Wrong: "b"}) }, 1},
		"another answer":      {func() (int, error) { calls++; return calls, nil }, 1},
		"another error again": {func() (int, error) { calls++; return 0, &fault.Error{Wrong: fmt.Sprint(calls)} }, 1},
		"much memory":         {func() (int, error) { kept = make([]byte, 300<<20); return len(kept), nil }, 1},
	} {
		r := &recorder{TB: t}
		faulttest.Read(r, c.read)
		if r.errors != c.errors {
			t.Errorf("%s: %d errors, want %d", name, r.errors, c.errors)
		}
	}
}
