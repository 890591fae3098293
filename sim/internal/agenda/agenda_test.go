package agenda

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// The top is the smallest key, of equal ones that of the first replica, whatever was set before.
func TestAgendaOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		keys := make([]int64, rapid.IntRange(1, 70).Draw(t, "replicas"))
		a := New(len(keys), 0)
		for range rapid.IntRange(0, 200).Draw(t, "changes") {
			i := rapid.IntRange(0, len(keys)-1).Draw(t, "replica")
			keys[i] = rapid.Int64Range(-3, 3).Draw(t, "key")
			a.Set(i, keys[i])
			replica, key := a.Top()
			if want := slices.Index(keys, slices.Min(keys)); replica != want || key != keys[want] {
				t.Fatalf("top of %v is %d with %d; want %d", keys, replica, key, want)
			}
		}
	})
}
