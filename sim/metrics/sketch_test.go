package metrics

import (
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestProgressionIsItsTerms adds a progression at once and term by term, to few values, to as many that it
// is just too much, and to too many.
func TestProgressionIsItsTerms(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		first := drawFirst(t)
		step := rapid.Int64Range(0, 1<<20).Draw(t, "step") >> rapid.IntRange(0, 20).Draw(t, "step's magnitude")
		k := rapid.Int64Range(1, 300).Draw(t, "terms")
		n := rapid.Int64Range(1, 9).Draw(t, "times")
		just := Exact - k*n
		befores := []int64{0, just - 1, just, just + 1, Exact - 1, Exact, Exact + 1}
		before := rapid.SampledFrom(befores).Draw(t, "before")
		at, once := NewSketch(), NewSketch()
		var a, b Moments
		if before > 0 {
			for _, s := range []*Sketch{at, once} {
				s.Add(1e9, before)
			}
			a.Add(1e9, before)
			b.Add(1e9, before)
		}
		at.AddProgression(first, step, k, n)
		a.AddProgression(float64(first), float64(step), k, n)
		for i := range k {
			for range n {
				once.Add(float64(first+i*step), 1)
				b.Add(float64(first+i*step), 1)
			}
		}
		if (at.counts == nil) != (once.counts == nil) || at.counts != nil && *at.counts != *once.counts {
			t.Fatal("the sketches differ")
		}
		if (at.values != nil) != (before+k*n <= Exact) {
			t.Fatalf("%d values are kept of %d", len(at.values), before+k*n)
		}
		if !slices.Equal(slices.Sorted(slices.Values(at.values)), slices.Sorted(slices.Values(once.values))) {
			t.Fatal("the values that are kept differ")
		}
		if a.Count != b.Count || !near(a.Min, b.Min) || !near(a.Max, b.Max) || !near(a.Mean(), b.Mean()) {
			t.Fatalf("%+v, want %+v", a, b)
		}
		whole := first+k*step <= wholeFloats // else terms are rounded before they are added
		if whole && (a.Min != b.Min || a.Max != b.Max || !near(a.Std(), b.Std())) {
			t.Fatalf("%+v, want %+v", a, b)
		}
	})
}

// drawFirst draws the beginning of a progression: often next to a bucket's edge, and of any magnitude.
func drawFirst(t *rapid.T) int64 {
	if rapid.Bool().Draw(t, "at an edge") {
		bucket := uint(rapid.IntRange(0, 60<<mantissaBits).Draw(t, "bucket"))
		return max(0, int64(lowerEdge(bucket))-rapid.Int64Range(-2, 1100).Draw(t, "before the edge"))
	}
	return rapid.Int64Range(0, 1<<60).Draw(t, "first") >> rapid.IntRange(0, 60).Draw(t, "magnitude")
}

// TestMergedSketchesAreOne shares a sample out among sketches in any way: what they know together is what
// one would know.
func TestMergedSketchesAreOne(t *testing.T) {
	for shape := range 3 {
		for _, n := range []int{0, 1, 2, 300, Exact - 1, Exact, Exact + 1, 30_000} {
			for _, parts := range []int{2, 3, 7} {
				random := rand.New(rand.NewPCG(uint64(n), uint64(parts)))
				drawn, _ := sample(shape, n)
				whole, m := record(drawn)
				sketches := make([]*Sketch, parts)
				for i := range sketches {
					sketches[i] = NewSketch()
				}
				for i, x := range drawn {
					sketches[min(random.IntN(parts), 1+i*parts)].Add(x, 1) // the first value goes to the first or second
				}
				merged := NewSketch()
				for _, i := range random.Perm(parts) {
					merged.Merge(sketches[i])
				}
				if got, want := reading(merged, m), reading(whole, m); !slices.Equal(got, want) {
					t.Fatalf("%d values, %s, in %d parts: %v, want %v", n, shapes[shape].name, parts, got, want)
				}
			}
		}
	}
}

// reading is everything that a sketch tells, to the last bit.
func reading(s *Sketch, m *Moments) (list []float64) {
	order := s.Sorted(m)
	for _, q := range shares {
		list = append(list, order.Quantile(q))
	}
	order.CDF(200, func(value, share float64) { list = append(list, value, share) })
	return list
}

// TestSketchForgetsWhatBecomesTooMuch keeps the memory of a sketch flat.
func TestSketchForgetsWhatBecomesTooMuch(t *testing.T) {
	s := NewSketch()
	for i := range 4 * Exact {
		if s.Add(float64(i), 1); cap(s.values) > 2*Exact {
			t.Fatalf("room for %d values", cap(s.values))
		}
	}
	if s.values != nil {
		t.Errorf("%d values are kept", len(s.values))
	}
}

// A sketch that is reset is as a new one, however many values it held, and so is the memory that it leaves.
func TestSketchReset(t *testing.T) {
	s := NewSketch()
	for _, n := range []int{3, Exact, Exact + 1, 2, 2 * Exact} {
		other, m := NewSketch(), new(Moments)
		for i := range n {
			x := float64(i * i % 1009)
			s.Add(x, 1)
			other.Add(x, 1)
			m.Add(x, 1)
		}
		got, want := s.Sorted(m), other.Sorted(m)
		for _, q := range []float64{0, 0.5, 0.99, 1} {
			if a, b := got.Quantile(q), want.Quantile(q); a != b {
				t.Errorf("%d values: %v-quantile %v; want %v", n, q, a, b)
			}
		}
		s.Reset()
		other.Reset()
	}
}
