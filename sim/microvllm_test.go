package sim

import (
	"strings"
	"testing"
)

func partly(c *Config) { c.Limits.ReserveFullInput = false }

// TestVLLMStepByStep: vllm/v1/core/sched/scheduler.py, schedule, unless a row says otherwise, of mid-2026
// (commit 003df29).
func TestVLLMStepByStep(t *testing.T) {
	runWalks(t, []walk{
		{rule: "a more urgent one passes those that wait, not those that run (request_queue.py)",
			c: vllmMicro(512, byPriority, slots(1)), requests: []asked{
				{in: 16, out: 5, priority: 1, first: 1, last: 5},
				{at: 0.5, in: 16, out: 2, priority: 2, first: 8, last: 9},
				{at: 0.6, in: 16, out: 2, first: 6, last: 7}},
			steps: "16p|1dx4|16p|1d|16p|1d"},
		{rule: "nobody is looked at when the budget is used up",
			c: vllmMicro(32), requests: []asked{
				{in: 16, out: 6, first: 1, last: 6}, {in: 50, out: 2, first: 3, last: 4},
				{in: 16, out: 3, first: 3, last: 5}},
			steps: "32p|31p 1d|19p 1d|3d|2d|1d", held: "2|5|7|8|4|2"},
		{rule: "long_prefill_token_threshold holds for who comes back, too",
			c: vllmMicro(512, threshold(32), blocks(11)),
			requests: []asked{{in: 64, out: 40, first: 2, last: 41},
				{in: 64, out: 40, first: 2, last: 66, preempts: true}},
			steps: "64px2|2dx16|1dx23|32px2|17p|1dx22"},
		// Seven blocks are never free beside the first's four and more.
		{rule: "nobody is admitted whose prompt fits only in part (scheduler_reserve_full_isl)",
			c:        vllmMicro(64, blocks(11)),
			requests: []asked{{in: 64, out: 30, first: 1, last: 30}, {in: 112, out: 2, first: 32, last: 33}},
			steps:    "64p|1dx29|64p|48p|1d"},
		// Without that the second is admitted in each second step and gives way in the next, fourteen times.
		{rule: "or is, and gives way as soon as it goes on",
			c: vllmMicro(64, blocks(11), partly), requests: []asked{
				{in: 64, out: 30, first: 1, last: 30}, {in: 112, out: 2, first: 31, last: 32, preempts: true}},
			steps: "64p|" + strings.Repeat("63p 1d|1d|", 14) + "63p 1d|49p|1d"},
		{rule: "none passes the head of the queue",
			c: vllmMicro(512, blocks(11)), requests: []asked{
				{in: 96, out: 10, first: 1, last: 10}, {in: 80, out: 2, first: 11, last: 12},
				{in: 16, out: 1, first: 11}},
			steps: "96p|1dx9|96p|1d"},
		// Of ten blocks 4 + 2 and 4 are admitted, 1 + 2 are not; what runs may have the last two.
		{rule: "the watermark counts within a step, and not for who runs (kv_cache_manager.py, allocate_slots)",
			c: vllmMicro(512, blocks(11), watermark(0.2)), requests: []asked{
				{in: 64, out: 3, first: 1, last: 3}, {in: 64, out: 3, first: 1, last: 3}, {in: 16, out: 1, first: 4}},
			steps: "128p|2dx2|16p", held: "8|10x2|1"},
		{rule: "a window's blocks are free with the next token (single_type_kv_cache_manager.py, remove_skipped_blocks)",
			c: vllmMicro(1024, window(64)), requests: []asked{{in: 128, out: 16, first: 1, last: 16}}, held: "16|14x15"},
	})
}

// TestVLLMCacheStepByStep: vllm/v1/core/kv_cache_manager.py, get_computed_blocks and allocate_slots.
func TestVLLMCacheStepByStep(t *testing.T) {
	two := []asked{{in: 64, out: 40, first: 1, last: 40}, {in: 64, out: 40, first: 1, last: 63, preempts: true}}
	short := []asked{{in: 64, out: 20, last: 20}, {in: 64, out: 40, last: 43, preempts: true}}
	others := []uint64{11, 12, 13, 14}
	runWalks(t, []walk{
		// In 18 the first takes the second's fifth block, in 34 its fourth: three are found in 41.
		{rule: "who was driven out finds what is left of its blocks (scheduler.py, _preempt_request)",
			c: vllmMicro(512, cache, blocks(11)), requests: two, steps: "128p|2dx16|1dx23|33p|1dx22"},
		{rule: "planned ahead, too: a plan that finds nothing takes no time (core.py, step_with_batch_queue)",
			c: vllmMicro(512, cache, blocks(11), late), requests: two, steps: "128p|2dx16|1dx23|33p|1dx22"},
		{rule: "or nothing, without a cache", c: vllmMicro(512, blocks(11), late), requests: two,
			steps: "128p|2dx16|1dx23|81p|1dx22"},
		// In 18 the first takes the last block, and the second drives itself out. Its five and one more are not
		// free until 41, and the third stands behind it.
		{rule: "blocks that are found have to be free (coordinator, get_num_blocks_to_allocate)",
			c:        vllmMicro(512, cache, blocks(12)),
			requests: append(two[:2:2], asked{at: 16.5, in: 16, out: 1, first: 41}), steps: "128p|2dx16|1dx23|33p|1dx22"},
		{rule: "all blocks of what was generated are found",
			c: vllmMicro(512, cache, blocks(12)), requests: short,
			steps: "128p|2dx16|1dx3|1p|1dx22"},
		{rule: "but for one that the step under way fills (async_scheduler.py, _update_request_with_output)",
			c: vllmMicro(512, cache, blocks(12), late), requests: short, steps: "128p|2dx16|1dx3|17p|1dx22"},
		{rule: "a token is left to compute, and its block",
			c: vllmMicro(512, cache), chunk: 16, requests: []asked{
				{in: 80, out: 1, content: ids(5), cold: true},
				{at: 5, in: 65, out: 1, content: ids(5), first: 6, cached: 64},
				{at: 9, in: 64, out: 1, content: ids(4), first: 10, cached: 48}}, steps: "80p|1p|16p"},
		// Two new blocks and three that are found, of which all are free, are more than the three free ones.
		{rule: "found blocks that nobody holds count as taken",
			c: vllmMicro(512, cache, blocks(9)), chunk: 16, requests: []asked{
				{in: 64, out: 1, content: ids(4)}, {at: 2, in: 64, out: 10, content: others, last: 12},
				{at: 5, in: 80, out: 1, content: ids(5), first: 13, cached: 48}}, steps: "64px2|1dx9|32p"},
		{rule: "those that others hold do not",
			c: vllmMicro(512, cache, blocks(9)), chunk: 16, requests: []asked{
				{in: 64, out: 10, content: ids(4), first: 1, last: 10},
				{at: 2.5, in: 80, out: 2, content: ids(5), first: 4, last: 5, cached: 64}},
			steps: "64p|1dx2|16p 1d|2d|1dx5", held: "4|5x2|6|7|5x5"},
		// The third takes the second's unfilled block and the one that was never used.
		{rule: "blocks without a content are taken first (block_pool.py, free_blocks)",
			c:     vllmMicro(512, cache, blocks(7)),
			chunk: 16, requests: []asked{{in: 32, out: 1, content: []uint64{21, 22}},
				{in: 40, out: 1, content: ids(3)},
				{at: 2, in: 32, out: 1, content: others},
				{at: 4, in: 33, out: 1, content: []uint64{21, 22, 23}, first: 5, cached: 32}}, steps: "72p|32p|1p"},
	})
}
