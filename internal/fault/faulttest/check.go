package faulttest

import (
	"errors"
	"fmt"
	"reflect"
	"runtime/metrics"
	"strings"
	"testing"

	"github.com/roofserve/roofserve/internal/fault"
)

// MostBytes is what reading an input of a few kilobytes may allocate.
const MostBytes = 256 << 20

// Read calls read twice. It fails the test where the answers differ, where they take much memory, or where
// the error is no fault of one line. It returns the answer, and whether there is one.
func Read[T any](t testing.TB, read func() (T, error)) (answer T, ok bool) {
	t.Helper()
	before := allocated()
	answer, err := read()
	if taken := allocated() - before; taken > MostBytes {
		t.Errorf("%d bytes were allocated", taken)
	}
	again, other := read()
	if fmt.Sprint(err) != fmt.Sprint(other) {
		t.Errorf("at first the error is %v, then %v", err, other)
	}
	if err == nil {
		if !reflect.DeepEqual(answer, again) {
			t.Errorf("at first the answer is %v, then %v", answer, again)
		}
		return answer, true
	}
	Check(t, err)
	return answer, false
}

// Check fails the test where an error is no fault of one line.
func Check(t testing.TB, err error) {
	t.Helper()
	var wrong *fault.Error
	switch text := err.Error(); {
	case !errors.As(err, &wrong):
		t.Errorf("%T: %v", err, err)
	case wrong.Wrong == "" || strings.ContainsAny(text, "\n\r") || len(text) > 8000:
		t.Errorf("the message is no line: %q", text)
	}
}

// allocated is the bytes allocated so far. Unlike runtime.ReadMemStats it stops nobody, so that thousands of
// inputs a second are tried.
func allocated() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
