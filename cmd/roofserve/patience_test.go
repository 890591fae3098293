package main

import (
	"bytes"
	"io"
	"strings"
	"sync"
	"testing"
	"time"
)

// shared is a buffer that a command and its patience write to.
type shared struct {
	sync.Mutex
	bytes.Buffer
}

func (s *shared) Write(text []byte) (int, error) {
	s.Lock()
	defer s.Unlock()
	return s.Buffer.Write(text)
}

func (s *shared) text() string {
	s.Lock()
	defer s.Unlock()
	return s.String()
}

// TestSilenceIsNoticed: after silence a notice is shown, which is gone before anything else is.
func TestSilenceIsNoticed(t *testing.T) {
	var seen shared
	p := &patience{screen: &seen, after: time.Millisecond}
	p.resume()
	for start := time.Now(); !strings.Contains(seen.text(), "at work for 0 s"); time.Sleep(time.Millisecond) {
		if time.Since(start) > time.Minute {
			t.Fatal("nothing is told")
		}
	}
	out := &overheard{&seen, p, true}
	io.WriteString(out, "begun")
	if text := seen.text(); !strings.HasSuffix(text, "\r\x1b[Kbegun") {
		t.Errorf("the screen shows %q", text)
	}
	time.Sleep(20 * time.Millisecond)
	if text := seen.text(); !strings.HasSuffix(text, "begun") {
		t.Errorf("a line that has begun is written over: %q", text)
	}
	io.WriteString(out, ".\n")
	p.stop()
	before := seen.text()
	time.Sleep(20 * time.Millisecond)
	io.WriteString(out, "more\n")
	if text := seen.text(); text != before+"more\n" {
		t.Errorf("after the end the screen shows %q", strings.TrimPrefix(text, before))
	}
}

// TestWhereNobodyLooksNothingIsTold: a pipe gets what the command writes and no notice.
func TestWhereNobodyLooksNothingIsTold(t *testing.T) {
	var out bytes.Buffer
	p := attentive(&out)
	p.stop()
	p.resume()
	if p != nil || p.overhear(&out) != io.Writer(&out) {
		t.Error("a pipe is a screen")
	}
}
