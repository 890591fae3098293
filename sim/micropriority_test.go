package sim

import (
	"testing"

	"github.com/roofserve/roofserve/sim/order"
)

func byPriority(c *Config) { c.Order = order.Priority }

// Where requests stand by priority vLLM drives out the least urgent of all that run, who may be the one that
// asks (scheduler.py, schedule).
func TestMicroLeastUrgentGivesWay(t *testing.T) {
	runMicros(t, []micro{{
		// Both hold five blocks of ten when the first, in step 18, has 81 tokens to hold: it drives itself
		// out, the plan has no work, and the next one follows at once. In 41 the second ends; the first's 81
		// tokens need six blocks.
		name: "who asks gives way itself", c: vllmMicro(8192, byPriority, blocks(11)),
		requests: []asked{
			{at: 0, in: 64, out: 40, priority: 1, first: 1, last: 64, preempts: true},
			{at: 0.5, in: 64, out: 40, priority: 0, first: 2, last: 41},
		},
	}, {
		// In step 18 the first takes the last block and the second asks in vain: the third sits out that
		// step, though its own last block has room, and is a step behind from then on. In 41 the first's
		// blocks are free.
		name: "the pass ends with who gives way itself", c: vllmMicro(8192, byPriority, blocks(17)),
		requests: []asked{
			{at: 0, in: 64, out: 40, first: 1, last: 40},
			{at: 0, in: 64, out: 40, priority: 1, first: 1, last: 63, preempts: true},
			{at: 0.5, in: 64, out: 40, first: 2, last: 42},
		},
	}, {
		// In step 18 the first, which has its token, gives way to the second, and its tokens come back: its
		// 81 do not fit into the five blocks that it left before the second has ended, at 40.
		name: "who was served gives way", c: vllmMicro(8192, byPriority, blocks(12)),
		requests: []asked{
			{in: 64, out: 40, priority: 2, first: 1, last: 63, preempts: true},
			{in: 64, out: 40, priority: 1, first: 1, last: 40},
		},
	}, {
		// Of two that are equally urgent the one that came last gives way, with 16 of its 40 tokens.
		name: "the last of the least urgent", c: vllmMicro(8192, byPriority, blocks(11)),
		requests: []asked{
			{at: 0, in: 64, out: 40, first: 1, last: 40},
			{at: 0.5, in: 64, out: 40, first: 2, last: 64, preempts: true},
		},
	}})
}

// A sequence that sat out a step and is driven out in the next has had its latest token before either. In
// step 4 the third request drives itself out, so that the last sits out; in step 5 the first's prompt goes
// on, for which the last gives way.
func TestMicroDrivenOutAfterSittingOut(t *testing.T) {
	c := vllmMicro(8192, byPriority, blocks(14), threshold(32))
	m := micro{c: c, requests: []asked{
		{at: 0, in: 192, out: 2}, {at: 0, in: 16, out: 40}, {at: 0, in: 14, out: 40, priority: 2},
		{at: 0.5, in: 16, out: 40, priority: 1},
	}}
	want, wantFinished := outcome(t, m.c, m.source(), simulate)
	got, gotFinished := outcome(t, m.c, m.source(), engine)
	if diff := sameRun(want, got, wantFinished, gotFinished); diff != "" {
		t.Errorf("oracle (-) and engine (+) differ:\n%s", diff)
	}
	if last := gotFinished[3]; last.Preemptions == 0 {
		t.Errorf("the last request is never driven out: %+v", last)
	}
}
