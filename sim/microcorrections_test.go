package sim

import "testing"

// TestCorrections are the rows of a comparison with the engines' sources, each with its number, in which
// schedules once differed.
func TestCorrections(t *testing.T) {
	runMicros(t, []micro{
		{name: "C1: a refusal beside an empty running batch is forgotten", c: sglangMicro(8192, blocks(1000)), requests: []asked{
			{in: 100, out: 50, most: 400, first: 1}, {in: 100, out: 50, most: 400, first: 2},
			{in: 100, out: 50, most: 400, first: 52}}},
		{name: "C1, overlap", c: sglangMicro(8192, blocks(1000), late), requests: []asked{
			{in: 100, out: 50, most: 400, first: 1}, {in: 100, out: 50, most: 400, first: 2},
			{in: 100, out: 50, most: 400, first: 53}}},
		{name: "C2: a prompt's last chunk reserves its output", c: sglangMicro(100, blocks(1000)), requests: []asked{
			{in: 150, out: 10, most: 500, first: 2}, {in: 50, out: 10, most: 300, first: 3}}},
		{name: "C3: a prompt is known when its pass has been processed", c: sglangMicro(8192, cache), chunk: 16, requests: []asked{
			{in: 64, out: 1, content: ids(4), first: 1, cold: true},
			{in: 64, out: 1, content: ids(4), first: 1, cold: true},
			{at: 5, in: 64, out: 1, content: ids(4), first: 6, cached: 63}}},
		{name: "C3, the next step", c: sglangMicro(8192, cache, prefill(64)), chunk: 16, requests: []asked{
			{in: 64, out: 9, content: ids(4), first: 1, cold: true},
			{in: 64, out: 1, content: ids(4), first: 2, cached: 63}}},
		{name: "C3, the next step, overlap", c: sglangMicro(8192, cache, prefill(64), late), chunk: 16, requests: []asked{
			{in: 64, out: 9, content: ids(4), first: 1, cold: true},
			{in: 64, out: 1, content: ids(4), first: 2, cold: true}}},
		{name: "C4: a finished row stays in the next step", c: sglangMicro(8192, slots(2), late), requests: []asked{
			{in: 16, out: 10, last: 11}, {in: 16, out: 2, last: 2}, {in: 16, out: 2, first: 5}}},
		{name: "C4, no overlap", c: sglangMicro(8192, slots(2)), requests: []asked{
			{in: 16, out: 10, last: 11}, {in: 16, out: 2, last: 2}, {in: 16, out: 2, first: 4}}},
		{name: "C5: a slot is free after the output is processed", c: vllmMicro(512, slots(2), late), requests: []asked{
			{in: 16, out: 2, last: 2}, {in: 16, out: 10, last: 10}, {in: 16, out: 2, first: 4}}},
		{name: "C5, planned in turn", c: vllmMicro(512, slots(2)), requests: []asked{
			{in: 16, out: 2, last: 2}, {in: 16, out: 10, last: 10}, {in: 16, out: 2, first: 3}}},
		{name: "C6: chunks that are cut are whole blocks", c: trtllmMicro(100), requests: []asked{
			{in: 200, out: 2, first: 3}}},
		{name: "C7: who would compute another's block waits for it", c: trtllmMicro(8192, cache), chunk: 32, requests: []asked{
			{in: 128, out: 3, content: ids(4), first: 1, cold: true},
			{in: 128, out: 3, content: ids(4), first: 2, cached: 96}}},
		{name: "C7, overlap", c: trtllmMicro(8192, cache, late), chunk: 32, requests: []asked{
			{in: 128, out: 3, content: ids(4), first: 1, cold: true},
			{in: 128, out: 3, content: ids(4), first: 2, cold: true}}},
		{name: "C7: all but one token of what is whole", c: trtllmMicro(8192, cache), chunk: 32, requests: []asked{
			{in: 128, out: 3, content: ids(4), cold: true},
			{at: 5, in: 128, out: 3, content: ids(4), first: 6, cached: 127}}},
		{name: "C8: prompt and output are reserved, the last token too", c: trtllmMicro(8192, blocks(8)), requests: []asked{
			{in: 96, out: 33, first: 1}, {in: 96, out: 33, first: 34}}},
		{name: "C9: too long a prompt is refused by itself", c: trtllmMicro(8192, whole), requests: []asked{
			{in: 8192, out: 2, first: 1}, {in: 8193, out: 2, failed: true}, {in: 100, out: 2, first: 2}}},
		// Of 99 blocks the first holds 32 and 32 while it is computed, and 32 and 5 after that; the second asks
		// for 64.
		{name: "C10: a window holds the whole chunk", c: vllmMicro(1024, blocks(100), window(64)), requests: []asked{
			{in: 512, out: 20, first: 1}, {in: 512, out: 20, first: 21}}},
		{name: "C11: block 0 is the null block", c: vllmMicro(512, blocks(10)), requests: []asked{
			{in: 144, out: 17, failed: true}, {in: 144, out: 1, first: 1}}},
		{name: "C13: max_prefill_tokens refuses no prompt that can be cut", c: sglangMicro(8192, newest), requests: []asked{
			{in: 1000, out: 2, first: 1}, {in: 20000, out: 2, first: 3}}},
		{name: "C13, before", c: sglangMicro(8192), requests: []asked{
			{in: 1000, out: 2, first: 1}, {in: 20000, out: 2, first: 4}}},
		// Both have 37 tokens when 200 slots are full at 40. The second leaves its prompt, of which the first
		// takes the last six tokens by 83; 43 are computed in two steps.
		{name: "C14: of a retracted request the prompt stays findable", c: sglangMicro(32, cache, blocks(200), hopeful),
			chunk: 16, requests: []asked{{in: 64, out: 80, content: ids(4), first: 2, last: 83},
				{in: 64, out: 60, content: []uint64{5, 6, 7, 8}, first: 4, last: 107, preempts: true}}},
		{name: "C17: requests are fetched while fewer are active", c: trtllmMicro(8192, slots(2), late), requests: []asked{
			{in: 16, out: 2, last: 2}, {in: 16, out: 10, last: 10}, {in: 16, out: 2, first: 4}}},
		{name: "C17: blocks are free a step later", c: trtllmMicro(8192, blocks(8), late), requests: []asked{
			{in: 64, out: 2, last: 2}, {in: 96, out: 32, last: 32}, {in: 64, out: 2, first: 4}}},
		{name: "C18: the chunk is charged by the page", c: sglangMicro(32, page(16)), requests: []asked{
			{in: 17, out: 2, first: 1}, {in: 16, out: 2, first: 2}}},
		{name: "C18, by the token", c: sglangMicro(33), requests: []asked{
			{in: 17, out: 2, first: 1}, {in: 16, out: 2, first: 1}}},
	})
}

