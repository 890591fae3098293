package sim

import "testing"

// TestTRTLLMStepByStep: cpp/tensorrt_llm/batch_manager/capacityScheduler.cpp, GuaranteedNoEvictScheduler, and
// microBatchScheduler.cpp of 1.0 and 1.1, unless a row says otherwise.
func TestTRTLLMStepByStep(t *testing.T) {
	runWalks(t, []walk{
		{rule: "who cannot get a whole block is passed by a prompt that fits (setCtxRequestsChunkSize)",
			c: trtllmMicro(64),
			requests: []asked{{in: 40, out: 5, first: 1, last: 5}, {in: 48, out: 2, first: 2, last: 3},
				{in: 20, out: 2, first: 1, last: 2}},
			steps: "60p|48p 2d|2d|1dx2"},
		// A prompt's last block is stored when its request has ended, so that the third waits for the second's.
		{rule: "alike prompts begin one after the other (kvCacheManager.cpp, findNewContextBlock)",
			c: trtllmMicro(8192, cache), chunk: 32, requests: []asked{
				{in: 128, out: 3, content: ids(4), first: 1, last: 3, cold: true},
				{in: 128, out: 3, content: ids(4), first: 2, last: 4, cached: 96},
				{in: 128, out: 3, content: ids(4), first: 3, last: 5, cached: 96}},
			steps: "128p|32p 1d|32p 2d|2d|1d"},
		{rule: "and others pass them (beneficialToSkip)",
			c: trtllmMicro(8192, cache), chunk: 32, requests: []asked{
				{in: 128, out: 3, content: ids(4), first: 1}, {in: 128, out: 3, content: ids(4), first: 2, cached: 96},
				{in: 64, out: 3, content: []uint64{11, 12}, first: 1}},
			steps: "192p|32p 2d|3d|1d"},
		// In step 1 the third has 32 tokens beside the first's 64; in step 2 the second, which was held back,
		// takes all but 31.
		{rule: "but have the tokens that are left by them again (activeRequests)",
			c: trtllmMicro(96, cache), chunk: 32,
			requests: []asked{{in: 64, out: 10, content: ids(2), first: 1, last: 10},
				{in: 96, out: 2, content: ids(3), first: 2, last: 3, cached: 32},
				{in: 160, out: 2, content: []uint64{11, 12, 13, 14, 15}, first: 4, last: 5}},
			steps: "96p|64p 1d|64p 2d|64p 1d|2d|1dx5"},
		{rule: "what will be found is guaranteed all the same (getRemainingBlocksToCompletion)",
			c: trtllmMicro(8192, cache, blocks(8)), chunk: 32, requests: []asked{
				{in: 96, out: 33, content: ids(3), first: 1, last: 33},
				{at: 5, in: 96, out: 10, content: ids(3), first: 34, last: 43, cached: 95}},
			steps: "96p|1dx32|1p|1dx9"},
		{rule: "and counts in the tokens of a step (getNumTokens)",
			c: trtllmMicro(100, cache, whole), chunk: 32, requests: []asked{
				{in: 64, out: 1, content: ids(2), first: 1},
				{at: 5, in: 64, out: 2, content: ids(2), first: 6, cached: 63},
				{at: 5, in: 64, out: 2, content: []uint64{11, 12}, first: 7}},
			steps: "64p|1p|64p 1d|1d"},
		{rule: "what is found stands before the first chunk (llmRequest.h, setPrepopulatedPromptLen)",
			c: trtllmMicro(64, cache), chunk: 32, requests: []asked{{in: 128, out: 1, content: ids(4), first: 2},
				{at: 5, in: 160, out: 2, content: []uint64{1, 2, 3, 4, 9}, first: 6, cached: 128}},
			steps: "64px2|32p|1d"},
		{rule: "all but a prompt's last token are stored while it runs (storeContextBlocks)",
			c:     trtllmMicro(8192, cache),
			chunk: 32, requests: []asked{{in: 64, out: 9, content: ids(2), first: 1, last: 9},
				{at: 3.5, in: 64, out: 2, content: ids(2), first: 5, cached: 32}},
			steps: "64p|1dx3|32p 1d|2d|1dx3"},
	})
}

// TestTRTLLMPausesStepByStep: capacityScheduler.cpp, MaxUtilizationScheduler.
func TestTRTLLMPausesStepByStep(t *testing.T) {
	runWalks(t, []walk{
		// In 34 the first takes the second's fourth block; 96 of its 129 tokens are found in 41.
		{rule: "who was paused finds what is left of its blocks (kvCacheManager.cpp, releaseBlocks)",
			c: trtllmMicro(8192, cache, blocks(8), mostUsed), requests: []asked{
				{in: 96, out: 40, first: 1, last: 40}, {in: 96, out: 40, first: 1, last: 47, preempts: true}},
			steps: "192p|2dx32|1dx7|33p|1dx6"},
		// It holds five of eight blocks, of which the first asks for one in step 3.
		{rule: "a prompt in progress is paused, too",
			c: trtllmMicro(128, blocks(8), mostUsed), requests: []asked{
				{in: 95, out: 6, first: 1, last: 6}, {in: 160, out: 2, first: 8, last: 9, preempts: true}},
			steps: "127p|96p 1d|1dx4|128p|32p|1d"},
		{rule: "none passes one whose prompt does not fit",
			c: trtllmMicro(8192, blocks(8), mostUsed), requests: []asked{
				{in: 160, out: 5, first: 1, last: 5}, {at: 0.5, in: 128, out: 2, first: 6},
				{at: 0.5, in: 32, out: 2, first: 6}},
			steps: "160p|1dx4|160p|2d"},
	})
}
