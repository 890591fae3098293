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
			if want := slices.Contains(keys[replica+1:], key); a.Shared() != want {
				t.Fatalf("that another has the top's key of %v is %v", keys, !want)
			}
			most := rapid.Int64Range(-4, 3).Draw(t, "most")
			var within []int
			for j, k := range keys {
				if k <= most {
					within = append(within, j)
				}
			}
			if got := a.Within(nil, most); !slices.Equal(got, within) {
				t.Fatalf("within %d of %v are %v, want %v", most, keys, got, within)
			}
		}
	})
}
