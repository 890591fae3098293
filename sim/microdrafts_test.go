package sim

import (
	"testing"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/sched"
)

// Steps that verify drafts where tokens or blocks run short, and swaps, worked out by hand before they were
// simulated.

func TestDraftsThatRunShort(t *testing.T) {
	for _, drawn := range []bool{false, true} {
		runMicros(t, []micro{
			// A sequence of two rows verifies one draft: two tokens where the other's three rows give three
			// (scheduler.py: num_new_tokens is cut to the token budget, and spec_token_ids to that).
			{name: "of five tokens the second sequence has two rows", c: vllmMicro(5, verifies(t, 0, drawn, 1, 1)), requests: []asked{
				{in: 2, out: 7, first: 1, last: 3}, {in: 2, out: 8, first: 1, last: 4}}},
			{name: "one row is a step without drafts", c: vllmMicro(4, verifies(t, 0, drawn, 1, 1)), requests: []asked{
				{in: 2, out: 7, first: 1, last: 3}, {in: 2, out: 6, first: 1, last: 4}}},
			// 4 rows from 30 tokens on reach into a third block, although one token is left.
			{name: "rows beyond the last token need blocks", c: vllmMicro(100, verifies(t, 0, drawn, 0, 0, 0), blocks(6)),
				requests: []asked{{in: 30, out: 2, first: 1, last: 2},
					{in: 30, out: 2, first: 1, last: 3, preempts: true}}},
			{name: "accepted drafts beyond the last token are not given", c: vllmMicro(120, verifies(t, 0, drawn, 1, 1, 1)),
				requests: []asked{{in: 30, out: 4, first: 1, last: 2}, {in: 30, out: 6, first: 1, last: 3},
					{in: 30, out: 9, first: 1, last: 3}, {in: 30, out: 10, first: 1, last: 4}}},
			// 3 of 8 tokens are the first's rows, five a step the other's prompt: 5, 10, 15, 16.
			{name: "prompts have what rows leave", c: vllmMicro(8, verifies(t, 0, drawn, 0, 0)), requests: []asked{
				{in: 8, out: 9, first: 1, last: 9}, {in: 16, out: 1, first: 5, last: 5}}},
		})
	}
}

// Three prompts of two blocks in eight. In step 2 each asks for a third: the last goes to the host, its two
// blocks in half a ms. Token 49 asks for a fourth, and there are two. The first's 20 tokens come by 20.5,
// when the last comes back in half a ms again: it has its second token at 22, and its 20th 18 later
// (vllm/core/scheduler.py of 2023).
func TestSwapsTakeTime(t *testing.T) {
	c := microConfig("vllm0", 16, sched.Limits{MaxNumBatchedTokens: 96, Swap: true}, nil)
	c.Blocks, c.SwapBlock = usable("vllm0", 8), tickTime/4
	for name, run := range map[string]func(Config) (*Result, error){"engine": engine, "oracle": simulate} {
		_, got := outcome(t, c, (&micro{requests: alike(3, asked{in: 32, out: 20})}).source(), run)
		for _, f := range got {
			want := tokens{first: 1, last: 20.5}
			if f.Index == 2 {
				want = tokens{first: 1, last: 40, preempted: true}
			}
			ms := func(t units.Picoseconds) float64 { return float64(t) / float64(tickTime) }
			is := tokens{ms(f.FirstToken), ms(f.LastToken), f.Preemptions > 0}
			if is != want {
				t.Errorf("%s: request %d: %+v; by hand %+v", name, f.Index, is, want)
			}
		}
	}
}
