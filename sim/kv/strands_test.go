package kv

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestStrandsTellContentsApart: two contexts lie on the same strands as far as all their ids are equal,
// and no further, whatever was forgotten meanwhile.
func TestStrandsTellContentsApart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := NewStrands()
		type context struct {
			ids  []uint64
			path []Turn
		}
		var known []context
		for range rapid.IntRange(1, 40).Draw(t, "events") {
			if len(known) > 0 && rapid.IntRange(0, 2).Draw(t, "one is forgotten") == 0 {
				i := rapid.IntRange(0, len(known)-1).Draw(t, "which")
				l.LetGo(known[i].path[len(known[i].path)-1].Strand)
				known = slices.Delete(known, i, i+1)
				continue
			}
			ids := rapid.SliceOfN(rapid.Uint64Range(1, 2), 1, 8).Draw(t, "ids")
			known = append(known, context{ids, l.Follow(nil, ids)})
			for _, a := range known {
				for _, b := range known {
					for i := range min(len(a.ids), len(b.ids)) {
						if same := common(a.ids, b.ids) > i; (at(a.path, i) == at(b.path, i)) != same {
							t.Fatalf("after %d ids, %v and %v: %v and %v", i, a.ids, b.ids, a.path, b.path)
						}
					}
				}
			}
		}
		for _, c := range known {
			l.LetGo(c.path[len(c.path)-1].Strand)
		}
		if len(l.vacant) != len(l.all) {
			t.Errorf("%d strands are left", len(l.all)-len(l.vacant))
		}
	})
}

// at is the strand of a path that an id is on.
func at(path []Turn, id int) Strand {
	i := len(path) - 1
	for int(path[i].After) > id {
		i--
	}
	return path[i].Strand
}

// TestAContextThatGrowsStaysOnItsStrand, so that a session is one.
func TestAContextThatGrowsStaysOnItsStrand(t *testing.T) {
	l := NewStrands()
	ids := []uint64{1, 2, 3, 4, 5, 6}
	for n := 1; n <= len(ids); n++ {
		if path := l.Follow(nil, ids[:n]); len(path) != 1 {
			t.Fatalf("%d ids lie on %v", n, path)
		}
	}
	if path := l.Follow(nil, []uint64{1, 2, 9}); len(path) != 2 || path[1].After != 2 {
		t.Errorf("a context that parts after two ids lies on %v", path)
	}
}
