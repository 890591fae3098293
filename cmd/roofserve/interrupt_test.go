package main

import (
	"bytes"
	"io"
	"os"
	"testing"
	"testing/synctest"
	"time"
)

// An interrupted command has half a second to end by itself, unless a second signal comes; then its files are
// abandoned and the program ends, at the latest half a second later where nobody reads what it says.
func TestAnInterruptWaitsForAMomentAtMost(t *testing.T) {
	const ms = time.Millisecond
	for name, c := range map[string]struct {
		signals []time.Duration // when they come
		ends    time.Duration   // when the command does; never if 0
		deaf    bool            // nobody reads stderr
		status  int
		after   time.Duration
	}{
		"no signal":                 {ends: 3 * ms, status: 7, after: 3 * ms},
		"a command that listens":    {signals: []time.Duration{ms}, ends: 400 * ms, status: 7, after: 400 * ms},
		"one that draws on":         {signals: []time.Duration{ms}, status: 130, after: 501 * ms},
		"one that ends too late":    {signals: []time.Duration{ms}, ends: time.Hour, status: 130, after: 501 * ms},
		"a second signal":           {signals: []time.Duration{ms, 20 * ms}, status: 130, after: 20 * ms},
		"a second signal, too late": {signals: []time.Duration{ms, time.Hour}, status: 130, after: 501 * ms},
		"nobody reads":              {signals: []time.Duration{ms}, deaf: true, status: 130, after: 1001 * ms},
	} {
		synctest.Test(t, func(t *testing.T) {
			status, heard := make(chan int, 1), make(chan os.Signal, 2)
			for _, at := range c.signals {
				time.AfterFunc(at, func() { heard <- os.Interrupt })
			}
			if c.ends > 0 {
				time.AfterFunc(c.ends, func() { status <- 7 })
			}
			var said bytes.Buffer
			stderr := io.Writer(&said)
			if c.deaf {
				unread, w := io.Pipe()
				defer unread.Close()
				stderr = w
			}
			cancelled, abandoned := 0, 0
			began := time.Now()
			got := attend(status, heard, func() { cancelled++ }, func() { abandoned++ }, stderr)
			if after := time.Since(began); got != c.status || after != c.after {
				t.Errorf("%s: exit status %d after %v, want %d after %v", name, got, after, c.status, c.after)
			}
			want, killed := "", 0
			if c.status == statusInterrupted {
				killed = 1
				if !c.deaf {
					want = interrupted + "\n"
				}
			}
			if said.String() != want || cancelled != min(1, len(c.signals)) || abandoned != killed {
				t.Errorf("%s: says %q, cancelled %d times, abandoned %d times", name, &said, cancelled, abandoned)
			}
		})
	}
}
