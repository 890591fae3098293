package report

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/roofserve/roofserve/sim"
)

// TestCountersOfATrace: each window sets three counters at its beginning, of which the cache's is in percent,
// and all are 0 at the end.
func TestCountersOfATrace(t *testing.T) {
	var b bytes.Buffer
	trace := NewTrace(&b)
	trace.Counters([]sim.Window{
		{Start: 0, End: 2e12, Running: 1.5, Waiting: 7, KVUsage: 0.25},
		{Start: 2e12, End: 3e12, Running: 4, KVUsage: 1},
	})
	if err := trace.Close(); err != nil {
		t.Fatal(err)
	}
	var file struct {
		TraceEvents []struct {
			Phase string `json:"ph"`
			Name  string
			At    float64 `json:"ts"`
			Args  struct{ Value float64 }
		}
	}
	if err := json.Unmarshal(b.Bytes(), &file); err != nil {
		t.Fatal(err)
	}
	got := map[string][][2]float64{} // µs and value
	for _, e := range file.TraceEvents {
		if e.Phase == "C" {
			got[e.Name] = append(got[e.Name], [2]float64{e.At, e.Args.Value})
		}
	}
	want := map[string][][2]float64{
		"running sequences":   {{0, 1.5}, {2e6, 4}, {3e6, 0}},
		"waiting requests":    {{0, 7}, {2e6, 0}, {3e6, 0}},
		"KV cache in use (%)": {{0, 25}, {2e6, 100}, {3e6, 0}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestTraceEventsPairUp: every span that begins ends, not before it began, and a request's spans lie within
// it.
func TestTraceEventsPairUp(t *testing.T) {
	var b bytes.Buffer
	trace := NewTrace(&b)
	finished := []sim.Finished{
		{Index: 0, Arrival: 1e12, FirstToken: 2e12, LastToken: 4e12, Input: 5, Output: 3},
		{Index: 1, Arrival: 1.5e12, FirstToken: 2e12, LastToken: 2e12, Output: 1},
		{Index: 2, Arrival: 2e12, Failed: true},
	}
	for i := range finished {
		trace.Add(&finished[i])
	}
	trace.Counters([]sim.Window{{Start: 0, End: 2e12, Running: 1.5, KVUsage: 0.25}, {Start: 2e12, End: 4e12}})
	if err := trace.Close(); err != nil {
		t.Fatal(err)
	}
	var file struct {
		TraceEvents []struct {
			Phase string  `json:"ph"`
			Name  string  `json:"name"`
			ID    int     `json:"id"`
			At    float64 `json:"ts"` // µs
			Args  map[string]any
		}
	}
	if err := json.Unmarshal(b.Bytes(), &file); err != nil {
		t.Fatal(err)
	}
	type span struct {
		name string
		id   int
	}
	open, counts := map[span]float64{}, map[string]int{}
	for _, e := range file.TraceEvents {
		counts[e.Phase]++
		key := span{e.Name, e.ID}
		switch e.Phase {
		case "b":
			open[key] = e.At
		case "e":
			if began, ok := open[key]; !ok || e.At < began {
				t.Errorf("%v ends at %v, began %v", key, e.At, began)
			}
			delete(open, key)
		}
	}
	if len(open) > 0 || counts["b"] != 5 || counts["e"] != 5 || counts["i"] != 1 || counts["C"] != 9 || counts["M"] != 2 {
		t.Errorf("left open %v, events %v", open, counts)
	}
}
