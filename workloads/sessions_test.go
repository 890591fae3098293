package workloads_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/workloads"
)

// told is what a file of conversations or sessions holds: a request, the gap after the answer that it
// follows (-1 where it follows none), the number of its session in the order of the stream, and how many of
// its blocks of 16 tokens begin a context that an earlier request had, answers included, and how many it
// has.
type told struct {
	ms            float64
	gap           float64 // ms
	session       int
	input, output int
	known, blocks int
}

// conversed are files of testdata/formats, with what stands in them. 60 characters are 16 tokens.
var conversed = map[string][]told{
	"sharegpt.json": {
		{0, -1, 0, 32, 16, 0, 3},
		{0, 0, 0, 64, 8, 3, 4},
		{0, -1, 1, 48, 16, 2, 4}, // its system prompt is what the first conversation began with
	},
	"lmsys.jsonl": {
		{0, -1, 0, 16, 32, 0, 3}, {0, 0, 0, 56, 16, 3, 4},
		{0, -1, 1, 10, 8, 0, 1}, // 22 characters of Chinese take 9.9 tokens
	},
	"openai-batch.jsonl":       {{0, -1, 0, 32, 100, 0, 2}, {0, -1, 1, 24, 50, 1, 1}},
	"openai-batch-calls.jsonl": {{0, -1, 0, 32, 100, 0, 2}, {0, -1, 1, 32, 50, 2, 2}, {0, -1, 2, 16, 20, 0, 1}, {0, -1, 3, 16, 30, 1, 1}},
	"ultrachat.jsonl":          {{0, -1, 0, 16, 32, 0, 3}, {0, 0, 0, 64, 16, 3, 5}},
	"sharegpt-items.json":      {{0, -1, 0, 32, 16, 0, 3}},
	// An answer beside the one that was gone on with, and in the second chat after the one shown first.
	"chatgpt-export.json":    {{0, -1, 0, 16, 32, 0, 3}, {0, 0, 0, 64, 16, 3, 5}, {0, -1, 1, 16, 16, 1, 2}},
	"claude-export.json":     {{0, -1, 0, 16, 32, 0, 3}},
	"open-webui-export.json": {{0, -1, 0, 16, 16, 0, 2}, {0, 0, 0, 48, 16, 2, 4}},
	"alpaca.json":            {{0, -1, 0, 32, 16, 0, 3}, {0, -1, 1, 48, 32, 2, 5}},
	"dolly.jsonl":            {{0, -1, 0, 48, 16, 0, 4}},
	"vllm-custom.jsonl":      {{0, -1, 0, 32, 128, 0, 2}, {0, -1, 1, 48, 64, 2, 3}},
	"trtllm-dataset.jsonl":   {{0, -1, 0, 40, 12, 0, 2}, {0, -1, 1, 33, 5, 2, 2}},
	"aiperf-sessions.jsonl": {
		{0, -1, 0, 1100, 20, 0, 70},
		{0, 12219.3, 0, 1160, 12, 70, 73}, // 1,100 and the answer of 20 and 40 more
		{0, -1, 1, 1030, 8, 64, 64},       // the first two ids are known, 1,024 tokens
		{0, 400.25, 1, 1638, 9, 64, 102},
	},
	"dynamo-sessions.jsonl": {
		{0, -1, 0, 100, 30, 0, 8},
		{0, 250, 0, 190, 4, 6, 12}, // as the file has it: what the answer was is not said
		{1000, -1, 1, 70, 5, 4, 4},
		{2000, -1, 1, 128, 6, 4, 8},
	},
	"mt-bench.jsonl": { // each answer of 256
		{0, -1, 0, 32, 256, 0, 18}, {0, 0, 0, 304, 256, 18, 35},
		{0, -1, 1, 32, 256, 2, 18}, {0, 0, 1, 304, 256, 18, 35},
	},
	"aiperf-single-turn.jsonl": {{0, -1, 0, 32, 50, 0, 5}, {250.5, -1, 1, 32, 256, 2, 18}},
	"aiperf-multi-turn.jsonl":  {{0, -1, 0, 32, 48, 0, 5}, {0, 1000, 0, 96, 5, 5, 6}, {0, -1, 1, 32, 256, 1, 18}},
	"aiperf-inputs.json":       {{0, -1, 0, 32, 64, 0, 2}, {0, 0, 0, 64, 9, 2, 4}, {0, -1, 1, 32, 256, 2, 2}},
	"genai-perf-inputs.json":   {{0, -1, 0, 32, 128, 0, 2}, {0, -1, 1, 16, 7, 0, 1}},
	"arriving-texts.jsonl":     {{0, -1, 0, 16, 1024, 0, 1}, {500, -1, 1, 32, 7, 1, 2}},
	"raw-payloads.jsonl":       {{0, -1, 0, 32, 30, 0, 2}, {0, -1, 1, 32, 8, 2, 2}},
	"arena.jsonl":              {{0, -1, 0, 16, 32, 0, 3}, {0, -1, 1, 16, 16, 1, 2}},
	"tracelab.jsonl": {
		{0, -1, 0, 1000, 100, 0, 68},
		{0, 2000, 0, 1300, 50, 62, 84}, // of 1,000 tokens 62 whole blocks
		{0, 58000, 0, 1500, 60, 81, 97},
		{1500, -1, 1, 2000, 200, 0, 137},
	},
	"mooncake-texts.jsonl": {
		{0, -1, 0, 32, 50, 0, 5}, {1000, -1, 1, 16, 20, 0, 2},
		{2000, -1, 0, 64, 30, 2, 5}, // what it says was answered is not what was
		{3000, -1, 2, 16, 16, 0, 2}, {3000, 500, 2, 48, 8, 2, 3},
		{4000, -1, 3, 32, 7, 1, 2},
	},
	"own.jsonl": {{500, -1, 0, 40, 9, 0, 3}, {500, 1250, 0, 60, 2, 3, 3}, {1750, -1, 1, 7, 3, 0, 0}},
	"oasst-trees.jsonl": {
		{0, -1, 0, 16, 16, 0, 2}, {0, 0, 0, 48, 32, 2, 5}, // the better of two replies
		{0, -1, 1, 16, 16, 1, 2},
	},
	"oasst-messages.jsonl": {
		{0, -1, 0, 16, 16, 0, 2}, {0, 0, 0, 48, 32, 2, 5},
		{0, -1, 1, 16, 16, 1, 2},
	},
	"wildchat.jsonl": {
		{0, -1, 0, 32, 16, 0, 3},
		{1000, -1, 1, 16, 16, 1, 2}, {1000, 30e3, 1, 48, 16, 2, 4}, // 30 s are between its answers
	},
	"lmcache-agents.jsonl": {
		{0, -1, 0, 32, 120, 0, 9}, {0, 1500, 0, 64, 60, 2, 7},
		{0, -1, 1, 32, 7, 1, 2},
	},
	"prompts.jsonl":             {{0, -1, 0, 16, 256, 0, 1}, {0, -1, 1, 32, 256, 1, 2}},
	"humaneval.jsonl":           {{0, -1, 0, 16, 16, 0, 2}},
	"longbench.jsonl":           {{0, -1, 0, 48, 16, 0, 4}},
	"squad.jsonl":               {{0, -1, 0, 32, 16, 0, 3}},
	"sglang-custom.jsonl":       {{0, -1, 0, 16, 16, 0, 2}, {0, 0, 0, 48, 16, 2, 4}},
	"gemini.jsonl":              {{0, -1, 0, 32, 16, 0, 3}},
	"gemini-batch.jsonl":        {{0, -1, 0, 16, 200, 0, 1}},
	"bedrock-batch.jsonl":       {{0, -1, 0, 16, 300, 0, 1}},
	"anthropic-batch.jsonl":     {{0, -1, 0, 16, 1024, 0, 1}},
	"anthropic-batch.json":      {{0, -1, 0, 16, 1024, 0, 1}, {0, -1, 1, 32, 512, 1, 2}},
	"perf-analyzer-inputs.json": {{0, -1, 0, 16, 128, 0, 1}, {0, -1, 1, 16, 256, 0, 1}},
	"lm-eval.jsonl":             {{0, -1, 0, 32, 16, 0, 3}, {0, -1, 1, 16, 16, 2, 2}},
	"swe-bench.jsonl":           {{0, -1, 0, 32, 16, 0, 3}},
	"swe-agent.traj":            {{0, -1, 0, 32, 16, 0, 3}, {0, 0, 0, 64, 16, 3, 5}},
	"swe-smith.jsonl":           {{0, -1, 0, 16, 16, 0, 2}},
	"trajectory.jsonl":          {{0, -1, 0, 16, 16, 0, 2}, {0, 0, 0, 48, 16, 2, 4}},
	"weka.json": {
		{0, -1, 0, 128, 86, 0, 13},
		{2000, -1, 0, 192, 10, 8, 12},
		{3250, -1, 1, 100, 5, 4, 6},
	},
}

