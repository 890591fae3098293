package sim

import (
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/internal/fixture"
	"github.com/roofserve/roofserve/workloads"
	"pgregory.net/rapid"
)

// after is a request that follows the answer to the one before it, a gap in µs later.
func after(gap, input, output int, content ...uint64) workloads.Request {
	return workloads.Request{Follows: true, Gap: units.Picoseconds(gap) * us, Input: input, Output: output,
		Blocks: content}
}

// A turn of a session comes when the one before it was answered, and another session's meanwhile.
func TestByHandTurns(t *testing.T) {
	c := byHand("vllm")
	requests := []workloads.Request{ask(0, 6, 3), after(500, 6, 1), after(0, 6, 1), ask(9000, 6, 1)}
	// Answers come at 3,062, and 1,060 after the turns are sent: the third request follows at once.
	want := []life{{First: 1060, Last: 3062}, {Sent: 3562, First: 4622, Last: 4622},
		{Sent: 4622, First: 5682, Last: 5682}, {Sent: 9000, First: 10060, Last: 10060}}
	if d := cmp.Diff(want, turned(t, c, 0, requests)); d != "" {
		t.Errorf("by hand (-) and simulated (+):\n%s", d)
	}
	// A user of a closed loop sends the next session when the one before it has ended.
	want[3] = life{Sent: 5682, First: 6742, Last: 6742}
	if d := cmp.Diff(want, turned(t, c, 1, requests)); d != "" {
		t.Errorf("by hand (-) and simulated (+), in a closed loop:\n%s", d)
	}
}

// turned runs requests of which some follow others, and tells when each was sent.
func turned(t *testing.T, c Config, users int, requests []workloads.Request) []life {
	t.Helper()
	lives := make([]life, len(requests))
	c.Workload = &fixture.List{Requests: requests, Chunk: 4}
	if users > 0 {
		c.Workload = &fixture.ClosedList{List: fixture.List{Requests: requests, Chunk: 4}, Users: users}
	}
	c.OnFinish = func(f *Finished) {
		lives[f.Index] = life{Sent: int(f.Arrival / us), First: int(f.FirstToken / us), Last: int(f.LastToken / us),
			Cached: f.Cached, Failed: f.Failed}
	}
	if _, err := engine(c); err != nil {
		t.Fatal(err)
	}
	return lives
}

// A prompt finds what the answer before it left: the first turn of 32 tokens is answered with 17, of which
// the last is not computed, and the second turn is those 49 and 15 more.
func TestByHandAnswersAreCached(t *testing.T) {
	c := byHand("vllm")
	c.PrefixCaching, c.Limits.MaxNumBatchedTokens = true, 100
	first := ask(0, 32, 17, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12)
	second := after(0, 64, 1, append([]uint64(nil), first.Blocks...)...)
	for len(second.Blocks) < 16 {
		second.Blocks = append(second.Blocks, uint64(100+len(second.Blocks)))
	}
	for beyond, want := range map[bool]int{true: 48, false: 32} {
		first.Beyond = beyond
		if got := turned(t, c, 0, []workloads.Request{first, second})[1].Cached; got != want {
			t.Errorf("cached are %d tokens, by hand %d", got, want)
		}
	}
}

// What each engine's cache keeps of an answer: all tokens but the last, in full blocks; SGLang's are of one
// token.
func TestByHandAnswersUnderEachEngine(t *testing.T) {
	for policy, page := range map[string]int{"vllm": 16, "sglang": 1, "trtllm": 16} {
		c := byHand(policy)
		c.PrefixCaching, c.Layout.BlockTokens, c.Blocks = true, page, 400
		c.Limits.MaxNumBatchedTokens = 96
		first := ask(0, 32, 17, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12)
		first.Beyond = true
		second := after(0, 64, 1, append([]uint64(nil), first.Blocks...)...)
		for len(second.Blocks) < 16 {
			second.Blocks = append(second.Blocks, uint64(100+len(second.Blocks)))
		}
		if got := turned(t, c, 0, []workloads.Request{first, second})[1].Cached; got != 48 {
			t.Errorf("%s: cached are %d tokens, by hand 48", policy, got)
		}
	}
}

