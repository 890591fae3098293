package sim

import "testing"

// Further schedules by hand, each with the file and the function of the engine that it follows from.

func watermark(share float64) func(*Config) { return func(c *Config) { c.Limits.Watermark = share } }

// TestByVLLMsSource: vllm/v1/core/sched/scheduler.py, schedule, and vllm/v1/core/kv_cache_manager.py,
// allocate_slots and get_computed_blocks, unless a row says otherwise.
func TestByVLLMsSource(t *testing.T) {
	runMicros(t, []micro{
		{name: "a prompt is cut to what is left of the budget (schedule)", c: vllmMicro(32), requests: []asked{
			{in: 16, out: 5, first: 1, last: 5}, {in: 40, out: 2, first: 2, last: 3}}},
		{name: "no more run than max_num_seqs (schedule)", c: vllmMicro(512, slots(1)), requests: []asked{
			{in: 16, out: 3, first: 1, last: 3}, {in: 16, out: 1, first: 4}}},
		{name: "who comes during a step joins the next (core.py, step)", c: vllmMicro(512), requests: []asked{
			{in: 16, out: 4, last: 4}, {at: 0.5, in: 16, out: 1, first: 2}}},
		{name: "or the one after, planned ahead (core.py, step_with_batch_queue)", c: vllmMicro(512, late),
			requests: []asked{{in: 16, out: 10, last: 10}, {at: 0.5, in: 16, out: 1, first: 3}}},
		// Four of ten blocks are held and a tenth of eleven is kept free, so that six are too many.
		{name: "the watermark stays free while something runs (allocate_slots)",
			c:        vllmMicro(512, blocks(11), watermark(0.1)),
			requests: []asked{{in: 64, out: 3, last: 3}, {in: 96, out: 2, first: 4, last: 5}}},
		// At 18 the first needs a sixth block. The second then has 81 tokens to hold, and so has to wait for the
		// first's end, and the third behind it.
		{name: "who was driven out stands before who waits (schedule, prepend_request)", c: vllmMicro(512, blocks(11)),
			requests: []asked{{in: 64, out: 40, last: 40}, {in: 64, out: 40, first: 1, last: 63, preempts: true},
				{at: 2, in: 16, out: 1, first: 41}}},
		{name: "what is cached takes no budget (get_computed_blocks)", c: vllmMicro(32, cache), chunk: 16,
			requests: []asked{{in: 64, out: 1, content: ids(4), first: 2, cold: true},
				{at: 5, in: 64, out: 1, content: ids(4), first: 6, cached: 48},
				{at: 5, in: 32, out: 1, content: []uint64{9, 10}, first: 7, cold: true}}},
		{name: "blocks are known when they are allocated (block_pool.py, cache_full_blocks)", c: vllmMicro(64, cache),
			chunk: 16, requests: []asked{{in: 128, out: 1, content: ids(8), first: 2, cold: true},
				{in: 128, out: 1, content: ids(8), first: 3, cached: 112}}},
		{name: "beside a long prompt a short one passes (long_prefill_token_threshold)", c: vllmMicro(128, threshold(64)),
			requests: []asked{{in: 256, out: 1, first: 4}, {in: 64, out: 1, first: 1}}},
		{name: "a prompt gets what decodes leave (schedule)", c: vllmMicro(4), requests: append(
			alike(3, asked{in: 1, out: 8, first: 1, last: 8}), asked{in: 4, out: 1, first: 4})},
	})
}

