package sim

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/roofserve/roofserve/hw/units"
)

// What is told of steps adds up to the result, which is the same as if nobody were told.
func TestFlightsAreAllSteps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, fresh := scenario(t)
		if rapid.SampledFrom([]bool{false, false, true}).Draw(t, "transfers") {
			withTransfers(t, &c)
		}
		want, _ := simulated(t, c, fresh(), engine)
		if want == nil {
			return // a deadlock
		}
		type rank struct{ replica, rank int }
		ends, begun := map[rank]units.Picoseconds{}, map[int]bool{}
		var steps, preempted, moved int64
		sent := 0
		c.Watching = Watching{
			Landed: func(f *Landing) {
				at := rank{f.Replica, f.Rank}
				if f.Start < ends[at] || f.End < f.Start || f.Held > f.Blocks {
					t.Fatalf("%+v after %d", f, ends[at])
				}
				if ends[at] = f.End; f.Rank == 0 {
					steps += f.Steps
				}
				preempted += f.Preempted
				for _, b := range f.Begun {
					if begun[b.Request] || b.Since > f.Start {
						t.Fatalf("request %d begins at %d: %+v", b.Request, f.Start, b)
					}
					begun[b.Request] = true
				}
			},
			Sent:  func(int, int, units.Picoseconds) { sent++ },
			Moved: func(m *Move) { moved += m.Bytes },
		}
		got, _ := simulated(t, c, fresh(), engine)
		if d := cmp.Diff(want, got); d != "" {
			t.Fatalf("unwatched (-) and watched (+) differ:\n%s", d)
		}
		if steps != got.Steps || preempted > got.Preemptions || len(begun) < got.Completed {
			t.Fatalf("%d steps, %d preemptions and %d prompts are told of; %d, %d and %d answers in the result",
				steps, preempted, len(begun), got.Steps, got.Preemptions, got.Completed)
		}
		x := got.Transfers
		if x != nil && moved != x.Bytes || x == nil && c.Copies() > 1 && sent != got.Requests() {
			t.Fatalf("%d bytes and %d requests are told of", moved, sent)
		}
	})
}
