package parquet_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/roofserve/roofserve/internal/parquet"
)

// TestRunsAreNotSpreadOut reads rows of a page that has millions of them in a few bytes.
func TestRunsAreNotSpreadOut(t *testing.T) {
	const many = 1 << 26
	body := append(append(levels(append(uvarints(many<<1), 1)), 1), append(uvarints(many<<1), 0)...)
	content := crafted{element: maybe, rows: many, values: many,
		pages: append(dictionaryPage(1, []byte{7, 0, 0, 0, 0, 0, 0, 0}), page(many, 8, len(body), body)...)}.file()
	took := allocated(func() {
		r, err := parquet.Open(bytes.NewReader(content), int64(len(content)), longest)
		for range 100_000 {
			var row []byte
			if err == nil {
				row, err = r.Next()
			}
			if err != nil || string(row) != `{"a":7}` {
				t.Fatalf("%s, %v", row, err)
			}
		}
	})
	if took > 1<<20 {
		t.Errorf("%d bytes were allocated for a file of %d", took, len(content))
	}
}

// TestDictionariesOfNothingAreCounted reads fifteen million empty texts, which a few bytes hold.
func TestDictionariesOfNothingAreCounted(t *testing.T) {
	const size = 60 << 20
	words := zstandard(make([]byte, size))
	head := thrift(fields{1: 2, 2: size, 3: len(words), 7: fields{1: size / 4, 2: 0}})
	content := crafted{element: text, codec: 6, rows: 1, values: 1, pages: append(head, words...)}.file()
	var err error
	took := allocated(func() { _, err = rows(content) })
	if err == nil || !strings.Contains(err.Error(), "bytes beside each other") || took > 80<<20 {
		t.Errorf("%v; %d bytes were allocated for a file of %d", err, took, len(content))
	}
}

// Whatever a file holds, its rows are JSON, and reading them takes a bounded memory.
func FuzzColumns(f *testing.F) {
	for _, content := range samples(f) {
		f.Add(content)
	}
	for _, h := range hostile {
		if len(h.file) < 2000 {
			f.Add(h.file)
		}
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		const mostRows = 1000 // a page may have millions in a few bytes
		var problem error
		took := allocated(func() {
			r, err := parquet.Open(bytes.NewReader(content), int64(len(content)), longest)
			for n := 0; err == nil && n < mostRows; n++ {
				var row []byte
				if row, err = r.Next(); err == nil && !json.Valid(row) {
					t.Fatalf("%s is no JSON", row)
				}
			}
			problem = err
		})
		if problem != nil && !errors.Is(problem, io.EOF) && strings.ContainsAny(problem.Error(), "\r\n") {
			t.Errorf("the message is no line: %q", problem)
		}
		if took > 160<<20+300*uint64(len(content)) {
			t.Errorf("%d bytes were allocated for a file of %d", took, len(content))
		}
	})
}
