package report

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/roofserve/roofserve/sim"
)

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
	if len(open) > 0 || counts["b"] != 5 || counts["e"] != 5 || counts["i"] != 1 || counts["M"] != 3 {
		t.Errorf("left open %v, events %v", open, counts)
	}
}

// TestTraceOfSteps reads a file as a viewer does: every event is of a known kind on a track whose process
// has a name, slices last, and counters have the replica's values when its steps have ended.
func TestTraceOfSteps(t *testing.T) {
	var b bytes.Buffer
	trace := NewTrace(&b)
	flight := sim.Landing{Replica: 1, Role: sim.Decode, Start: 1e9, End: 3e9, Steps: 2, Decoding: 4, Running: 4,
		Held: 5, Blocks: 20, Waiting: 7}
	trace.Landed(&flight)
	flight.Rank, flight.Steps, flight.Prompts = 1, 1, 2
	flight.Begun = []sim.Begun{{Request: 9, Since: 5e8}}
	trace.Landed(&flight)
	flight.Rank, flight.Decoding, flight.Preempted, flight.Begun = 0, 0, 3, nil
	trace.Landed(&flight)
	trace.Sent(9, 1, 6e8)
	trace.Moved(&sim.Move{Request: 9, To: 1, Start: 1e9, End: 2e9, Bytes: 512})
	if err := trace.Close(); err != nil {
		t.Fatal(err)
	}
	var file struct {
		TraceEvents []struct {
			Phase    string `json:"ph"`
			Name     string
			Process  int     `json:"pid"`
			Thread   int     `json:"tid"`
			At       float64 `json:"ts"`
			Duration float64 `json:"dur"`
			ID       int
			Args     map[string]any
		}
	}
	if err := json.Unmarshal(b.Bytes(), &file); err != nil {
		t.Fatal(err)
	}
	named, met := map[int]string{}, map[string]int{}
	for _, e := range file.TraceEvents {
		met[e.Phase+" "+e.Name]++
		switch e.Phase {
		case "M":
			named[e.Process], _ = e.Args["name"].(string)
		case "X":
			if e.Duration != 2000 || e.At != 1000 || e.Thread < 1 {
				t.Errorf("%+v lasts from 1,000 to 3,000 µs", e)
			}
		case "b", "e", "i", "C":
		default:
			t.Errorf("%q is no phase that is written", e.Phase)
		}
		if named[e.Process] == "" {
			t.Errorf("%+v is of a process without a name", e)
		}
		if value, ok := e.Args["value"].(float64); e.Phase == "C" && (!ok || e.At != 3000 ||
			value != map[string]float64{"running sequences": 4, "waiting requests": 7, "KV cache in use (%)": 25}[e.Name]) {
			t.Errorf("counter %+v", e)
		}
	}
	for _, event := range []string{"X decode × 2", "X mixed", "X prefill", "b waiting", "e waiting", "i preempted",
		"i to replica 1", "b replica 0 to 1", "e replica 0 to 1"} {
		if met[event] != 1 {
			t.Errorf("%d events %q; of %v", met[event], event, met)
		}
	}
	if named[firstReplica+1] != "replica 1, decode" {
		t.Errorf("processes %v", named)
	}
}
