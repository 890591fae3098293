package bounded_test

import (
	"encoding/csv"
	"errors"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/roofserve/roofserve/internal/bounded"
)

func TestRowsOfATableStandOnTheirLines(t *testing.T) {
	table := bounded.NewTable(strings.NewReader("a,b\n\n1,\"x\ny\"\n2,z\n3\n4,w"))
	for _, want := range []struct {
		row  []string
		line int
		err  error
	}{
		{[]string{"a", "b"}, 1, nil}, {[]string{"1", "x\ny"}, 3, nil}, {[]string{"2", "z"}, 5, nil},
		{nil, 6, csv.ErrFieldCount}, {[]string{"4", "w"}, 7, nil},
		{nil, 8, io.EOF},
	} {
		row, err := table.Read()
		if !slices.Equal(row, want.row) || table.Line() != want.line || !errors.Is(err, want.err) {
			t.Errorf("%q on line %d, %v; want %q on line %d, %v", row, table.Line(), err, want.row, want.line, want.err)
		}
	}
}

// repeated is a text over and over, so many bytes.
func repeated(text string, bytes int64) io.Reader {
	return io.LimitReader(&cycle{text: strings.Repeat(text, 4096)}, bytes)
}

type cycle struct {
	text string
	at   int
}

func (c *cycle) Read(to []byte) (int, error) {
	n := copy(to, c.text[c.at:])
	c.at = (c.at + n) % len(c.text)
	return n, nil
}

// TestARowWithoutAnEndTakesLittleMemory reads a gigabyte of one line, of one quoted cell of many lines, and
// of short rows.
func TestARowWithoutAnEndTakesLittleMemory(t *testing.T) {
	for name, in := range map[string]io.Reader{
		"line": repeated("x", 1<<30), "cells": repeated("x,", 1<<30), "quoted": io.MultiReader(strings.NewReader("\""), repeated("x\n", 1<<30)),
	} {
		table := bounded.NewTable(io.MultiReader(strings.NewReader("a\n1\n"), in))
		table.FieldsPerRecord = -1
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		var err error
		for err == nil {
			_, err = table.Read()
		}
		runtime.ReadMemStats(&after)
		if !strings.Contains(err.Error(), "a row has more than 1048576 bytes") || table.Line() != 3 {
			t.Errorf("%s: line %d, %v", name, table.Line(), err)
		}
		if taken := after.TotalAlloc - before.TotalAlloc; taken > 128<<20 {
			t.Errorf("%s: %d bytes were allocated", name, taken)
		}
	}
	table, rows := bounded.NewTable(repeated("1,2\n", 3<<20)), 0
	for ; ; rows++ {
		if _, err := table.Read(); err != nil {
			break
		}
	}
	if rows != 3<<18 {
		t.Errorf("%d rows", rows)
	}
}