// TestBySGLangsSource: python/sglang/srt/managers/scheduler.py, get_next_batch_to_run, and
// schedule_policy.py, PrefillAdder, unless a row says otherwise.
func TestBySGLangsSource(t *testing.T) {
	runMicros(t, []micro{
		{name: "decodes wait for prompts (get_next_batch_to_run)", c: sglangMicro(8192), requests: []asked{
			{in: 10, out: 4, first: 1, last: 6}, {at: 0.5, in: 10, out: 2, first: 2, last: 4},
			{at: 1.5, in: 10, out: 2, first: 3, last: 4}}},
		{name: "a long prompt takes several steps (add_chunked_req)", c: sglangMicro(100), requests: []asked{
			{in: 250, out: 2, first: 3, last: 4}}},
		{name: "beside its last piece others join (add_one_req)", c: sglangMicro(100), requests: []asked{
			{in: 150, out: 2, first: 2, last: 3}, {in: 30, out: 2, first: 2, last: 3}}},
		{name: "no more run than max_running_requests (get_new_batch_prefill)", c: sglangMicro(8192, slots(1)),
			requests: []asked{{in: 16, out: 3, first: 1, last: 3}, {in: 16, out: 1, first: 4}}},
		{name: "a match is by the token (radix_cache.py, match_prefix)", c: sglangMicro(8192, cache), chunk: 16,
			requests: []asked{{in: 72, out: 1, content: []uint64{1, 2, 3, 4, 5}, first: 1, cold: true},
				{at: 5, in: 80, out: 1, content: []uint64{1, 2, 3, 4, 9}, first: 6, cached: 64}}},
		{name: "or by the page (radix_cache.py, page_align)", c: sglangMicro(8192, cache, page(16)), chunk: 16,
			requests: []asked{{in: 64, out: 1, content: ids(4), first: 1, cold: true},
				{at: 5, in: 64, out: 1, content: ids(4), first: 6, cached: 48}}},
		{name: "decodes take of a mixed chunk (PrefillAdder, mixed_with_decode_tokens)", c: sglangMicro(20, mixed),
			requests: []asked{{in: 4, out: 6, first: 1, last: 6}, {at: 0.5, in: 36, out: 2, first: 3, last: 4}}},
		{name: "max_prefill_tokens end a batch (budget_state)", c: sglangMicro(8192, prefill(64)), requests: []asked{
			{in: 64, out: 2, first: 1, last: 3}, {in: 64, out: 2, first: 2, last: 3}}},
		// 100 tokens and 100 declared of 300 leave 100 in the first step, and 200 less 0.7 of 99 in the second:
		// too few for as many, and the batch counts as full until a request ends.
		{name: "declared outputs are expected by their share (rem_total_tokens)", c: sglangMicro(8192, blocks(300)),
			requests: []asked{{in: 100, out: 50, most: 100, first: 1, last: 50},
				{in: 100, out: 50, most: 100, first: 51}}},
		{name: "who comes during a step joins the one after the next (event_loop_overlap)", c: sglangMicro(8192, late),
			requests: []asked{{in: 16, out: 10, first: 1, last: 11}, {at: 0.5, in: 16, out: 1, first: 3}}},
	})
}

// TestByTRTLLMsSource: cpp/tensorrt_llm/batch_manager/capacityScheduler.cpp (GuaranteedNoEvictScheduler) and
// microBatchScheduler.cpp, unless a row says otherwise.
func TestByTRTLLMsSource(t *testing.T) {
	runMicros(t, []micro{
		{name: "a prompt is cut to whole blocks of what is left (setCtxRequestsChunkSize)", c: trtllmMicro(64),
			requests: []asked{{in: 32, out: 6, first: 1, last: 6}, {in: 64, out: 2, first: 2, last: 3}}},
		{name: "less than a block left is none (setCtxRequestsChunkSize)", c: trtllmMicro(40), requests: []asked{
			{in: 32, out: 4, first: 1, last: 4}, {in: 40, out: 2, first: 3, last: 4}}},
		{name: "longest outputs are reserved (getRemainingBlocksToCompletion)", c: trtllmMicro(8192, blocks(8)),
			requests: []asked{{in: 96, out: 32, first: 1, last: 32}, {in: 96, out: 32, first: 1, last: 32},
				{in: 32, out: 1, first: 33}}},
		{name: "whole prompts alone without chunking (microBatchScheduler)", c: trtllmMicro(100, whole),
			requests: []asked{{in: 60, out: 3, first: 1, last: 3}, {in: 60, out: 3, first: 2, last: 4}}},
		{name: "and none before one that does not fit (microBatchScheduler)", c: trtllmMicro(100, whole),
			requests: []asked{{in: 60, out: 5, first: 1, last: 5}, {in: 60, out: 2, first: 2},
				{in: 30, out: 2, first: 2}}},
		{name: "no more run than max_batch_size (py_executor.py, _fetch_new_requests)", c: trtllmMicro(8192, slots(1)),
			requests: []asked{{in: 32, out: 3, first: 1, last: 3}, {in: 32, out: 1, first: 4}}},
		{name: "who comes during a step joins the one after the next (_executor_loop_overlap)",
			c:        trtllmMicro(8192, late),
			requests: []asked{{in: 32, out: 10, last: 10}, {at: 0.5, in: 32, out: 1, first: 3}}},
		{name: "an ended request's blocks are all found (kvCacheManager.cpp, releaseBlocks)", c: trtllmMicro(8192, cache),
			chunk: 32, requests: []asked{{in: 128, out: 1, content: ids(4), first: 1, cold: true},
				{at: 5, in: 160, out: 1, content: []uint64{1, 2, 3, 4, 9}, first: 6, cached: 128}}},
		{name: "a prompt in progress goes before new ones (sortRequests)", c: trtllmMicro(64), requests: []asked{
			{in: 160, out: 2, first: 3, last: 4}, {in: 32, out: 2, first: 3, last: 4}}},
		{name: "none passes one whose blocks do not fit (GuaranteedNoEvictScheduler)", c: trtllmMicro(8192, blocks(8)),
			requests: []asked{{in: 96, out: 64, first: 1, last: 64}, {in: 96, out: 32, first: 65},
				{in: 32, out: 32, first: 65}}},
	})
}
