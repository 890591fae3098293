package workloads_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/roofserve/roofserve/workloads"
)

// TestSessionsOfTraces are the same number for the same name in any format, and 0 without one.
func TestSessionsOfTraces(t *testing.T) {
	named := workloads.Columns{Arrival: "arrival", Input: "input", Output: "output", Session: "user id"}
	var first []uint64
	for _, c := range []struct {
		content string
		columns workloads.Columns
	}{
		{"arrival,session,input,output\n0,ann,5,1\n1,,5,1\n2, 17 ,5,1\n3,ann,5,1\n", workloads.Columns{}},
		{"user id,arrival,input,output\n\"ann\",0,5,1\n,1,5,1\n17,2,5,1\nann,3,5,1\n", named},
		{`{"arrival":0,"input":5,"output":1,"session":"ann"}
{"arrival":1,"input":5,"output":1}
{"session":17,"arrival":2,"input":5,"output":1}
{"session":"ann","arrival":3,"input":5,"output":1}
`, workloads.Columns{}},
		{"Timestamp,Session ID,Elapsed time,Model,Request tokens,Response tokens,Total tokens,Log Type\n0,ann,1,x,5,1,6,x\n" +
			"1,,1,x,5,1,6,x\n2,17,1,x,5,1,6,x\n3,ann,1,x,5,1,6,x\n", workloads.Columns{}},
	} {
		source, err := workloads.Open(write(t, []byte(c.content)), "", workloads.Options{Columns: c.columns})
		if err != nil {
			t.Fatal(err)
		}
		var got []uint64
		for _, r := range read(t, source) {
			got = append(got, r.Session)
		}
		if len(got) != 4 || got[0] == 0 || got[1] != 0 || got[2] == 0 || got[2] == got[0] || got[3] != got[0] {
			t.Errorf("%q has the sessions %x", c.content, got)
		}
		if first == nil {
			first = got
		}
		if !slices.Equal(got, first) {
			t.Errorf("%q has the sessions %x, another format has %x", c.content, got, first)
		}
	}
}

// priorities are those of a source's requests.
func priorities(t *testing.T, from workloads.Source) []int32 {
	t.Helper()
	var list []int32
	for _, r := range read(t, from) {
		list = append(list, r.Priority)
	}
	return list
}

func TestPrioritiesOfTraces(t *testing.T) {
	named := workloads.Columns{Arrival: "arrival", Input: "input", Output: "output", Priority: "class"}
	for _, c := range []struct {
		content string
		columns workloads.Columns
	}{
		{"arrival,priority,input,output\n0,-2,5,1\n1,,5,1\n2, 7 ,5,1\n", workloads.Columns{}},
		{"max_output,arrival,input,output,priority\n,0,5,1,-2\n,1,5,1,0\n9,2,5,1,7\n", workloads.Columns{}},
		{"class,arrival,input,output\n-2,0,5,1\n,1,5,1\n7,2,5,1\n", named},
		{`{"arrival":0,"input":5,"output":1,"priority":-2}
{"arrival":1,"input":5,"output":1}
{"priority":"7","arrival":2,"input":5,"output":1}
`, workloads.Columns{}},
	} {
		source, err := workloads.Open(write(t, []byte(c.content)), "", workloads.Options{Columns: c.columns})
		if err != nil {
			t.Fatal(err)
		}
		got := priorities(t, source)
		if len(got) != 3 || got[0] != -2 || got[1] != 0 || got[2] != 7 {
			t.Errorf("%q has the priorities %v", c.content, got)
		}
	}
}

// TestUrgentShare draws the same whatever else is drawn, and as many as it should.
func TestUrgentShare(t *testing.T) {
	open := func() workloads.Source {
		return open(t, "arrival,input,output,priority\n"+strings.Repeat("0,5,1,9\n", 10_000))
	}
	first := priorities(t, workloads.Urgent(open(), 0.3, 1))
	other := priorities(t, workloads.Urgent(open(), 0.3, 2))
	again := priorities(t, workloads.Urgent(workloads.First(open(), 500), 0.3, 1))
	var urgent, differ int
	for i, p := range first {
		switch {
		case p == 0:
			urgent++
		case p != 1:
			t.Fatalf("request %d has priority %d", i, p)
		}
		if p != other[i] {
			differ++
		}
		if i < len(again) && p != again[i] {
			t.Fatalf("request %d has another priority in a shorter workload", i)
		}
	}
	if urgent < 2800 || urgent > 3200 || differ == 0 {
		t.Errorf("%d of 10,000 are urgent, %d otherwise with another seed", urgent, differ)
	}
}
