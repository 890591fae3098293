package workloads

import (
	"fmt"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/internal/fault"
)

// Window keeps the requests that arrive from start up to, but not at, end, and lets time begin at start.
func Window(from Source, start, end units.Picoseconds) (Source, error) {
	if _, closed := from.(Closed); closed {
		return nil, &fault.Error{Key: "start_s", Wrong: "a closed loop has no times of arrival", Right: "cut it by the number of requests"}
	}
	if start < 0 || end <= start {
		return nil, &fault.Error{Key: "end_s", Wrong: fmt.Sprintf("the window from %v to %v s is empty",
			float64(start.Seconds()), float64(end.Seconds())), Right: "let it end after it starts"}
	}
	return preserve(&window{derived{from: from}, start, end}, from, unknown), nil
}

// Between is Window from a time to another in s; an end of 0 is that of the source.
func Between(from Source, start, end float64) (Source, error) {
	until := units.Forever
	if end != 0 {
		until = units.Seconds(min(max(end, -1), MaxSpan)).Picoseconds()
	}
	return Window(from, units.Seconds(min(max(start, -1), MaxSpan)).Picoseconds(), until)
}

type window struct {
	derived
	start, end units.Picoseconds
}

// Next implements Source.
func (w *window) Next(r *Request) bool {
	for w.from.Next(r) {
		if r.Arrival >= w.end {
			w.err = w.Close()
			return false
		}
		if r.Arrival >= w.start {
			r.Arrival -= w.start
			return true
		}
	}
	return false
}
