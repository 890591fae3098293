package fault_test

import (
	"errors"
	"io/fs"
	"strings"
	"testing"

	"github.com/roofserve/roofserve/internal/fault"
)

func TestErrorLeavesOutWhatIsMissing(t *testing.T) {
	for _, c := range []struct {
		err  fault.Error
		want string
	}{
		{fault.Error{File: "s.toml", Line: 3, Key: "gpus", Wrong: "-4 is negative", Right: "at least 1"}, "s.toml:3: gpus: -4 is negative; at least 1"},
		{fault.Error{File: "s.toml", Wrong: "is empty"}, "s.toml: is empty"},
		{fault.Error{Key: "device", Wrong: "is unknown"}, "device: is unknown"},
		{fault.Error{File: "a\nb", Key: "c\x1b[31m", Wrong: "is \r\n unknown\t"}, "a b: c [31m: is    unknown "},
		{fault.Error{Wrong: strings.Repeat("x", 999) + "ü" + strings.Repeat("x", 1<<20)}, strings.Repeat("x", 999) + "…"},
		{fault.Error{Line: 3, Wrong: "is unknown", Right: "use another"}, "is unknown; use another"},
	} {
		if got := c.err.Error(); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

func TestErrorKeepsItsCause(t *testing.T) {
	var err error = &fault.Error{File: "t.csv", Wrong: "cannot be read", Err: fs.ErrNotExist}
	if !errors.Is(err, fs.ErrNotExist) {
		t.Error("the cause is lost")
	}
}
