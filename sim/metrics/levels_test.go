package metrics

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/roofserve/roofserve/hw/units"
)

func TestLevels(t *testing.T) {
	l := NewLevels(10)
	var total Area
	for _, span := range []struct {
		level    int
		from, to units.Picoseconds
	}{{2, 0, 6000}, {10, 6000, 10_000}} {
		time := Between(span.from, span.to)
		l.Add(span.level, time)
		total.Add(AreaOf(span.level, time))
	}
	if l.Mean(total) != 5.2 || l.Max() != 10 || l.Quantile(0.5) != 2 || l.Quantile(0.99) != 10 {
		t.Errorf("mean %v, max %v, median %v, p99 %v", l.Mean(total), l.Max(), l.Quantile(0.5), l.Quantile(0.99))
	}
	other := NewLevels(10)
	other.Add(0, Between(0, 10_000))
	l.Merge(&other)
	if l.Mean(total) != 2.6 || l.Quantile(0.5) != 0 {
		t.Errorf("merged: mean %v, median %v", l.Mean(total), l.Quantile(0.5))
	}
	huge := AreaOf(1<<40, 1<<40)
	huge.Add(huge)
	if got := (&Levels{weights: [levelBuckets]Nanoseconds{1 << 41}}).Mean(huge); got != 1<<40 {
		t.Errorf("the mean of a huge area is %v", got)
	}
	if empty := NewLevels(1); empty.Mean(total) != 0 || empty.Quantile(1) != 0 {
		t.Error("no time has a level")
	}
}

// TestLevelQuantilesAreThoseOfEveryNanosecond writes the level of each nanosecond down.
func TestLevelQuantilesAreThoseOfEveryNanosecond(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		highests := []int{1, 7, levelBuckets - 1, levelBuckets, 27_000, 1 << 20}
		highest := rapid.SampledFrom(highests).Draw(t, "highest")
		parts := [2]Levels{NewLevels(highest), NewLevels(highest)}
		var written []int
		var total Area
		for range rapid.IntRange(1, 12).Draw(t, "spans") {
			level, time := rapid.IntRange(0, highest).Draw(t, "level"), rapid.IntRange(0, 40).Draw(t, "ns")
			parts[rapid.IntRange(0, 1).Draw(t, "part")].Add(level, Nanoseconds(time))
			total.Add(AreaOf(level, Nanoseconds(time)))
			written = append(written, slices.Repeat([]int{level}, time)...)
		}
		l := &parts[0]
		l.Merge(&parts[1])
		if len(written) == 0 {
			return
		}
		slices.Sort(written)
		sum := 0
		for _, level := range written {
			sum += level
		}
		mean := float64(sum) / float64(len(written))
		if !near(l.Mean(total), mean) || int(l.Time()) != len(written) {
			t.Fatalf("mean %v over %d ns, want %v over %d", l.Mean(total), l.Time(), mean, len(written))
		}
		for _, q := range []float64{0.01, 0.5, 0.9, 0.99, 1} {
			want := float64(written[max(0, int(math.Ceil(q*float64(len(written))-1e-9))-1)])
			got := l.Quantile(q)
			most := want
			if highest >= levelBuckets && want > 0 {
				most += LevelError * float64(highest)
			}
			if got < want || got > most {
				t.Fatalf("the level of a share %v of the time is %v, want %v to %v", q, got, want, most)
			}
		}
	})
}

// Levels that are reset are as new ones.
func TestLevelsReset(t *testing.T) {
	l := NewLevels(3 * levelBuckets)
	l.Add(0, 5)
	l.Add(3*levelBuckets, 7)
	if l.Reset(10); l != NewLevels(10) {
		t.Errorf("something is left: %d at most, ranges of %d", l.top, 1<<l.shift)
	}
}
