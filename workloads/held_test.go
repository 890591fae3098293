package workloads_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/roofserve/roofserve/workloads"
)

// A log may be longer than what is held of it, as long as no row stands far from its place.
func TestLongLogsOutOfOrder(t *testing.T) {
	const rows, apart = 501_000, 1000 // half a million are held
	var text strings.Builder
	text.WriteString("created_at,prompt_tokens,completion_tokens\n")
	for i := range rows {
		at := i - i%apart + apart - 1 - i%apart // each thousand stands backwards
		fmt.Fprintf(&text, "%d,%d,1\n", at, 1+at%97)
	}
	source := open(t, text.String())
	var r workloads.Request
	n := 0
	for ; source.Next(&r); n++ {
		if want := 1 + n%97; r.Input != want {
			t.Fatalf("request %d has %d tokens, want %d", n, r.Input, want)
		}
	}
	if source.Err() != nil || n != rows {
		t.Errorf("%d requests, %v", n, source.Err())
	}
}
