package main

import (
	"os"

	"github.com/cheggaaa/pb/v3"
	"golang.org/x/term"
)

// progress is a bar on a terminal, and nothing elsewhere.
type progress struct{ bar *pb.ProgressBar }

// newProgress starts a bar over total things; 0 where their number is unknown.
func newProgress(t terminal, quiet bool, total int) progress {
	file, ok := t.err.(*os.File)
	if quiet || !ok || !term.IsTerminal(int(file.Fd())) {
		return progress{}
	}
	return progress{pb.New(total).SetWriter(file).Start()}
}

// at moves the bar to n.
func (p progress) at(n int) {
	if p.bar != nil {
		p.bar.SetCurrent(int64(n))
	}
}

// add moves the bar on by one.
func (p progress) add() {
	if p.bar != nil {
		p.bar.Increment()
	}
}

// finish removes the bar.
func (p progress) finish() {
	if p.bar != nil {
		p.bar.Finish()
	}
}
