package compare

import "testing"

// Sequences that fill a context end at it, whatever its length; one that answers alone fill has a prompt of
// one token.
func TestFillingEndsAtTheContext(t *testing.T) {
	for _, context := range []int{1024, 4096, 32768} {
		l := filling(context, 7)
		if l.Users != 7 || l.Output != 256 || l.Input+l.Output != context {
			t.Errorf("%d tokens: %+v", context, l)
		}
	}
	if l := filling(100, 1); l.Input != 1 {
		t.Errorf("100 tokens: %+v", l)
	}
}
