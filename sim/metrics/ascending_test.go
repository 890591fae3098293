package metrics

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestAscendingSorts holds it against the standard library's order.
func TestAscendingSorts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOfN(rapid.Float64Range(0, 1e15), 0, 200).Draw(t, "list")
		for range rapid.IntRange(0, 100).Draw(t, "alike") {
			list = append(list, float64(rapid.IntRange(0, 3).Draw(t, "few")))
		}
		want := slices.Sorted(slices.Values(list))
		if got := ascending(list); !slices.Equal(got, want) {
			t.Fatalf("%v, should be %v", got, want)
		}
	})
}
