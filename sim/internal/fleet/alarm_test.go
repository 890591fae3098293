package fleet

import (
	"slices"
	"testing"

	"github.com/roofserve/roofserve/hw/units"
)

// bell notes when it rings, at instants that it knows.
type bell struct {
	name  string
	at    []units.Picoseconds
	noted *[]string
}

func (b *bell) ring(now units.Picoseconds) units.Picoseconds {
	*b.noted = append(*b.noted, b.name)
	b.at = b.at[1:]
	if len(b.at) == 0 {
		return units.Forever
	}
	return b.at[0]
}

// TestAlarmsRingInOneOrder by time, and at one instant by number.
func TestAlarmsRingInOneOrder(t *testing.T) {
	a := alarms{due: units.Forever}
	var noted []string
	bells := []*bell{
		{"a", []units.Picoseconds{5, 9}, &noted}, {"b", []units.Picoseconds{2, 5, 9}, &noted}, {"c", nil, &noted},
		{"d", []units.Picoseconds{5}, &noted},
	}
	for _, b := range bells {
		a.add(b)
	}
	if a.due != units.Forever {
		t.Errorf("due at %d before any is set", a.due)
	}
	for i, b := range bells {
		if len(b.at) > 0 {
			a.set(i, b.at[0])
		}
	}
	last := units.Picoseconds(0)
	for a.due < units.Forever {
		if a.due < last {
			t.Fatalf("after one at %d one is due at %d", last, a.due)
		}
		last = a.due
		a.ring(last)
	}
	if want := []string{"b", "a", "b", "d", "a", "b"}; !slices.Equal(noted, want) {
		t.Errorf("%v ring, want %v", noted, want)
	}
	if a.isSet(0) {
		t.Error("one that rang for the last time is set")
	}
}
