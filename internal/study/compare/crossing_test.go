package compare

import (
	"context"
	"math"
	"reflect"
	"testing"

	"github.com/roofserve/roofserve/internal/study/explain"
)

// TestLeadsThatChangeSides: a tie is no side, and a lead that comes back is no change.
func TestLeadsThatChangeSides(t *testing.T) {
	for _, c := range []struct {
		leads []float64
		want  [][2]int
	}{
		{[]float64{0.5, 0.2, 0.005, -0.3, -0.1, 0.4}, [][2]int{{1, 3}, {4, 5}}},
		{[]float64{0.5, 0.009, -0.009, 0.2}, nil},
		{[]float64{0.005, -0.5, -0.01, 0.01}, [][2]int{{2, 3}}},
		{nil, nil},
	} {
		if got := changes(c.leads, explain.LeastLead); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%v change sides over %v, want %v", c.leads, got, c.want)
		}
	}
}

// TestCrossingsAgainstBothSides: below a crossing the first model that it names is the better one, above it
// the second, as each model alone is measured there.
func TestCrossingsAgainstBothSides(t *testing.T) {
	r := request(t, "qwen3-4b", "llama-3.1-8b+attention.kv_heads=1+dense.width=20480")
	s, err := Run(context.Background(), r, nil)
	if err != nil {
		t.Fatal(err)
	}
	list := r.candidates()
	checked := 0
	for _, c := range s.Crossings {
		if c.Metric != BatchTPOT {
			continue
		}
		checked++
		at := func(name string, context float64) float64 {
			for i := range s.Entries {
				if s.Entries[i].Model == name {
					ms, err := list[i].decode(list[i].on(s.Entries[i].Same), int(context))
					if err != nil {
						t.Fatal(err)
					}
					return ms
				}
			}
			t.Fatalf("no model %s", name)
			return 0
		}
		if below := c.At * 0.9; at(c.Below, below) >= at(c.Above, below) {
			t.Errorf("%+v: at %v tokens they take %v and %v ms", c, below, at(c.Below, below), at(c.Above, below))
		}
		if above := c.At * 1.1; at(c.Below, above) <= at(c.Above, above) {
			t.Errorf("%+v: at %v tokens they take %v and %v ms", c, above, at(c.Below, above), at(c.Above, above))
		}
		if math.IsNaN(c.At) || c.Over != "context" {
			t.Errorf("%+v", c)
		}
	}
	if checked == 0 {
		t.Errorf("no crossing of the batch's time among %+v", s.Crossings)
	}
}

// Curves that cross within what both models may be off by do not count: neither is known to be ahead.
func TestCurvesThatCrossWithinTheirIntervalsAreTies(t *testing.T) {
	point := func(context int, ms float64) ContextPoint { return ContextPoint{Context: context, TPOT: ms} }
	p := &pair{one: &Entry{Contexts: []ContextPoint{point(1024, 10), point(2048, 10), point(4096, 10)}},
		other: &Entry{Contexts: []ContextPoint{point(1024, 11), point(2048, 10), point(4096, 9)}}}
	for _, c := range []struct {
		one, other HalfWidths
		gaps       int
	}{
		{HalfWidths{}, HalfWidths{}, 1},
		{HalfWidths{TPOT: 0.05}, HalfWidths{TPOT: 0.07}, 1}, // 0.095 and 0.105 apart, of 0.086
		{HalfWidths{TPOT: 0.08}, HalfWidths{TPOT: 0.07}, 0}, {HalfWidths{TPOT: 0.2}, HalfWidths{}, 0},
		{HalfWidths{TTFT: 0.2}, HalfWidths{}, 1},
	} {
		p.one.HalfWidths, p.other.HalfWidths = c.one, c.other
		for _, m := range metrics() {
			if _, leads := p.leads(&m); m.name == BatchTPOT && len(changes(leads, p.tie(&m))) != c.gaps {
				t.Errorf("%+v and %+v: %v change sides at %v", c.one, c.other, leads, changes(leads, p.tie(&m)))
			}
		}
	}
}
