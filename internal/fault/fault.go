package fault

import (
	"strconv"
	"strings"
	"unicode"
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

// Error is FILE:LINE: KEY: what is wrong; what would be right. It is one line, whatever the input that it
// quotes.
func (e *Error) Error() string {
	var b strings.Builder
	if e.File != "" {
		b.WriteString(plain(e.File))
		if e.Line > 0 {
			b.WriteByte(':')
			b.WriteString(strconv.Itoa(e.Line))
		}
		b.WriteString(": ")
	}
	if e.Key != "" {
		b.WriteString(plain(e.Key))
		b.WriteString(": ")
	}
	b.WriteString(plain(e.Wrong))
	if e.Right != "" {
		b.WriteString("; ")
		b.WriteString(plain(e.Right))
	}
	return b.String()
}

// longest is the most bytes that a part of a message keeps: longer ones repeat an input.
const longest = 1000

// plain is a text without control characters and with its end cut off where it is long.
func plain(text string) string {
	if len(text) > longest {
		text = strings.ToValidUTF8(text[:longest], "") + "…"
	}
	if strings.ContainsFunc(text, unicode.IsControl) {
		text = strings.Map(func(r rune) rune {
			if unicode.IsControl(r) {
				return ' '
			}
			return r
		}, text)
	}
	return text
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }
