package metrics

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/roofserve/roofserve/hw/units"
)

// quantile is NumPy's linear interpolation between order statistics.
func quantile(sorted []float64, q float64) float64 {
	rank := q * float64(len(sorted)-1)
	i := int(rank)
	if i+1 == len(sorted) {
		return sorted[i]
	}
	return sorted[i] + (rank-float64(i))*(sorted[i+1]-sorted[i])
}

func TestSketchKeepsItsStatedError(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	s := NewSketch()
	var values []float64
	for range 50_000 {
		x := math.Exp(20 + 3*random.NormFloat64())
		values = append(values, x)
		s.Add(x, 1)
	}
	slices.Sort(values)
	for _, q := range []float64{0, 0.01, 0.25, 0.5, 0.9, 0.99, 0.999, 1} {
		got, want := s.Quantile(q), quantile(values, q)
		if math.Abs(got/want-1) > 0.005 {
			t.Errorf("the %v-quantile is %v, want %v", q, got, want)
		}
	}
	if RelativeError > 0.005 {
		t.Errorf("the stated error is %v", RelativeError)
	}
	before := [2]float64{}
	points := 0
	s.CDF(200, func(value, share float64) {
		below, _ := slices.BinarySearch(values, value)
		if exact := float64(below) / float64(len(values)); math.Abs(exact-share) > 1e-12 {
			t.Errorf("%v of the values lie below %v, not %v", exact, value, share)
		}
		if value <= before[0] || share <= before[1] {
			t.Errorf("(%v, %v) follows %v", value, share, before)
		}
		before = [2]float64{value, share}
		points++
	})
	if points > 200 || before[1] != 1 {
		t.Errorf("%d points, the last at %v", points, before)
	}
}

func TestSketchOfNothingAndOfExtremes(t *testing.T) {
	s := NewSketch()
	if s.Quantile(0.5) != 0 || s.Count() != 0 {
		t.Error("an empty sketch has a quantile")
	}
	for _, x := range []float64{0, 0.5, 1, math.MaxInt64, 1e300} {
		s.Add(x, 1)
	}
	if s.Count() != 5 || s.Quantile(0) > 1 {
		t.Errorf("%d values, the least %v", s.Count(), s.Quantile(0))
	}
}

// TestProgressionIsItsTerms adds a progression at once and term by term.
func TestProgressionIsItsTerms(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		first := rapid.Int64Range(0, 1<<40).Draw(t, "first") >> rapid.IntRange(0, 40).Draw(t, "magnitude")
		step := rapid.Int64Range(0, 1<<20).Draw(t, "step")
		k := rapid.Int64Range(1, 300).Draw(t, "terms")
		n := rapid.Int64Range(1, 9).Draw(t, "times")
		at, once := NewSketch(), NewSketch()
		var a, b Moments
		at.AddProgression(first, step, k, n)
		a.AddProgression(float64(first), float64(step), k, n)
		for i := range k {
			once.Add(float64(first+i*step), n)
			b.Add(float64(first+i*step), n)
		}
		if at.counts != once.counts || at.Count() != k*n {
			t.Fatal("the sketches differ")
		}
		if a.Count != b.Count || a.Min != b.Min || a.Max != b.Max || !near(a.Mean(), b.Mean()) || !near(a.Std(), b.Std()) {
			t.Fatalf("%+v, want %+v", a, b)
		}
	})
}

func near(a, b float64) bool { return math.Abs(a-b) <= 1e-9*max(math.Abs(a), math.Abs(b), 1e-3) }

func TestMomentsMergeAsIfAddedTogether(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	var parts [3]Moments
	var whole Moments
	for i := range 999 {
		x := 1e12 + random.Float64()
		parts[i%2].Add(x, 1) // the third stays empty
		whole.Add(x, 1)
	}
	var merged Moments
	for i := range parts {
		merged.Merge(&parts[i])
	}
	if merged.Count != whole.Count || merged.Min != whole.Min || merged.Max != whole.Max || !near(merged.Mean(), whole.Mean()) {
		t.Errorf("%+v, want %+v", merged, whole)
	}
	if math.Abs(merged.Std()-math.Sqrt(1.0/12)) > 0.01 || math.Abs(whole.Std()-merged.Std()) > 1e-4 {
		t.Errorf("deviations of %v and %v; a uniform distribution's is %v", merged.Std(), whole.Std(), math.Sqrt(1.0/12))
	}
	if empty := (&Moments{}); empty.Mean() != 0 || empty.Std() != 0 {
		t.Error("no values have a mean")
	}
}

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
	coarse := NewLevels(1 << 20)
	coarse.Add(1<<19, Between(0, 1000))
	if got := coarse.Quantile(0.5); math.Abs(got/(1<<19)-1) > 1.0/levelBuckets {
		t.Errorf("a level of 2^19 reads %v", got)
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

type row struct {
	Start, End units.Picoseconds
	Running    float64
	Tokens     int64
}

func rows(s *Series, until units.Picoseconds) (list []row) {
	s.Each(until, func(start, end units.Picoseconds, w *Interval) {
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
	if total := (&Levels{weights: [levelBuckets]Nanoseconds{25}}).Mean(s.Total(Running)); total != (10*2+10*5+5*4)/25.0 {
		t.Errorf("the mean of all windows is %v", total)
	}
}

// TestSeriesWidensItsWindows records the same in one series and in two that are merged, over a time that takes many doublings.
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
