package main

import (
	"bytes"
	"fmt"
	"io"
	"sync"
	"time"
)

// patience tells on a terminal that a command is at work, wherever it has shown nothing for a while: what it
// does before a bar can be drawn, between bars, and where nobody counted on seconds. Nil tells nothing.
type patience struct {
	screen io.Writer
	after  time.Duration // of silence, and between two notices

	lock    sync.Mutex
	timer   *time.Timer
	since   time.Time // of the silence
	shown   bool      // a notice stands on the screen
	within  bool      // the screen's line has begun
	stopped bool
}

// attentive is patience on stderr, if that is a terminal.
func attentive(stderr io.Writer) *patience {
	file, ok := screen(stderr)
	if !ok {
		return nil
	}
	p := &patience{screen: file, after: time.Second}
	p.resume()
	return p
}

// tell shows how long nothing was said, and waits on.
func (p *patience) tell() {
	p.lock.Lock()
	defer p.lock.Unlock()
	if p.stopped || p.within {
		return
	}
	p.shown = true
	fmt.Fprintf(p.screen, "\r\x1b[Kat work for %.0f s", time.Since(p.since).Seconds())
	p.timer.Reset(p.after)
}

// hush takes a notice away.
func (p *patience) hush() {
	if p.shown {
		io.WriteString(p.screen, "\r\x1b[K")
		p.shown = false
	}
}

// stop tells nothing more, until resume.
func (p *patience) stop() {
	if p == nil {
		return
	}
	p.lock.Lock()
	defer p.lock.Unlock()
	p.hush()
	p.stopped = true
	if p.timer != nil {
		p.timer.Stop()
	}
}

// resume waits for silence anew.
func (p *patience) resume() {
	if p == nil {
		return
	}
	p.lock.Lock()
	defer p.lock.Unlock()
	p.stopped, p.since = false, time.Now()
	p.timer = time.AfterFunc(p.after, p.tell)
}

// overheard is a writer that the patience hears: a notice goes before anything is written, and comes back
// after silence.
type overheard struct {
	io.Writer
	by       *patience
	onScreen bool
}

// overhear makes a writer that the patience hears.
func (p *patience) overhear(w io.Writer) io.Writer {
	if p == nil {
		return w
	}
	_, onScreen := screen(w)
	return &overheard{w, p, onScreen}
}

// Write implements io.Writer.
func (o *overheard) Write(text []byte) (int, error) {
	o.by.lock.Lock()
	defer o.by.lock.Unlock()
	o.by.hush()
	if o.onScreen && len(text) > 0 {
		o.by.within = !bytes.HasSuffix(text, []byte("\n"))
	}
	if !o.by.stopped {
		o.by.since = time.Now()
		o.by.timer.Reset(o.by.after)
	}
	return o.Writer.Write(text)
}