// A session lasts from its first request to its last answer, with the pauses.
func TestByHandSessions(t *testing.T) {
	c := byHand("vllm")
	// Prompts of 6, 6 and 10 tokens take 1,060, 1,060 and 1,100 µs; the first answer comes at 3,062, and the
	// second prompt 500 later. The other session has one request of 1,020.
	c.Workload = &fixture.List{Requests: []workloads.Request{
		ask(0, 6, 3), after(500, 6, 1), after(0, 10, 1), ask(9000, 2, 1),
	}}
	r, err := engine(c)
	if err != nil {
		t.Fatal(err)
	}
	s := r.Sessions
	if s.Count != 2 || s.Turns != 4 || len(s.ByTurn) != 3 || s.ByTurn[0].Count != 2 {
		t.Fatalf("%+v", s)
	}
	near(t, "the sessions' time", s.E2E.Mean, (5.722+1.020)/2)
	near(t, "the longer one's", s.E2E.Max, 5.722)
	near(t, "TTFT of first turns", s.ByTurn[0].Mean, 1.040)
	near(t, "of second ones", s.ByTurn[1].Mean, 1.060)
	near(t, "of third ones", s.ByTurn[2].Mean, 1.100)
}

// withTurns makes of some of a workload's requests turns that follow the one before, and gives answers
// content that the next turns begin with.
func withTurns(t *rapid.T, w workloads.Source) func() workloads.Source {
	closed, isClosed := w.(*fixture.ClosedList)
	list, _ := w.(*fixture.List)
	if isClosed {
		list = &closed.List
	}
	requests, next := list.Requests, uint64(1<<40)
	for i := range requests {
		q := &requests[i]
		if i > 0 && rapid.Bool().Draw(t, "follows") {
			q.Follows, q.Arrival = true, requests[i-1].Arrival
			q.Gap = units.Picoseconds(rapid.SampledFrom([]int{0, 0, 300, 20_000}).Draw(t, "gap"))
		}
		if list.Chunk == 0 || !rapid.Bool().Draw(t, "beyond") {
			continue
		}
		q.Beyond = true
		full := (q.Input + q.Output) / list.Chunk
		var own []uint64
		if i > 0 {
			earlier := requests[i-1].Blocks
			own = append(own, earlier[:rapid.IntRange(0, min(full, len(earlier))).Draw(t, "same")]...)
		}
		for len(own) < full {
			own, next = append(own, next), next+1
		}
		q.Blocks = own
	}
	return func() workloads.Source {
		again := fixture.List{Requests: requests, Chunk: list.Chunk}
		if isClosed {
			return &fixture.ClosedList{List: again, Users: closed.Users}
		}
		return &again
	}
}

func TestTurnsEqualOracle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, once := scenario(t)
		fresh := withTurns(t, once())
		want, wantFinished := outcome(t, c, fresh(), simulate)
		got, gotFinished := outcome(t, c, fresh(), engine)
		if d := sameRun(want, got, wantFinished, gotFinished); d != "" {
			t.Fatalf("oracle (-) and engine (+) differ:\n%s", d)
		}
		compareSessions(t, c.Warmup, fresh(), got.Sessions, gotFinished)
		if len(gotFinished) != len(wantFinished) {
			t.Fatalf("%d of %d requests end", len(gotFinished), len(wantFinished))
		}
	})
}

// requestsOf are the requests of a workload.
func requestsOf(w workloads.Source) (list []workloads.Request) {
	for q := (workloads.Request{}); w.Next(&q); {
		list = append(list, q)
	}
	return list
}

// compareSessions holds what is said of sessions against their requests, one after the other.
func compareSessions(t *rapid.T, warmup units.Picoseconds, w workloads.Source, got *SessionStats,
	finished []Finished) {
	requests := requestsOf(w)
	if !workloads.HasTurns(w) {
		if got != nil {
			t.Fatalf("%+v where no request follows another", got)
		}
		return
	}
	slices.SortFunc(finished, func(a, b Finished) int { return a.Index - b.Index })
	count, turn, measured, whole := 0, 0, 0, 0.0
	var began units.Picoseconds
	sums, counts := map[int]float64{}, map[int]int64{}
	for i, f := range finished {
		if !requests[i].Follows {
			count, turn, began = count+1, 0, f.Arrival
		}
		if !f.Failed && f.Arrival >= warmup {
			sums[min(turn, 31)] += float64(f.FirstToken-f.Arrival) / 1e9
			counts[min(turn, 31)]++
		}
		turn++
		ends := i == len(finished)-1 || !requests[i+1].Follows
		if ends && !f.Failed && began >= warmup {
			measured++
			whole += float64(f.LastToken-began) / 1e9
		}
	}
	if got.Count != count || got.Turns != len(finished) || got.E2E.Count != int64(measured) ||
		math.Abs(got.E2E.Mean*float64(measured)-whole) > 1e-9*whole {
		t.Fatalf("%d sessions of %d turns, %v ms: %+v", count, len(finished), whole, got)
	}
	for i, d := range got.ByTurn {
		if d.Count != counts[i] || math.Abs(d.Mean*float64(d.Count)-sums[i]) > 1e-9*sums[i] {
			t.Fatalf("turn %d: %d of %v ms, want %d of %v", i+1, d.Count, d.Mean, counts[i], sums[i])
		}
	}
}
