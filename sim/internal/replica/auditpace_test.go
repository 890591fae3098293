package replica

import "testing"

// TestAuditsPayTheirWay: looks at large systems are rare, at small ones they follow every step.
func TestAuditsPayTheirWay(t *testing.T) {
	for entries, want := range map[int]int{1: 1000, earning: 1000, 10 * earning: 100, 500 * earning: 2} {
		a, looks := &auditor{}, 0
		for range 1000 {
			if a.due() {
				looks++
				a.spent += entries
			}
		}
		if looks != want {
			t.Errorf("1,000 steps look %d times at %d entries, want %d", looks, entries, want)
		}
	}
}
