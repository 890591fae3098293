package claims

import "testing"

// TestVerdictsAtTheirEdges: a tolerance, the digits written, what counts as a correction, and bounds hold
// where they are reached and not beyond.
func TestVerdictsAtTheirEdges(t *testing.T) {
	blank := Numbers{Says: Figure{Value: 100, HalfDigit: 0.5}, Computed: none, Own: none, Assuming: none,
		AtLeast: none, AtMost: none, Needs: none}
	with := func(change func(*Numbers)) Numbers { n := blank; change(&n); return n }
	for name, c := range map[string]struct {
		n    Numbers
		want Verdict
	}{
		"half a digit below":                 {with(func(n *Numbers) { n.Computed = 99.5 }), Holds},
		"more than half a digit below":       {with(func(n *Numbers) { n.Computed = 99.49 }), Corrected},
		"more than half a digit above":       {with(func(n *Numbers) { n.Computed = 100.51 }), Corrected},
		"a tolerance reached":                {with(func(n *Numbers) { n.Computed, n.Tolerance = 80, 0.25 }), Holds},
		"a tolerance passed":                 {with(func(n *Numbers) { n.Computed, n.Tolerance = 79.9, 0.25 }), Corrected},
		"a tolerance is of what is computed": {with(func(n *Numbers) { n.Computed, n.Tolerance = 125, 0.2 }), Holds},
		"a correction reached":               {with(func(n *Numbers) { n.Computed = 142.85 }), Corrected},
		"a least reached":                    {with(func(n *Numbers) { n.AtLeast = 100.5 }), Holds},
		"a least missed":                     {with(func(n *Numbers) { n.AtLeast = 100.51 }), Impossible},
		"a most reached":                     {with(func(n *Numbers) { n.AtMost = 99.5 }), Holds},
		"a most passed":                      {with(func(n *Numbers) { n.AtMost = 99.49 }), Impossible},
		"a need that is met":                 {with(func(n *Numbers) { n.Needs = 1 }), Holds},
		"a need that is nearly met":          {with(func(n *Numbers) { n.Needs = 0.99 }), Impossible},
	} {
		if got := Judge(c.n); got != c.want {
			t.Errorf("%s: %v; want %v", name, got, c.want)
		}
	}
	if v := Judge(with(func(n *Numbers) { n.Computed = 142.9 })); v != Refuted {
		t.Errorf("too far to be corrected: %v", v)
	}
	for name, change := range map[string]func(*Numbers){
		"too far to be corrected": func(n *Numbers) { n.Computed, n.Measured = 142.9, true },
		"a need that is not met":  func(n *Numbers) { n.Needs, n.Measured = 0, true },
	} {
		if v := Judge(with(change)); v != NotReproduced {
			t.Errorf("%s, of a measured figure: %v", name, v)
		}
	}
	if v := Judge(with(func(n *Numbers) { n.AtLeast, n.Measured = 101, true })); v != Impossible {
		t.Errorf("a measured figure below its bound: %v", v)
	}
}
