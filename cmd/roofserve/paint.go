package main

import (
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// painter writes to a screen, and gives marks and warnings their colours.
type painter struct {
	io.Writer
	within bool // the line that is written has begun
}

const (
	red, green, yellow = "\x1b[31m", "\x1b[32m", "\x1b[33m"
	plain              = "\x1b[0m"
)

// marks are what is coloured wherever it stands.
var marks = strings.NewReplacer("✓", green+"✓"+plain, "✗", red+"✗"+plain, "expect FAILED", red+"✗ expect FAILED"+plain)

// painted is a writer with colours where people look at it: on a terminal, unless NO_COLOR is set or the
// terminal is dumb, and anywhere where FORCE_COLOR is (no-color.org, force-color.org).
func painted(w io.Writer) io.Writer {
	forced := os.Getenv("FORCE_COLOR")
	_, onScreen := screen(w)
	if os.Getenv("NO_COLOR") != "" || forced == "" && (!onScreen || os.Getenv("TERM") == "dumb") {
		return w
	}
	return &painter{Writer: w}
}

// unpainted is the writer below the colours, and below whoever hears what is written.
func unpainted(w io.Writer) io.Writer {
	switch p := w.(type) {
	case *overheard:
		return unpainted(p.Writer)
	case *painter:
		return p.Writer
	default:
		return w
	}
}

// screen is the terminal to which a writer writes, if it does.
func screen(w io.Writer) (*os.File, bool) {
	file, ok := unpainted(w).(*os.File)
	return file, ok && term.IsTerminal(int(file.Fd()))
}

// Write paints what it is given. It says that it wrote what it was given, since colours are not the caller's.
func (p *painter) Write(text []byte) (int, error) {
	var b strings.Builder
	for line := range strings.Lines(string(text)) {
		rest, warns := strings.CutPrefix(line, "! ")
		if warns && !p.within {
			b.WriteString(yellow + "!" + plain + " ")
			line = rest
		}
		b.WriteString(marks.Replace(line))
		p.within = !strings.HasSuffix(line, "\n")
	}
	if _, err := io.WriteString(p.Writer, b.String()); err != nil {
		return 0, err
	}
	return len(text), nil
}
