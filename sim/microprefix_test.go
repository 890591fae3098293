package sim

import (
	"testing"

	"github.com/roofserve/roofserve/sim/router"
)

// TestWindowsHoldChunks are the further sides of C10 (SlidingWindowManager of the same file).
func TestWindowsHoldChunks(t *testing.T) {
	runMicros(t, []micro{
		// 33 and 5 blocks of 102 are the first one's when the second asks for 64.
		{name: "what the window has left is free when the chunk is computed",
			c:        vllmMicro(1024, blocks(103), window(64)),
			requests: []asked{{in: 512, out: 20, first: 1}, {in: 512, out: 20, first: 2}}},
		// 32 blocks, and of the window 12 more than the 5 kept; with 1,024 tokens a step it would be 32.
		{name: "admission asks for the windows of one step", c: vllmMicro(128, blocks(51), window(64)),
			requests: []asked{{in: 512, out: 2, first: 4}}},
		{name: "and refuses what never fits", c: vllmMicro(1024, blocks(51), window(64)),
			requests: []asked{{in: 512, out: 2, failed: true}}},
	})
}

// TestRanksAreBalanced is C12: vLLM's front end goes by 4 times those that wait and those that run in counts
// of every 100 ms, and by what it has sent since (core_client.py, get_core_engine_for_request); SGLang takes
// ranks in turn (data_parallel_controller.py, round_robin_scheduler). A long prompt holds up the rank that
// it is on.
func TestRanksAreBalanced(t *testing.T) {
	requests := func(first, last int) []asked {
		list := []asked{{in: 16, out: 400, first: 1}, {at: 0.1, in: 12800, out: 5}}
		for i := range 4 {
			list = append(list, asked{at: 0.2 + 0.1*float64(i), in: 16, out: 400})
		}
		return append(list, asked{at: 105, in: 16, out: 5, first: first},
			asked{at: 106, in: 16, out: 5, first: last})
	}
	balanced := func(by string) func(*Config) {
		return func(c *Config) { c.DP, c.Balancer, c.StatsInterval = 2, by, 100*tickTime }
	}
	runMicros(t, []micro{
		{name: "C12, published counts", c: vllmMicro(64, balanced(router.VLLMDP)), requests: requests(106, 107)},
		{name: "C12, the fewest", c: vllmMicro(64, balanced(router.LeastOutstanding)), requests: requests(106, 202)},
		{name: "C12, in turn", c: vllmMicro(64, balanced(router.RoundRobin)), requests: requests(106, 202)},
	})
}

// TestHitsByMixer are vLLM's rules of what counts as cached where layers keep less than everything
// (vllm/v1/core/single_type_kv_cache_manager.py, find_longest_cache_hit of SlidingWindowManager and
// MambaManager; scheduler.py, _mamba_block_aligned_split).
func TestHitsByMixer(t *testing.T) {
	other := []uint64{1, 2, 3, 4, 15, 16, 17, 18}
	runMicros(t, []micro{
		{name: "a window needs its last blocks", c: vllmMicro(512, cache, window(33)), chunk: 16, requests: []asked{
			{in: 128, out: 1, content: ids(8), cold: true},
			{at: 5, in: 128, out: 1, content: other, first: 6, cached: 64}}},
		// Of 17 blocks the first holds 16; the second takes the one that is left and of the window's, which are
		// given up first, the deepest five.
		{name: "and finds less where they are gone", c: vllmMicro(512, cache, window(33), blocks(18)), chunk: 16,
			requests: []asked{{in: 128, out: 1, content: ids(8), cold: true},
				{at: 2, in: 48, out: 1, content: []uint64{31, 32, 33}, cold: true},
				{at: 5, in: 128, out: 1, content: other, first: 6, cold: true}}},
		{name: "a state is kept at the end of a chunk", c: vllmMicro(512, cache, states), chunk: 16, requests: []asked{
			{in: 72, out: 2, content: ids(5), first: 2, cold: true}, // 64 and 8
			{at: 5, in: 72, out: 1, content: ids(5), first: 6, cached: 64},
			{at: 9, in: 72, out: 1, content: []uint64{1, 2, 3, 24, 25}, first: 11, cold: true}}},
		{name: "chunks end at blocks", c: vllmMicro(40, cache, states), chunk: 16, requests: []asked{
			{in: 72, out: 1, content: ids(5), first: 3, cold: true}, // 32, 32, 8
			{at: 5, in: 72, out: 1, content: []uint64{1, 2, 3, 24, 25}, first: 7, cached: 32}}},
		{name: "a state that was evicted takes the hit with it", c: vllmMicro(512, cache, states, blocks(9)), chunk: 16,
			requests: []asked{{in: 72, out: 1, content: ids(5), cold: true},
				{at: 5, in: 40, out: 1, content: []uint64{31, 32, 33}, cold: true},
				{at: 9, in: 72, out: 1, content: ids(5), cold: true}}},
	})
}