func TestConversationsAndSessions(t *testing.T) {
	for name, want := range conversed {
		source, err := workloads.Open(name, "testdata/formats", workloads.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if p, is := source.(workloads.Prefixed); !is || p.BlockTokens() != 16 {
			t.Errorf("%s: blocks of 16 tokens are not announced", name)
		}
		var got []told
		var sessions []uint64
		met := map[uint64]bool{}
		for _, r := range read(t, source) {
			if !slices.Contains(sessions, r.Session) {
				sessions = append(sessions, r.Session)
			}
			one := told{ms: float64(r.Arrival) / float64(milli), gap: -1, session: slices.Index(sessions, r.Session),
				input: r.Input, output: r.Output, blocks: len(r.Blocks)}
			if r.Follows {
				one.gap = float64(r.Gap) / float64(milli)
			}
			for one.known < len(r.Blocks) && met[r.Blocks[one.known]] {
				one.known++
			}
			for _, id := range r.Blocks {
				met[id] = true
			}
			got = append(got, one)
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(told{})); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// Turns on a schedule: each comes its pause after the one before it was sent, between the sessions that begin
// meanwhile.
func TestTurnsOnSchedule(t *testing.T) {
	turn := func(gap, input int, ids ...uint64) workloads.Request {
		return workloads.Request{Follows: true, Gap: units.Picoseconds(gap) * second, Input: input, Output: 1,
			Blocks: ids}
	}
	first := func(at, input int, ids ...uint64) workloads.Request {
		return workloads.Request{Arrival: units.Picoseconds(at) * second, Input: input, Output: 1, Blocks: ids}
	}
	from := []workloads.Request{first(0, 1, 10), turn(5, 2, 10, 11), turn(5, 3, 10, 11, 12),
		first(2, 4, 20), turn(3, 5, 20, 21), first(9, 6)}
	want := []struct {
		at, input int
		ids       []uint64
	}{
		{0, 1, []uint64{10}}, {2, 4, []uint64{20}}, {5, 2, []uint64{10, 11}}, {5, 5, []uint64{20, 21}}, {9, 6, nil},
		{10, 3, []uint64{10, 11, 12}},
	}
	s := workloads.OnSchedule(&list{requests: from})
	var r workloads.Request
	for i, w := range want {
		if !s.Next(&r) || r.Arrival != units.Picoseconds(w.at)*second || r.Input != w.input || r.Follows ||
			!slices.Equal(r.Blocks, w.ids) {
			t.Fatalf("request %d is %+v; want %+v", i, r, w)
		}
	}
	if s.Next(&r) || s.Err() != nil || workloads.HasTurns(s) {
		t.Errorf("%+v, %v, after the last", r, s.Err())
	}
}
