package capacity

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/roofserve/roofserve/scenarios"
)

func scenario(t *testing.T, name string, assignments ...string) *scenarios.Scenario {
	t.Helper()
	s, err := scenarios.Load(name)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range assignments {
		if err := s.SetText(a); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func objectives(t *testing.T, text string) []Objective {
	t.Helper()
	list, err := ParseObjectives(text, "--slo "+text)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// TestLoadFindsTheEdge: the best trial meets the objectives, and one within the tolerance above it does not.
func TestLoadFindsTheEdge(t *testing.T) {
	for _, start := range []string{"0.1", "40"} {
		c := Search{Objectives: objectives(t, "ttft_p99=1000ms,tpot_p99=30ms"), Tolerance: 0.02}
		found, err := c.Load(context.Background(), scenario(t, "llama-3.1-8b-h100", "workload.requests=1000", "workload.rate_scale="+start))
		if err != nil {
			t.Fatal(err)
		}
		if found.Best == nil {
			t.Fatal("nothing meets the objectives")
		}
		edge := 0.0
		for _, trial := range found.Trials {
			if !trial.Met() && edge == 0 {
				edge = trial.Load
			}
		}
		if gap := edge / found.Best.Load; gap <= 1 || gap > 1.021 {
			t.Errorf("from %s: best %v, first that fails %v", start, found.Best.Load, edge)
		}
		m := found.Best.Metrics
		if m["p99_ttft_ms"] > 1000 || m["p99_tpot_ms"] > 30 || found.Best.Goodput() > m["request_throughput"] || found.Best.Goodput() < 0.95*m["request_throughput"] {
			t.Errorf("the best trial: TTFT %v, TPOT %v, goodput %v of %v", m["p99_ttft_ms"], m["p99_tpot_ms"], found.Best.Goodput(), m["request_throughput"])
		}
	}
}

func TestLoadOfAClosedLoopIsItsUsers(t *testing.T) {
	s, err := scenarios.Parse("closed", "", []byte(`
model = { name = "llama-3.1-8b" }
[workload.synthetic]
requests = 300
arrival = { process = "closed", concurrency = 4 }
input = { distribution = "fixed", value = 256 }
output = { distribution = "fixed", value = 64 }
`))
	if err != nil {
		t.Fatal(err)
	}
	c := Search{Objectives: objectives(t, "tpot_mean=12ms"), Tolerance: 0.01}
	found, err := c.Load(context.Background(), s)
	if err != nil || found.Best == nil {
		t.Fatalf("%+v, %v", found, err)
	}
	if users := found.Best.Load; users < 4 || users != float64(int(users)) {
		t.Errorf("%v users", users)
	}
}

func TestFewestReplicas(t *testing.T) {
	s := scenario(t, "llama-3.1-8b-h100", "workload.requests=1500", "workload.rate_scale=30")
	c := Search{Objectives: objectives(t, "ttft_p99=500ms")}
	replicas, err := c.Replicas(context.Background(), s)
	if err != nil || replicas.Best == nil {
		t.Fatalf("%+v, %v", replicas, err)
	}
	n := int(replicas.Best.Load)
	if n < 2 || replicas.Best.GPUs != n {
		t.Errorf("%d replicas, %d GPUs", n, replicas.Best.GPUs)
	}
	for _, trial := range replicas.Trials {
		if trial.Met() != (int(trial.Load) >= n) {
			t.Errorf("%v replicas: met %v, where %d are enough", trial.Load, trial.Met(), n)
		}
	}
}

func TestNothingMeetsTheImpossible(t *testing.T) {
	c := Search{Objectives: objectives(t, "tpot_p99=0.1ms"), Tolerance: 0.1}
	found, err := c.Load(context.Background(), scenario(t, "llama-3.1-8b-h100", "workload.requests=50"))
	if err != nil || found.Best != nil {
		t.Errorf("%+v, %v", found, err)
	}
	noFit, err := c.Load(context.Background(), scenario(t, "llama-3.1-70b-h100", "workload.requests=50", "hardware.gpus=1", "parallel.tp=1"))
	if err != nil || noFit.Best != nil || len(noFit.Trials) != 1 || !noFit.Trials[0].NoFit {
		t.Errorf("%+v, %v", noFit, err)
	}
}

// A limit on a class of clients is one on its requests alone, and a class that the scenario does not have is
// told.
func TestObjectivesOnClasses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t.csv")
	rows := "arrival,input,output,slo_class\n"
	for i := range 40 {
		rows += fmt.Sprintf("%d,%d,5,%s\n", i, 100+3000*(i%2), []string{"short", "long"}[i%2])
	}
	if err := os.WriteFile(path, []byte(rows), 0o600); err != nil {
		t.Fatal(err)
	}
	s := scenario(t, "llama-3.1-8b-h100", "workload.trace="+path, "workload.rate_scale=1",
		`slo.class=[{name="short"}, {name="long"}]`)
	for slo, met := range map[string]bool{
		"short:ttft_p99=40ms": true, "long:ttft_p99=40ms": false, "ttft_p99=40ms": false, "short:ttft_p99=40ms,long:ttft_p99=1s": true,
	} {
		list := objectives(t, slo)
		trial, err := Attempt(t.Context(), s, list, 1)
		value := trial.Metrics[list[0].Subject()]
		if err != nil || trial.Met() != met || value <= 0 || CheckClasses(s, list) != nil {
			t.Errorf("%s: %+v, %v, %v", slo, trial.Failures, value, err)
		}
		if again := objectives(t, list[0].String()); again[0] != list[0] {
			t.Errorf("%v is read as %v", list[0], again[0])
		}
	}
	err := CheckClasses(s, objectives(t, "shrt:ttft_p99=40ms"))
	if err == nil || err.Error() != `--slo: shrt: unknown class of [[slo.class]]; did you mean "short"?` {
		t.Error(err)
	}
	if err := CheckClasses(scenarios.Empty(""), objectives(t, "shrt:ttft_p99=40ms")); err == nil {
		t.Error("a class of a scenario without classes")
	}
}

func TestObjectives(t *testing.T) {
	got := objectives(t, " ttft_p99=1s, p50_tpot=50ms,e2el_mean=2000ms")
	want := []Objective{{Metric: "p99_ttft_ms", Limit: 1000}, {Metric: "median_tpot_ms", Limit: 50}, {Metric: "mean_e2el_ms", Limit: 2000}}
	for i, o := range got {
		if o != want[i] {
			t.Errorf("%v, want %v", o, want[i])
		}
	}
	if limits := requestLimits(got); !reflect.DeepEqual(limits, scenarios.SLO{TTFT: 1000, TPOT: 50, E2E: 2000}) {
		t.Errorf("limits %+v", limits)
	}
	for text, want := range map[string]scenarios.SLO{ // the tightest of several, in any order
		"ttft_p50=100ms,ttft_p99=1s":                  {TTFT: 100},
		"ttft_p99=1s,ttft_p50=100ms":                  {TTFT: 100},
		"tpot_max=99ms,tpot_p50=40ms,tpot_p99=60ms":   {TPOT: 40},
		"e2el_p99=3s,e2el_p90=2s,itl_p99=20ms":        {E2E: 2000},
		"itl_p99=20ms":                                {},
		"ttft_p99=1s,tpot_p99=50ms,ttft_max=999999us": {TTFT: 999.999, TPOT: 50},
	} {
		if limits := requestLimits(objectives(t, text)); !reflect.DeepEqual(limits, want) {
			t.Errorf("%s limits a request to %+v, want %+v", text, limits, want)
		}
	}
	for text, words := range map[string]string{"ttft_p99": "no objective", "tfft_p99=1": `did you mean "ttft_p99"?`, "ttft_p99=fast": "no time", "ttft_p99=-1ms": "no time"} {
		if _, err := ParseObjectives(text, "--slo"); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// TestFewRequestsHaveNoEdge: the search ends where a request that comes alone is served in time.
func TestFewRequestsHaveNoEdge(t *testing.T) {
	c := Search{Objectives: objectives(t, "ttft_p99=10s"), Tolerance: 0.1}
	found, err := c.Load(context.Background(), scenario(t, "llama-3.1-8b-h100", "workload.requests=1"))
	if err != nil || found.Best == nil || found.Best.Load < 1e5 {
		t.Errorf("%+v, %v", found, err)
	}
}

// Answers so long that a request is never alone while 10,000 of them arrive within what the clock counts: the
// search ends there.
func TestLoadEndsBeforeTheClockDoes(t *testing.T) {
	c := Search{Objectives: objectives(t, "tpot_p50=0.01ms"), Tolerance: 0.02}
	s := scenario(t, "llama-3.1-8b-h100", "workload.trace=\"\"", "workload.synthetic.requests=10000",
		`workload.synthetic.arrival={process="poisson", rate=1.0}`, `workload.synthetic.input={distribution="fixed", value=100}`,
		`workload.synthetic.output={distribution="fixed", value=8000}`)
	found, err := c.Load(context.Background(), s)
	if err != nil || found.Best != nil {
		t.Fatalf("%v, %+v", err, found)
	}
}
