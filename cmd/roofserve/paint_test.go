package main

import (
	"bytes"
	"io"
	"runtime/debug"
	"strings"
	"testing"
)

func TestPaint(t *testing.T) {
	var out bytes.Buffer
	p := &painter{Writer: &out}
	for _, text := range []string{"✓ kept\n! told\nnot ", "! a warning\n", "✗ broken: expect FAILED: p99\n"} {
		if n, err := io.WriteString(p, text); n != len(text) || err != nil {
			t.Errorf("%q: %d bytes, %v", text, n, err)
		}
	}
	want := green + "✓" + plain + " kept\n" + yellow + "!" + plain + " told\nnot ! a warning\n" + red + "✗" + plain + " broken: " +
		red + "✗ expect FAILED" + plain + ": p99\n"
	if out.String() != want {
		t.Errorf("%q", out.String())
	}
}

// Colours are for people: a file and a pipe have none, unless they are forced, and NO_COLOR is obeyed always.
func TestPaintOnlyWhereItIsSeen(t *testing.T) {
	for _, c := range []struct {
		no, force string
		want      bool
	}{{"", "", false}, {"", "1", true}, {"1", "1", false}, {"1", "", false}} {
		t.Setenv("NO_COLOR", c.no)
		t.Setenv("FORCE_COLOR", c.force)
		w := painted(&bytes.Buffer{})
		if _, is := w.(*painter); is != c.want {
			t.Errorf("NO_COLOR=%q FORCE_COLOR=%q: %v", c.no, c.force, is)
		}
	}
}

func TestVersionNamesTheCommit(t *testing.T) {
	info := &debug.BuildInfo{GoVersion: "go1.26", Settings: []debug.BuildSetting{
		{Key: "vcs.revision", Value: "0123456789abcdef"}, {Key: "vcs.time", Value: "2026-11-30T20:00:00Z"}, {Key: "vcs.modified", Value: "true"},
	}}
	if got := origin(info); !strings.HasPrefix(got, " (commit 0123456789ab of 2026-11-30T20:00:00Z, changed, go1.26 ") {
		t.Error(got)
	}
	if got := origin(&debug.BuildInfo{}); got != "" {
		t.Error(got)
	}
}
