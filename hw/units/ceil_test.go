package units

import "testing"

func TestCeilDivRoundsUp(t *testing.T) {
	for _, c := range []struct{ a, b, want int }{{0, 1, 0}, {0, 7, 0}, {1, 7, 1}, {6, 7, 1}, {7, 7, 1},
		{8, 7, 2}, {14, 7, 2}, {15, 7, 3}, {9, 1, 9}} {
		if got := CeilDiv(c.a, c.b); got != c.want {
			t.Errorf("CeilDiv(%d, %d) is %d, not %d", c.a, c.b, got, c.want)
		}
	}
	if got := CeilDiv(uint8(200), 50); got != 4 {
		t.Errorf("CeilDiv(200, 50) of bytes is %d, not 4", got) // 200 + 49 is still a byte
	}
}