// TestAsBefore are the rows in which schedules were equal to the engines' all along.
func TestAsBefore(t *testing.T) {
	runMicros(t, []micro{
		{name: "vLLM's chunks", c: vllmMicro(512), requests: []asked{
			{in: 1000, out: 3, first: 2, last: 4}, {in: 100, out: 2, first: 3, last: 4},
			{in: 600, out: 2, first: 4, last: 5}}},
		{name: "long_prefill_token_threshold", c: vllmMicro(512, threshold(128)), requests: []asked{
			{in: 600, out: 2, first: 5}, {in: 600, out: 2, first: 5}, {in: 600, out: 2, first: 5},
			{in: 300, out: 1, first: 3}}},
		{name: "the latest is recomputed, and nobody admitted beside", c: vllmMicro(512, blocks(11)), requests: []asked{
			{in: 64, out: 40, first: 1, last: 40}, {in: 64, out: 40, first: 1, last: 63, preempts: true}}},
		{name: "the last block is recomputed", c: vllmMicro(512, cache), chunk: 16, requests: []asked{
			{in: 64, out: 1, content: []uint64{1, 2, 3, 4}, first: 1, cold: true},
			{in: 64, out: 1, content: []uint64{1, 2, 3, 4}, first: 1, cached: 48},
			{at: 5, in: 64, out: 1, content: []uint64{1, 2, 3, 4}, first: 6, cached: 48}}},
		{name: "the oldest is evicted, tail first", c: vllmMicro(512, cache, blocks(13)), chunk: 16, requests: []asked{
			{in: 64, out: 1, content: []uint64{1, 2, 3, 4}},
			{at: 2, in: 64, out: 1, content: []uint64{5, 6, 7, 8}},
			{at: 4, in: 96, out: 1, content: []uint64{9, 10, 11, 12, 13, 14}, cold: true},
			{at: 6, in: 64, out: 1, content: []uint64{1, 2, 3, 4}, cached: 32},
			{at: 8, in: 64, out: 1, content: []uint64{5, 6, 7, 8}, cached: 32}}},
		{name: "decodes share the budget, older ones first", c: vllmMicro(4, slots(4)), requests: append(
			alike(3, asked{in: 1, out: 10, first: 1, last: 10}), asked{in: 10, out: 3, first: 10, last: 12})},
		{name: "mixed chunks", c: sglangMicro(100, mixed), requests: []asked{
			{in: 50, out: 6, first: 1, last: 6}, {at: 1.5, in: 250, out: 2, first: 5, last: 6}}},
		{name: "prompts first", c: sglangMicro(8192), requests: []asked{
			{in: 50, out: 6, first: 1, last: 7}, {at: 1.5, in: 250, out: 2, first: 3, last: 4}}},
	})
}
