package fault

import (
	"strconv"
	"strings"
)

// Error is one mistake in a user's input. Every part but Wrong may be missing.
type Error struct {
	File  string // as the user named it
	Line  int    // from 1; 0: the file as a whole
	Key   string // key of a TOML file (arrays of tables with their index: sweep[1].values), or column of a trace
	Wrong string // what is wrong
	Right string // what would be right
	Err   error  // the cause, for errors.Is and errors.As
}

// Error is FILE:LINE: KEY: what is wrong; what would be right.
func (e *Error) Error() string {
	var b strings.Builder
	if e.File != "" {
		b.WriteString(e.File)
		if e.Line > 0 {
			b.WriteByte(':')
			b.WriteString(strconv.Itoa(e.Line))
		}
		b.WriteString(": ")
	}
	if e.Key != "" {
		b.WriteString(e.Key)
		b.WriteString(": ")
	}
	b.WriteString(e.Wrong)
	if e.Right != "" {
		b.WriteString("; ")
		b.WriteString(e.Right)
	}
	return b.String()
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }
