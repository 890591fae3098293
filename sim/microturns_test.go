package sim

import (
	"slices"
	"testing"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/internal/fixture"
	"github.com/roofserve/roofserve/workloads"
)

// turn is a request and what its engine finds of it.
type turn struct {
	input, output int
	first, cached int // first token in ms
}

// turnsByHand are sessions whose content ids are those of single tokens, in which every prompt is the whole
// context and what the turn adds, and comes when the one before it was answered.
var turnsByHand = []struct {
	rule  string // in one sentence, with where it is written down
	c     Config
	turns []turn
}{{
	rule: "vLLM finds full blocks of prompt and answer, whose last token is not computed (kv_cache_manager.py, " +
		"cache_blocks; specification, 5)",
	c:     vllmMicro(100, cache),
	turns: []turn{{32, 17, 1, 0}, {64, 20, 18, 48}, {90, 2, 38, 80}},
}, {
	rule: "under vLLM's asynchronous scheduling a turn that comes with the answer waits for the plan after the next " +
		"and finds as much (scheduler.py, update_from_output)",
	c:     vllmMicro(100, cache, late),
	turns: []turn{{32, 17, 1, 0}, {64, 20, 18, 48}, {90, 2, 38, 80}},
}, {
	rule: "SGLang's tree has all tokens that were computed (schedule_batch.py, cache_finished_req; specification, 5)",
	c:    sglangMicro(100, cache), turns: []turn{{32, 17, 1, 0}, {64, 20, 18, 48}, {90, 2, 38, 83}},
}, {
	rule: "in pages of 16 it has the full ones (radix_cache.py, page_size)",
	c:    sglangMicro(96, cache, page(16)), turns: []turn{{32, 17, 1, 0}, {64, 20, 18, 48}, {90, 2, 38, 80}},
}, {
	rule: "TensorRT-LLM keeps the last block of a finished sequence as far as it is filled, and a prompt may begin " +
		"with a part of a block (kvCacheManager.cpp, storeBlocksForReuse and findMatchingBlock; enable_partial_reuse)",
	c: trtllmMicro(100, cache), turns: []turn{{32, 17, 1, 0}, {64, 20, 18, 48}, {90, 2, 38, 83}},
}}

func TestTurnsByHand(t *testing.T) {
	for _, m := range turnsByHand {
		requests := make([]workloads.Request, len(m.turns))
		for i, q := range m.turns {
			requests[i] = workloads.Request{Follows: i > 0, Input: q.input, Output: q.output, Beyond: true,
				Blocks: ids(uint64(q.input + q.output))}
		}
		for name, run := range map[string]func(Config) (*Result, error){"engine": engine, "oracle": simulate} {
			_, got := outcome(t, m.c, &fixture.List{Requests: requests, Chunk: 1}, run)
			slices.SortFunc(got, func(a, b Finished) int { return a.Index - b.Index })
			for i, want := range m.turns {
				is := turn{want.input, want.output, int(got[i].FirstToken / tickTime), got[i].Cached}
				if is != want || got[i].FirstToken%units.Picoseconds(tickTime) != 0 {
					t.Errorf("%s; %s: turn %d: %+v; want %+v", m.rule, name, i+1, is, want)
				}
			}
		}
	}
}

// Of a prompt of which another has 48 of 64 tokens TensorRT-LLM finds a block of 32 and half of the next,
// which is stored with all but the prompt's last token when that is computed, if it is full then, and else
// when the request has ended (kvCacheManager.cpp, storeContextBlocks, storeBlocksForReuse and
// findMatchingBlock).
func TestPartsOfBlocksByHand(t *testing.T) {
	c := trtllmMicro(200, cache)
	other := []uint64{1, 2, 3, 14, 15, 16}
	runMicros(t, []micro{
		{name: "of a full block that parts from it", c: c, chunk: 16, requests: []asked{
			{in: 96, out: 20, content: ids(6), first: 1, cold: true},
			{at: 5, in: 96, out: 2, content: other, first: 6, cached: 48}}},
		{name: "not yet of the prompt's last one", c: c, chunk: 16, requests: []asked{
			{in: 64, out: 20, content: ids(4), first: 1, cold: true},
			{at: 5, in: 96, out: 2, content: other, first: 6, cached: 32},
			{at: 30, in: 64, out: 2, content: []uint64{1, 2, 3, 24}, first: 31, cached: 48}}},
		{name: "of the block in which a context has ended", c: c, chunk: 16, requests: []asked{
			{in: 48, out: 2, content: ids(3), first: 1, cold: true},
			{at: 5, in: 96, out: 2, content: other, first: 6, cached: 48},
			{at: 9, in: 40, out: 2, content: ids(3), first: 10, cached: 39}}},
	})
}
