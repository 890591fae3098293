package sim

import "testing"

// TestSGLangStepByStep: python/sglang/srt/managers/schedule_policy.py, PrefillAdder, unless a row says
// otherwise, by the rules of 0.5.9.
func TestSGLangStepByStep(t *testing.T) {
	runWalks(t, []walk{
		// 898 tokens are what a pool of 1,000 has for the first, of which 0.7 of 897 are expected: 272 are left.
		{rule: "a declared output is cut to the pool (scheduler.py, init_req_max_new_tokens)",
			c: sglangMicro(8192, blocks(1000)), requests: []asked{
				{in: 100, out: 20, most: 4000, first: 1, last: 21},
				{at: 0.5, in: 50, out: 5, most: 100, first: 2, last: 6}},
			steps: "100p|50p|2dx4|1dx15"},
		// After thirty decode steps 0.67 of 89 tokens are expected, and 60.4 of 120 left.
		{rule: "the share that is expected falls with each decode step (new_token_ratio)",
			c: sglangMicro(8192, blocks(200)),
			requests: []asked{{in: 50, out: 100, most: 120, first: 1, last: 101},
				{at: 30.5, in: 40, out: 5, most: 19, first: 32, last: 36}},
			steps: "50p|1dx30|40p|2dx4|1dx65"},
		{rule: "two more are too many, and the batch counts as full (get_new_batch_prefill)",
			c: sglangMicro(8192, blocks(200)),
			requests: []asked{{in: 50, out: 100, most: 120, first: 1, last: 100},
				{at: 30.5, in: 40, out: 5, most: 21, first: 101, last: 105}},
			steps: "50p|1dx99|40p|1dx4"},
		{rule: "a prompt in progress is not cut to pages (add_chunked_req)",
			c:        sglangMicro(32, page(16), mixed),
			requests: []asked{{in: 10, out: 20, first: 1, last: 20}, {at: 0.5, in: 100, out: 4, first: 5, last: 8}},
			steps:    "10p|16p 1d|31p 1dx2|22p 1d|2dx3|1dx12"},
		{rule: "a prompt in progress takes one of max_running_requests (get_num_allocatable_reqs)",
			c: sglangMicro(100, slots(2)), requests: []asked{
				{in: 10, out: 30, first: 1, last: 33}, {in: 250, out: 5, first: 3, last: 7},
				{in: 10, out: 2, first: 9, last: 10}},
			steps: "100px2|60p|2dx4|1d|10p|2d|1dx23"},
		// 112 + 100 of 320, or a page more: 108 or 92 are left for 76 or 92.
		{rule: "a request counts no page more than its tokens",
			c: sglangMicro(8192, page(16), blocks(20)), requests: []asked{
				{in: 100, out: 10, most: 100, first: 1, last: 10}, {in: 16, out: 5, most: 60, first: 1, last: 5}},
			steps: "116p|2dx4|1dx5"},
		{rule: "or does, since 0.5.11 (_update_prefill_budget)",
			c: sglangMicro(8192, page(16), blocks(20), newest),
			requests: []asked{{in: 100, out: 10, most: 100, first: 1, last: 11},
				{in: 16, out: 5, most: 60, first: 2, last: 6}},
			steps: "100p|16p|2dx4|1dx5"},
		{rule: "who comes while the last one's last row is computed waits for it (event_loop_overlap)",
			c: sglangMicro(8192, late), requests: []asked{
				{in: 16, out: 1, first: 1, last: 1}, {at: 0.5, in: 16, out: 2, first: 3, last: 4}}},
	})
}

// TestSGLangRetractsStepByStep: python/sglang/srt/managers/schedule_batch.py, retract_decode.
func TestSGLangRetractsStepByStep(t *testing.T) {
	runWalks(t, []walk{
		{rule: "of equal ones the last is retracted",
			c: sglangMicro(8192, blocks(100), hopeful), requests: []asked{
				{in: 20, out: 60, first: 1, last: 61}, {in: 20, out: 50, first: 2, last: 80, preempts: true}},
			steps: "20px2|2dx30|1dx29|51p|1dx18"},
		{rule: "of those with as much output who had the longest prompt, and stands last (_add_request_to_queue)",
			c: sglangMicro(8192, blocks(100), hopeful), requests: []asked{
				{in: 30, out: 60, first: 1, last: 77, preempts: true}, {in: 20, out: 40, first: 2, last: 41},
				{at: 10.5, in: 60, out: 2, first: 42, last: 43}},
			steps: "30p|20p|2dx25|1dx14|60p|1d|56p|1dx33"},
		{rule: "when a page is short (new_tokens_required_next_decode)",
			c: sglangMicro(8192, page(16), blocks(6), hopeful),
			requests: []asked{{in: 16, out: 40, first: 1, last: 41},
				{in: 16, out: 40, first: 2, last: 48, preempts: true}},
			steps: "16px2|2dx32|1dx7|49p|1dx6", held: "1|2|4x16|6x16|4x14"},
		{rule: "and none while the tree has something to evict (check_decode_mem)",
			c:     sglangMicro(8192, cache, blocks(100)),
			chunk: 20, requests: []asked{{in: 40, out: 1, content: ids(2)},
				{at: 2, in: 20, out: 45, content: []uint64{9}, first: 3, last: 47}},
			steps: "40p|20p|1dx44"},
	})
}

// TestSGLangTreeStepByStep: python/sglang/srt/mem_cache/radix_cache.py, cache_unfinished_req.
func TestSGLangTreeStepByStep(t *testing.T) {
	alike := func(cached int) []asked {
		return []asked{{in: 128, out: 4, content: ids(8), first: 2, last: 6},
			{at: 0.5, in: 96, out: 2, content: ids(6), first: 3, last: 4, cached: cached}}
	}
	runWalks(t, []walk{
		{rule: "the pieces of a prompt are known to the next step (scheduler.py, stash_chunked_request)",
			c: sglangMicro(64, cache), chunk: 16, requests: alike(95), steps: "64px2|1p|2d|1dx2"},
		{rule: "but for its last one where steps are planned ahead",
			c: sglangMicro(64, cache, late), chunk: 16,
			requests: alike(64)},
		// Of 33 free tokens 11 are expected of the first; 80 and 2 less 64 fit.
		{rule: "what is found counts neither as new nor as evictable (_lock_node)",
			c:     sglangMicro(8192, cache, blocks(100)),
			chunk: 16, requests: []asked{{in: 64, out: 20, content: ids(4), first: 1, last: 21},
				{at: 3.5, in: 80, out: 2, content: ids(5), first: 5, last: 6, cached: 64}},
			steps: "64p|1dx3|16p|2d|1dx15"},
	})
}
