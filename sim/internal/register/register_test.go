package register

import (
	"testing"

	"pgregory.net/rapid"
)

// TestRegisterIsAMap holds it against one.
func TestRegisterIsAMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var r Register[int]
		want := map[int]int{}
		next := rapid.IntRange(0, 1000).Draw(t, "first")
		for range rapid.IntRange(0, 400).Draw(t, "deeds") {
			number := rapid.IntRange(max(0, next-300), next+80).Draw(t, "number")
			next = max(next, number)
			_, there := want[number]
			switch rapid.IntRange(0, 3).Draw(t, "deed") {
			case 0, 1:
				e := r.Put(number)
				if *e != want[number] {
					t.Fatalf("the entry of %d has %d, want %d", number, *e, want[number])
				}
				*e, want[number] = number+1, number+1
			case 2:
				delete(want, number)
				r.Drop(number)
			case 3:
				if e := r.At(number); (e != nil) != there || there && *e != want[number] {
					t.Fatalf("of %d there is %v, want %d", number, e, want[number])
				}
			}
			if r.Len() != len(want) {
				t.Fatalf("%d entries, want %d", r.Len(), len(want))
			}
		}
		for number, x := range want {
			if e := r.At(number); e == nil || *e != x {
				t.Fatalf("of %d there is %v, want %d", number, e, x)
			}
		}
	})
}
