package drafts

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// TestDrawsFollowTheLaw counts what many steps accept.
func TestDrawsFollowTheLaw(t *testing.T) {
	probabilities := []float64{0.88, 0.75, 0.6}
	a, err := New(probabilities, 7)
	if err != nil {
		t.Fatal(err)
	}
	const requests, steps = 1000, 200
	var tally Counts
	for q := range uint64(requests) {
		a.Some(q, 0, steps, &tally)
	}
	share, mean := 1.0, 1.0
	for i, p := range probabilities {
		share *= p
		mean += share
		accepted := int64(0)
		for _, n := range tally[i+1:] {
			accepted += n
		}
		got, deviation := float64(accepted)/(requests*steps), math.Sqrt(share*(1-share)/(requests*steps))
		if math.Abs(got-share) > 4*deviation {
			t.Errorf("draft %d is accepted in %g of the steps, should be in %g", i, got, share)
		}
	}
	if math.Abs(a.Length()-mean) > 1e-12 {
		t.Errorf("a step gives %g tokens, should be %g", a.Length(), mean)
	}
}

// TestStepsAreCountedDrawByDraw holds Steps against Accepted.
func TestStepsAreCountedDrawByDraw(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		probabilities := rapid.SliceOfN(rapid.Float64Range(0, 1), 1, Most).Draw(t, "probabilities")
		a, err := New(probabilities, rapid.Uint64().Draw(t, "seed"))
		if err != nil {
			t.Fatal(err)
		}
		request, from := rapid.Uint64Range(0, 1<<32).Draw(t, "request"), rapid.IntRange(0, 99).Draw(t, "from")
		tokens := rapid.IntRange(0, 300).Draw(t, "tokens")
		var got, want Counts
		steps := a.Steps(request, from, tokens, &got)
		n, given := 0, 0
		for ; given < tokens; n++ {
			given += 1 + a.Accepted(request, from+n)
		}
		a.Some(request, from, n, &want)
		if steps != n || got != want {
			t.Fatalf("%d steps, %v; should be %d, %v", steps, got, n, want)
		}
	})
}

func TestEvenGivesTheLength(t *testing.T) {
	for _, c := range []struct {
		n      int
		length float64
		ok     bool
	}{
		{1, 1.85, true}, {3, 2.4, true}, {7, 3.2, true}, {7, 4.8, true}, {2, 1, true}, {2, 3, true},
		{2, 3.1, false}, {2, 0.9, false},
	} {
		probabilities, ok := Even(c.n, c.length)
		if ok != c.ok {
			t.Errorf("%d drafts give %g tokens: %v", c.n, c.length, ok)
		}
		if !ok {
			continue
		}
		a, err := New(probabilities, 1)
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(a.Length()-c.length) > 1e-9 {
			t.Errorf("%d drafts with %v give %g tokens, should be %g", c.n, probabilities[0], a.Length(), c.length)
		}
	}
}

func TestLawsThatAreNone(t *testing.T) {
	for _, p := range [][]float64{nil, {-0.1}, {1.1}, {math.NaN()}, make([]float64, Most+1)} {
		if _, err := New(p, 1); err == nil {
			t.Errorf("%v is taken", p)
		}
	}
}
