package report

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/roofserve/roofserve/scenarios"
)

// What a program reads of a result is what was written: every metric, and by field.
func TestResultsReadBack(t *testing.T) {
	r := simulated(t, "llama-3.1-8b-h100")
	r.Judge(nil)
	var b bytes.Buffer
	if err := WriteJSON(&b, Run(r)); err != nil {
		t.Fatal(err)
	}
	read, err := scenarios.ReadResult(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(scenarios.Values(r.Metrics()), read.Metrics); diff != "" {
		t.Error(diff)
	}
	if read.Completed != r.Result.Completed || *read.P99TPOT != r.Result.TPOT.P99 ||
		*read.MeanE2EL != r.Result.E2E.Mean || *read.OutputThroughput != read.Metrics["output_throughput"] ||
		read.Version != Version || read.ModelID == "" || read.Case != nil {
		t.Errorf("%+v", read)
	}
	for _, bad := range []string{"", "[]", "{}", `{"completed": "x"}`} {
		if _, err := scenarios.ReadResult([]byte(bad)); err == nil {
			t.Errorf("%q: no error", bad)
		}
	}
}
