package metrics

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/roofserve/roofserve/hw/units"
)

type row struct {
	Start, End units.Picoseconds
	Running    float64
	Tokens     int64
}

func rows(s *Series, until units.Picoseconds) (list []row) {
	s.Each(until, func(start, end units.Picoseconds, w *Window) {
		list = append(list, row{start, end, w.Mean(Running, start, end), w.Count(OutputTokens)})
	})
	return list
}

func TestSeriesSplitsLevelsAtItsBorders(t *testing.T) {
	s := NewSeries(10_000)
	s.Hold(Running, 4, 5000, 25_000)
	s.At(9999).Add(OutputTokens, 3)
	s.At(10_000).Add(OutputTokens, 5)
	s.Within(10_000, 12_000).Accrue(Running, Area{low: 10})
	want := []row{{0, 10_000, 2, 3}, {10_000, 20_000, 5, 5}, {20_000, 25_000, 4, 0}}
	if d := cmp.Diff(want, rows(&s, 25_000)); d != "" {
		t.Error(d)
	}
	if s.Border(3) != 10_000 || s.Border(10_000) != 20_000 {
		t.Error("borders are wrong")
	}
	if s.Within(9_000, 10_000) != nil {
		t.Error("a window holds the beginning of the next one")
	}
	lasted := Levels{weights: [levelBuckets]Nanoseconds{25}}
	if total := lasted.Mean(s.Total(Running)); total != (10*2+10*5+5*4)/25.0 {
		t.Errorf("the mean of all windows is %v", total)
	}
}

// TestSeriesWidensItsWindows records the same in one series and in two that are merged, over a time that
// takes many doublings.
func TestSeriesWidensItsWindows(t *testing.T) {
	whole, early, late := NewSeries(0), NewSeries(0), NewSeries(0)
	const second = units.Picoseconds(1e12)
	for i := range units.Picoseconds(300) {
		for _, s := range []*Series{&whole, map[bool]*Series{true: &early, false: &late}[i < 7]} {
			s.Hold(Running, int(i), i*second, (i+1)*second)
			s.At(i*second).Add(OutputTokens, 1)
		}
	}
	late.Merge(&early)
	got := rows(&whole, 300*second)
	if d := cmp.Diff(got, rows(&late, 300*second)); d != "" {
		t.Error(d)
	}
	tokens, area := int64(0), 0.0
	for _, r := range got {
		tokens += r.Tokens
		area += r.Running * float64((r.End-r.Start)/second*1e6) / 1e6
	}
	if len(got) > maxWindows || tokens != 300 {
		t.Errorf("%d windows hold %d tokens", len(got), tokens)
	}
	nothing := NewSeries(0)
	early.Merge(&nothing)
}

// TestSeriesIsWhatFellIntoEachWindow records in two series that are merged, and cuts each span by hand.
func TestSeriesIsWhatFellIntoEachWindow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		width := units.Picoseconds(rapid.Int64Range(1, 50).Draw(t, "width")) * 1000
		parts := [2]Series{NewSeries(width), NewSeries(width)}
		until := units.Picoseconds(0)
		area, tokens := map[units.Picoseconds]int64{}, map[units.Picoseconds]int64{}
		for range rapid.IntRange(1, 10).Draw(t, "spans") {
			from := units.Picoseconds(rapid.Int64Range(0, 400_000).Draw(t, "from"))
			to := from + units.Picoseconds(rapid.Int64Range(1, 200_000).Draw(t, "for"))
			level := rapid.IntRange(0, 9).Draw(t, "level")
			s := &parts[rapid.IntRange(0, 1).Draw(t, "part")]
			s.Hold(Running, level, from, to)
			s.At(to).Add(OutputTokens, int64(level))
			tokens[to/width] += int64(level)
			for ns := from / 1000; ns < to/1000; ns++ { // a nanosecond lies in the window of its beginning
				area[ns*1000/width] += int64(level)
			}
			until = max(until, to)
		}
		parts[0].Merge(&parts[1])
		list := rows(&parts[0], until)
		for i, r := range list {
			at := units.Picoseconds(i)
			end := min((at+1)*width, until)
			want := row{Start: at * width, End: end, Tokens: tokens[at]}
			if ns := end/1000 - at*width/1000; ns > 0 {
				want.Running = float64(area[at]) / float64(ns)
			}
			if !near(r.Running, want.Running) {
				t.Fatalf("window %d is %+v, want %+v", i, r, want)
			}
			if r.Running = want.Running; r != want {
				t.Fatalf("window %d is %+v, want %+v", i, r, want)
			}
		}
		if last := list[len(list)-1]; last.End != until {
			t.Fatalf("the last window ends at %d, want %d", last.End, until)
		}
	})
}
