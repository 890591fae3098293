package replica

import "testing"

// TestInboxMovesLittle counts how many late requests move in memory while they come and go.
func TestInboxMovesLittle(t *testing.T) {
	const waiting, more = 10_000, 100_000
	var b inbox
	for range waiting {
		b.push(lateRequest{})
	}
	moved := 0
	for range more {
		b.first++
		first, capacity := b.first, cap(b.late)
		b.push(lateRequest{})
		if b.first != first || cap(b.late) != capacity {
			moved += len(b.late) - b.first
		}
		if n := len(b.late) - b.first; n != waiting {
			t.Fatalf("%d wait", n)
		}
	}
	if moved > 5*more {
		t.Errorf("%d late requests move %d others", more, moved)
	}
}
