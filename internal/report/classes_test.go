package report

import (
	"bytes"
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/roofserve/roofserve/scenarios"
	"github.com/roofserve/roofserve/sim"
	"github.com/roofserve/roofserve/workloads"
)

// Where limits are by class, a row says of which class its request is, and a trace of the rows has them
// again.
func TestRequestRowsOfClasses(t *testing.T) {
	var b bytes.Buffer
	r := NewRequests(&b, &scenarios.Scenario{SLO: scenarios.SLO{Classes: []scenarios.SLOClass{{Name: "chat"}}}})
	for i, class := range []string{`a "b", c`, "", "chat"} {
		r.OnClass()(i, class)
	}
	for i := range 3 {
		r.Add(&sim.Finished{Index: i, Arrival: 2e12, FirstToken: 3e12, LastToken: 3e12, Input: 10, Output: 1})
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(b.Bytes())).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	column := slices.Index(rows[0], "slo_class")
	if column < 0 || rows[1][column] != `a "b", c` || rows[2][column] != "" || rows[3][column] != "chat" || len(r.classes) > 0 {
		t.Errorf("%q, and %d requests remembered", rows, len(r.classes))
	}
	path := filepath.Join(t.TempDir(), "r.csv")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	source, err := workloads.Open(path, "", workloads.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var again []string
	for q := (workloads.Request{}); source.Next(&q); {
		again = append(again, q.Class.String())
	}
	if !slices.Equal(again[1:], []string{"", "chat"}) {
		t.Errorf("read back are %q: %v", again, source.Err())
	}
	if NewRequests(&b, &scenarios.Scenario{}).OnClass() != nil {
		t.Error("a scenario without classes asks for those of its requests")
	}
}

// classed is a run of three requests of one class and two of none.
func classed(t *testing.T) *scenarios.Run {
	t.Helper()
	path := filepath.Join(t.TempDir(), "t.csv")
	text := "arrival,input,output,slo_class\n0,9,3,chat\n0,9,3,\n1,9,3,chat\n2,9,3,chat\n3,9,3,\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := scenarios.Load("llama-3.1-8b-h100")
	if err != nil {
		t.Fatal(err)
	}
	for _, assignment := range []string{"workload.trace=" + path, `slo.class=[{name="chat", ttft_ms=900.0}]`} {
		if err := s.SetText(assignment); err != nil {
			t.Fatal(err)
		}
	}
	r, err := s.Simulate(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// checkClassed looks at the last of the cases, which is the run with a class.
func checkClassed(t *testing.T, got []CaseResult) {
	t.Helper()
	c := &got[len(got)-1]
	if c.Metrics["completed of chat"] != 3 || c.Metrics["attainment of chat"] != 1 ||
		c.Bounds["p99_ttft_ms of chat"] != [2]float64{1, 2} {
		t.Errorf("%+v", c)
	}
	table, row := CasesTable(got), len(got)-1
	for column, want := range map[string]string{"completed of chat": "3", "p99_ttft_ms of chat.low": "1", "p99_ttft_ms.high": "4"} {
		i := slices.Index(table.Columns, column)
		if i < 0 || table.Rows[row][i] != want || len(table.Rows[0]) != len(table.Columns) {
			t.Errorf("column %d is %s, and not %s in\n%q", i, column, want, table.Rows[row])
		}
	}
	var people bytes.Buffer
	if err := WriteCases(&people, got); err != nil || !strings.Contains(people.String(), "chat within limits") {
		t.Errorf("%s, %v", people.String(), err)
	}
}
