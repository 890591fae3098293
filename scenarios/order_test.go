package scenarios

import (
	"context"
	"slices"
	"testing"
)

// Two classes of clients share a server that has no room for all. By deadlines the hasty ones are served
// before the patient ones, without priorities; by the order of arrival they wait as long.
func TestDeadlinesOfClassesDecide(t *testing.T) {
	waits := func(order string) (hasty, patient float64) {
		run, err := named(t, small, "workload.synthetic.requests=200", "engine.max_num_seqs=4", "engine.order="+order,
			`workload.class=[{name="patient", share=1.0, arrival={process="poisson", rate=30.0},`+
				` input={distribution="fixed", value=200}, output={distribution="fixed", value=60}, slo={ttft_ms=60000}},`+
				` {name="hasty", share=1.0, arrival={process="poisson", rate=6.0},`+
				` input={distribution="fixed", value=200}, output={distribution="fixed", value=60}, slo={ttft_ms=500}}]`,
		).Simulate(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		of := func(name string) float64 {
			i := slices.IndexFunc(run.Classes, func(c ClassResult) bool { return c.Name == name })
			return run.Classes[i].latencies["ttft"].Mean
		}
		return of("hasty"), of("patient")
	}
	hasty, patient := waits("edf")
	asAll, _ := waits("fcfs")
	if !(hasty < patient/2 && hasty < asAll/2) {
		t.Errorf("hasty clients wait %v ms by deadlines, patient ones %v; as they come %v", hasty, patient, asAll)
	}
}

// A warning says where deadlines change nothing.
func TestEqualDeadlinesAreTold(t *testing.T) {
	_, parts, err := named(t, drawn("engine.order=edf", "slo.ttft_ms=500")...).Resolve()
	if err != nil {
		t.Fatal(err)
	}
	want := `engine.order = "edf" has no effect: all requests have the same limit on first tokens`
	if !slices.Contains(parts.Warnings, want) {
		t.Errorf("warnings %q, want %q among them", parts.Warnings, want)
	}
}
