package main

import "github.com/cheggaaa/pb/v3"

// progressLine is what a bar shows, in the terms of package pb.
const progressLine = `{{counters .}} {{bar .}} {{percent .}} {{rtime . "%s left"}}`

// progress is a bar on a terminal, and nothing elsewhere.
type progress struct {
	bar      *pb.ProgressBar
	patience *patience // which is not needed while there is a bar
}

// newProgress starts a bar over total things; 0 where their number is unknown.
func newProgress(t terminal, quiet bool, total int) progress {
	file, ok := screen(t.err)
	if quiet || !ok {
		return progress{}
	}
	bar := pb.ProgressBarTemplate(progressLine).New(total).SetWriter(file).Set(pb.CleanOnFinish, true)
	t.patience.stop()
	return progress{bar.Start(), t.patience}
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
		p.patience.resume()
	}
}
