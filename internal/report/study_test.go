package report

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/roofserve/roofserve/internal/study/compare"
)

// The best number of a column is marked among the models on each device, not where all are the same, nor
// where a number has no better.
func TestTheBestIsMarkedOnEachDevice(t *testing.T) {
	s := &compare.Study{}
	for _, e := range []struct {
		device string
		tpot   float64
	}{{"fast", 5}, {"fast", 4}, {"fast", 4}, {"slow", 30}, {"slow", 20}, {"even", 7}, {"even", 7}, {"alone", 1}, {"none", 0}} {
		s.Entries = append(s.Entries, compare.Entry{Device: e.device, TPOT: e.tpot})
	}
	value := func(e *compare.Entry) (float64, bool) { return e.TPOT, e.TPOT > 0 }
	columns := []column{{"smallest", -1, value, nil, nil}, {"largest", 1, value, nil, nil}, {"neither", 0, value, nil, nil}}
	table := comparison(s, "text", func(*compare.Entry) string { return "" }, columns)
	want := map[int][]int{1: {1, 2, 4}, 2: {0, 3}}
	got := map[int][]int{}
	for i, row := range table.Rows {
		for k := range columns {
			if row[2+k].Best {
				got[1+k] = append(got[1+k], i)
			}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rows marked, by column: %s", diff)
	}
	if math.IsNaN(s.Entries[0].TPOT) || table.Rows[8][2].Text != "–" {
		t.Errorf("an entry without a number shows %q", table.Rows[8][2].Text)
	}
}
