package workloads

import (
	"bytes"
	"errors"
	"io"
)

// maxLine is the longest line that is still taken for a row of a trace: a million-token prompt has 2,000 hash
// ids.
const maxLine = 16 << 20

var errLongLine = errors.New("line is too long")

// lines cuts a stream into lines without allocating.
type lines struct {
	in     io.Reader
	buffer []byte
	start  int // of what is not handed out yet, in buffer
	end    int // of what was read
	number int // of the line handed out last, from 1
	err    error
}

func newLines(in io.Reader) *lines { return &lines{in: in, buffer: make([]byte, 128<<10)} }

// next is the next line without its end. It is valid until the following call. False at the end of the
// stream, or on an error, which is then in err.
func (l *lines) next() ([]byte, bool) {
	searched := l.start
	for {
		if i := bytes.IndexByte(l.buffer[searched:l.end], '\n'); i >= 0 {
			line := l.buffer[l.start : searched+i]
			l.start = searched + i + 1
			return l.handOut(line), true
		}
		searched = l.end
		if l.err != nil {
			break
		}
		searched -= l.fill()
	}
	if errors.Is(l.err, io.EOF) && l.start < l.end {
		line := l.buffer[l.start:l.end]
		l.start = l.end
		return l.handOut(line), true
	}
	return nil, false
}

func (l *lines) handOut(line []byte) []byte {
	l.number++
	if n := len(line); n > 0 && line[n-1] == '\r' {
		line = line[:n-1]
	}
	return line
}

// fill reads more, after moving what is left to the front of the buffer; it returns by how far.
func (l *lines) fill() (moved int) {
	if l.end == len(l.buffer) {
		if l.start == 0 {
			if len(l.buffer) >= maxLine {
				l.err = errLongLine
				return 0
			}
			l.buffer = append(l.buffer, make([]byte, len(l.buffer))...)
		}
		moved = l.start
		copy(l.buffer, l.buffer[l.start:l.end])
		l.start, l.end = 0, l.end-moved
	}
	n, err := l.in.Read(l.buffer[l.end:])
	l.end += n
	l.err = err
	return moved
}

// line implements records.
func (l *lines) line() int { return l.number }

// failure implements records.
func (l *lines) failure() error { return l.err }
