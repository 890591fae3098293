package workloads

import (
	"io"
	"runtime"
	"sync"
)

const (
	chunkBytes = 128 << 10
	chunks     = 3 // one being read from, one being filled, one in between
)

// prefetch decodes a compressed stream in a goroutine of its own, a few chunks ahead of its reader. The
// goroutine ends at the end of the stream, on Close, or when the prefetch is no longer reachable.
type prefetch struct {
	pipe    *pipe
	current chunk
	rest    []byte // of current, not yet read
}

// pipe is the part that the goroutine shares; it does not refer to the prefetch, so that that can become
// unreachable.
type pipe struct {
	full  chan chunk
	empty chan []byte
	stop  chan struct{}
	once  sync.Once
}

type chunk struct {
	data []byte
	err  error // met after data
}

// newPrefetch reads ahead in from, and closes it when done.
func newPrefetch(from io.ReadCloser) *prefetch {
	p := &pipe{full: make(chan chunk, chunks), empty: make(chan []byte, chunks), stop: make(chan struct{})}
	for range chunks {
		p.empty <- make([]byte, chunkBytes)
	}
	go p.run(from)
	reader := &prefetch{pipe: p}
	runtime.AddCleanup(reader, (*pipe).close, p)
	return reader
}

// Read implements io.Reader.
func (r *prefetch) Read(to []byte) (int, error) {
	for len(r.rest) == 0 {
		if r.current.err != nil {
			return 0, r.current.err
		}
		if r.current.data != nil {
			r.pipe.empty <- r.current.data[:chunkBytes]
		}
		select {
		case r.current = <-r.pipe.full:
			r.rest = r.current.data
		case <-r.pipe.stop:
			return 0, io.ErrClosedPipe
		}
	}
	n := copy(to, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

// Close ends the goroutine.
func (r *prefetch) Close() error {
	r.pipe.close()
	return nil
}

func (p *pipe) close() { p.once.Do(func() { close(p.stop) }) }

// run fills chunks until the stream ends or nobody wants more.
func (p *pipe) run(from io.ReadCloser) {
	defer from.Close()
	for {
		var buffer []byte
		select {
		case buffer = <-p.empty:
		case <-p.stop:
			return
		}
		n, err := fillUp(from, buffer)
		select {
		case p.full <- chunk{buffer[:n], err}:
		case <-p.stop:
			return
		}
		if err != nil {
			return
		}
	}
}

// fillUp is io.ReadFull, except that it passes on the stream's own error: of gzip, an early end and the end
// differ.
func fillUp(from io.Reader, buffer []byte) (n int, err error) {
	for n < len(buffer) && err == nil {
		var more int
		more, err = from.Read(buffer[n:])
		n += more
	}
	return n, err
}
