package workloads_test

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/roofserve/roofserve/workloads"
)

// formatFile opens a file of testdata/formats.
func formatFile(t testing.TB, name string) workloads.Source {
	t.Helper()
	source, err := workloads.Open(name, "testdata/formats", workloads.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return source
}

// rewritten is what is read of a source after it was written.
func rewritten(t testing.TB, from workloads.Source, target string) ([]workloads.Request, string) {
	t.Helper()
	var b bytes.Buffer
	n, err := workloads.Write(&b, from, target)
	if err != nil {
		t.Fatal(err)
	}
	source := open(t, b.String())
	got := read(t, source)
	if len(got) != n {
		t.Errorf("%d requests were written, %d read", n, len(got))
	}
	return got, b.String()
}

// What is written in roofserve's own format is what is read, but for the highest bit of content ids.
func TestOwnFormatHoldsEverything(t *testing.T) {
	files, err := os.ReadDir("testdata/formats")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if file.Name() == "population.toml" { // of as many requests as it takes
			continue
		}
		source := formatFile(t, file.Name())
		if _, closed := source.(workloads.Closed); closed {
			continue
		}
		want := read(t, source)
		for i := range want {
			for j := range want[i].Blocks {
				want[i].Blocks[j] &= 1<<63 - 1
			}
			if len(want[i].Blocks) == 0 {
				want[i].Beyond = false
			}
		}
		got, _ := rewritten(t, formatFile(t, file.Name()), "roofserve")
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s: %s", file.Name(), diff)
		}
	}
}

func TestOtherFormatsHoldWhatTheySay(t *testing.T) {
	for _, c := range []struct{ file, target, want string }{
		{"vidur.csv", "vidur", "arrived_at,num_prefill_tokens,num_decode_tokens\n0,2598,182\n0.5,2600,124\n"},
		{"llmservingsim.tsv", "vidur", "arrived_at,num_prefill_tokens,num_decode_tokens\n0,10,70\n0.301012144,22,104\n"},
		{"plain.csv", "plain", "arrival,input,output,max_output,priority,session\n0,374,44,64,0,\n0.75,396,109,,0,\n"},
		{"mooncake-blocks-of-64.jsonl", "mooncake", `{"timestamp":0,"input_length":200,"output_length":5,"hash_ids":[0,1,2,3]}
{"timestamp":1500,"input_length":130,"output_length":6,"hash_ids":[0,1,9]}
`},
		{"burstgpt.csv", "mooncake", `{"timestamp":0,"input_length":472,"output_length":18}
{"timestamp":40000,"input_length":1087,"output_length":230}
{"timestamp":113000,"input_length":417,"output_length":276}
`},
	} {
		got, text := rewritten(t, formatFile(t, c.file), c.target)
		if text != c.want {
			t.Errorf("%s as %s is\n%swant\n%s", c.file, c.target, text, c.want)
		}
		if diff := cmp.Diff(read(t, formatFile(t, c.file)), got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s as %s: %s", c.file, c.target, diff)
		}
	}
	// Mooncake's keys hold sessions, whole prompts, but no answers.
	want := read(t, formatFile(t, "aiperf-sessions.jsonl"))
	got, _ := rewritten(t, formatFile(t, "aiperf-sessions.jsonl"), "mooncake")
	for i := range want {
		if got[i].Input != want[i].Input || got[i].Output != want[i].Output || got[i].Follows != want[i].Follows ||
			got[i].Gap != want[i].Gap || got[i].Arrival != want[i].Arrival {
			t.Errorf("%+v became %+v", want[i], got[i])
		}
	}
	for target, why := range map[string]string{"vidur": "follows the answer", "plain": "follows the answer", "vidour": "unknown format"} {
		_, err := workloads.Write(&bytes.Buffer{}, formatFile(t, "sharegpt.json"), target)
		if err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%s: %v", target, err)
		}
	}
}

func TestThinKeepsSessionsWhole(t *testing.T) {
	var all []workloads.Request
	for i := range 4000 {
		all = append(all, workloads.Request{Input: 1, Output: 1, Session: uint64(i / 4), Follows: i%4 > 0})
	}
	thin, err := workloads.Thin(&list{requests: all[4:]}, 0.3, 1)
	if err != nil {
		t.Fatal(err)
	}
	turns := map[uint64]int{}
	for _, r := range read(t, thin) {
		turns[r.Session]++
	}
	if len(turns) < 250 || len(turns) > 350 {
		t.Errorf("%d of 999 sessions are left", len(turns))
	}
	for session, n := range turns {
		if n != 4 {
			t.Errorf("session %d has %d of 4 turns", session, n)
		}
	}
	if _, err := workloads.Thin(&list{}, 1.5, 1); err == nil {
		t.Error("more than all is taken")
	}
}

func TestMergeAndSplice(t *testing.T) {
	first := []workloads.Request{{Arrival: 0, Input: 1, Output: 1, Session: 5},
		{Arrival: 0, Input: 2, Output: 1, Session: 5, Follows: true}, {Arrival: 4 * second, Input: 3, Output: 1}}
	other := []workloads.Request{{Arrival: 0, Input: 11, Output: 1, Session: 5, Blocks: []uint64{7}},
		{Arrival: 2 * second, Input: 12, Output: 1}}
	inputs := func(s workloads.Source, err error) (list []int, at []float64, sessions int) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		met := map[uint64]bool{}
		for _, r := range read(t, s) {
			list, at = append(list, r.Input), append(at, float64(r.Arrival)/float64(second))
			met[r.Session] = r.Session != 0
		}
		for _, is := range met {
			if is {
				sessions++
			}
		}
		return list, at, sessions
	}
	list1 := func() workloads.Source { return &list{requests: first} }
	list2 := func() workloads.Source { return &list{requests: other} }
	got, at, sessions := inputs(workloads.Merge(list1(), list2()))
	if diff := cmp.Diff([]int{1, 2, 11, 12, 3}, got); diff != "" || sessions != 2 {
		t.Error(diff, sessions)
	}
	if diff := cmp.Diff([]float64{0, 0, 0, 2, 4}, at); diff != "" {
		t.Error(diff)
	}
	// The second begins a gap of 4 s after 4 s.
	got, at, sessions = inputs(workloads.Splice(list1(), list2()))
	if diff := cmp.Diff([]int{1, 2, 3, 11, 12}, got); diff != "" || sessions != 2 {
		t.Error(diff, sessions)
	}
	if diff := cmp.Diff([]float64{0, 0, 4, 8, 10}, at); diff != "" {
		t.Error(diff)
	}
	if _, err := workloads.Merge(formatFile(t, "bailian.jsonl"), formatFile(t, "mooncake-toolagent.jsonl")); err == nil {
		t.Error("ids of 16 and of 512 tokens are mixed")
	}
}
