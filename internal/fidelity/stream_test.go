package fidelity

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// manyRows writes a file of rows of an unknown model, which cost nothing to skip.
func manyRows(t *testing.T, rows int) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("model,system,gpus,engine,isl,osl,concurrency,tpot_ms\n")
	for i := range rows {
		fmt.Fprintf(&b, "none,h100_sxm,1,vllm,%d,64,4,7\n", 1+i)
	}
	path := filepath.Join(t.TempDir(), "m.csv")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestAStreamKeepsTheOrderAndFewRows looks at the memory in use in the midst of a file and near its end.
func TestAStreamKeepsTheOrderAndFewRows(t *testing.T) {
	const rows = 1500
	path := manyRows(t, rows)
	if n, err := Count(path); n != rows || err != nil {
		t.Fatalf("%d rows, %v", n, err)
	}
	seen := 0
	inUse := map[int]uint64{}
	err := Stream(t.Context(), path, func([]string) error { return nil }, func(p *Prediction) error {
		if seen++; p.Row.InputTokens != seen || p.Row.Line != seen+1 {
			return fmt.Errorf("row %d comes as number %d", p.Row.InputTokens, seen)
		}
		if seen == 500 || seen == rows {
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			inUse[seen] = m.HeapAlloc
		}
		return nil
	})
	if err != nil || seen != rows {
		t.Fatalf("%d rows, %v", seen, err)
	}
	if grown := int64(inUse[rows]) - int64(inUse[500]); grown > 100_000 {
		t.Errorf("1,000 rows take %d bytes", grown)
	}
}

func TestSkippedRowsAreCountedAndTheFirstAreListed(t *testing.T) {
	const rows = MostSkipped + 5
	reporter := NewReporter()
	for i := range rows {
		reporter.Add(&Prediction{Row: &Row{Line: i + 2}, Skipped: "none"})
	}
	if r := reporter.Report(); r.Skipped != rows || len(r.SkippedRows) != MostSkipped ||
		r.SkippedRows[0].Line != 2 || r.Overall.Rows != 0 {
		t.Errorf("%d rows are skipped, %d listed", r.Skipped, len(r.SkippedRows))
	}
}

func TestAStreamEndsWithTheFirstError(t *testing.T) {
	path := manyRows(t, 1000)
	full := errors.New("full")
	if err := Stream(t.Context(), path, func([]string) error { return full },
		func(*Prediction) error { return nil }); !errors.Is(err, full) {
		t.Errorf("of start: %v", err)
	}
	seen := 0
	err := Stream(t.Context(), path, func([]string) error { return nil }, func(*Prediction) error {
		if seen++; seen == 3 {
			return full
		}
		return nil
	})
	if !errors.Is(err, full) || seen != 3 {
		t.Errorf("of use: %v after %d rows", err, seen)
	}
}

// TestErrorsOfManyRowsAreThoseOfAllOfThem compares a sketch with the sorted errors.
func TestErrorsOfManyRowsAreThoseOfAllOfThem(t *testing.T) {
	const n = 50_001
	var tpot tally
	var sizes, signed []float64
	for i := range n {
		ratio := 0.5 + float64(i*7919%n)/n // each from 0.5 to 1.5 once
		tpot.add(ratio*20, 20, Range{15, 25})
		signed, sizes = append(signed, ratio-1), append(sizes, math.Abs(ratio-1))
	}
	slices.Sort(signed)
	slices.Sort(sizes)
	e := tpot.errors()
	for _, c := range []struct {
		name      string
		got, want float64
	}{{"median", e.MedianAPE, sizes[n/2]}, {"p90", e.P90APE, sizes[n*9/10]}, {"bias", e.MedianBias, signed[n/2]},
		{"mean", e.MeanAPE, 0.25},
		{"coverage", e.IntervalCoverage, 1}} {
		if math.Abs(c.got-c.want) > 0.006 {
			t.Errorf("%s = %v, want %v", c.name, c.got, c.want)
		}
	}
	if e.Rows != n || tpot.sizes.few != nil {
		t.Errorf("%d rows, %d of them kept", e.Rows, len(tpot.sizes.few))
	}
}

func TestAThinnedStreamIsEven(t *testing.T) {
	var thinned Thinned
	rows := make([]Row, 100_000)
	for i := range rows {
		rows[i].Line = i
		thinned.Add(&Prediction{Row: &rows[i]})
	}
	if thinned.Stride != 8 || len(thinned.Kept) != 12_500 {
		t.Fatalf("one in %d, %d in all", thinned.Stride, len(thinned.Kept))
	}
	for i, p := range thinned.Kept {
		if p.Row.Line != 8*i {
			t.Fatalf("number %d is row %d", i, p.Row.Line)
		}
	}
}
