package sim

import "testing"

func equally(c *Config) { c.Limits.EqualProgress = true }

func atMost(requests int) func(*Config) {
	return func(c *Config) { c.Limits.PrefillMaxRequests = requests }
}

// How prompts that do not all fit into a step share it, block by block of 32 tokens
// (microBatchScheduler.cpp, MicroBatchScheduler::setCtxRequestsChunkSize of kEQUAL_PROGRESS).
func TestMicroEqualProgress(t *testing.T) {
	runMicros(t, []micro{{
		// 64 and 64 tokens, then 64 and 36; first come, first served they are 128, then 100 of the other.
		name: "two prompts go on together", c: trtllmMicro(128, equally), requests: []asked{
			{in: 128, out: 2, first: 2, last: 3}, {in: 100, out: 2, first: 2, last: 3}},
	}, {
		name: "and one after the other where the first has all", c: trtllmMicro(128), requests: []asked{
			{in: 128, out: 2, first: 1, last: 2}, {in: 100, out: 2, first: 2, last: 3}},
	}, {
		// Of 100 tokens three prompts get 32 each; a fourth, whose 4 tokens fit into what is left, has them.
		name: "one that is short passes", c: trtllmMicro(100, equally), requests: []asked{
			{in: 64, out: 1, first: 2}, {in: 64, out: 1, first: 2}, {in: 36, out: 1, first: 2},
			{in: 4, out: 1, first: 1}},
	}, {
		// The longer gets 64, 64, 64 and 8 tokens, the other 32 in each of the first three steps.
		name: "a loop goes round until nothing fits", c: trtllmMicro(96, equally), requests: []asked{
			{in: 200, out: 1, first: 4}, {in: 96, out: 1, first: 3}},
	}, {
		// All fit, so that none is cut.
		name: "prompts that fit are whole", c: trtllmMicro(128, equally), requests: []asked{
			{in: 50, out: 1, first: 1}, {in: 70, out: 1, first: 1}},
	}, {
		// The first decodes from 2 on: 63 tokens are left, of which 31 would be no block.
		name: "decodes come first", c: trtllmMicro(64, equally), requests: []asked{
			{at: 0, in: 16, out: 9, first: 1, last: 9}, {at: 0.5, in: 64, out: 1, first: 3},
			{at: 0.6, in: 64, out: 1, first: 5}},
	}})
}

// How many requests a step of prompts takes in (schedule_policy.py, PrefillAdder.add_one_req,
// prefill_max_requests).
func TestMicroPrefillMaxRequests(t *testing.T) {
	runMicros(t, []micro{{
		// 2 in 1 and 1 in 2, as prompts come before decodes; the first two get their second token in 3.
		name: "two a step", c: sglangMicro(8192, atMost(2)), requests: []asked{
			{in: 16, out: 2, first: 1, last: 3}, {in: 16, out: 2, first: 1, last: 3},
			{in: 16, out: 2, first: 2, last: 3}},
	}, {
		name: "no limit", c: sglangMicro(8192), requests: alike(3, asked{in: 16, out: 2, first: 1, last: 2}),
	}, {
		// The piece of a prompt that goes on is one of them: 100, then 50 alone, then the other.
		name: "a prompt that goes on counts", c: sglangMicro(100, atMost(1)), requests: []asked{
			{in: 150, out: 1, first: 2}, {in: 16, out: 1, first: 3}},
	}, {
		name: "where there is room it is joined", c: sglangMicro(100, atMost(2)), requests: []asked{
			{in: 150, out: 1, first: 2}, {in: 16, out: 1, first: 2}},
	}, {
		// The batch is not full, so that the next step of prompts takes in the next.
		name: "the rest come in the next steps", c: sglangMicro(8192, atMost(1)), requests: []asked{
			{in: 16, out: 3, first: 1, last: 5}, {in: 16, out: 3, first: 2, last: 5},
			{in: 16, out: 3, first: 3, last: 5}},
	}})
}
