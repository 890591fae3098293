package scenarios

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/roofserve/roofserve/sim"
	"github.com/roofserve/roofserve/workloads"
)

// twoClasses writes a trace in which one class of clients sends short prompts, another longer ones, and the
// longest are of none.
func twoClasses(t *testing.T) string {
	t.Helper()
	text := "arrival,input,output,slo_class\n"
	for i := range 60 {
		class := "chat"
		switch i % 3 {
		case 1:
			class = "batch"
		case 2:
			class = ""
		}
		text += fmt.Sprintf("%g,%d,%d,%s\n", float64(i)/50, 200+900*(i%3), 20+i, class)
	}
	path := filepath.Join(t.TempDir(), "t.csv")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const classLimits = `slo.class=[{name="chat", ttft_ms=30.0, share=0.5}, {name="batch", e2el_ms=400.0}]`

// What a class saw is what its requests saw, counted one by one.
func TestClassesAreCountedRequestByRequest(t *testing.T) {
	trace := twoClasses(t)
	source, err := workloads.Open(trace, "", workloads.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var classes []string
	for r := (workloads.Request{}); source.Next(&r); {
		classes = append(classes, r.Class.String())
	}
	var finished []sim.Finished
	r := observed(t, func(f *sim.Finished) { finished = append(finished, *f) }, "llama-3.1-8b-h100",
		"workload.trace="+trace, "workload.rate_scale=0.3", "slo.tpot_ms=7.5", "workload.warmup_s=0.1", classLimits)
	limits := map[string]SLO{"chat": {TTFT: 30, TPOT: 7.5}, "batch": {TPOT: 7.5, E2E: 400}, "": {TPOT: 7.5}}
	good, all := 0, 0
	if len(r.Classes) != 3 || r.Classes[0].Name != "chat" || r.Classes[2].Name != "" {
		t.Fatalf("%+v", r.Classes)
	}
	for i := range r.Classes {
		c := &r.Classes[i]
		want := limits[c.Name]
		var n, met, late int
		var ttft float64
		for _, f := range finished {
			if classes[f.Index] != c.Name {
				continue
			}
			n++
			if want.Met(&f) {
				met++
			}
			if f.Arrival.Seconds() >= 0.1 {
				late++
				ttft += (f.FirstToken - f.Arrival).Milliseconds()
			}
		}
		values := Values(c.Metrics())
		if c.Completed != n || n != 20 || c.Good != met || c.Attainment() != float64(met)/float64(n) ||
			math.Abs(values["mean_ttft_ms"]-ttft/float64(late)) > 1e-9 ||
			math.Abs(values[Goodput]-float64(met)/float64(r.Result.Duration.Seconds())) > 1e-9 {
			t.Errorf("%s: %+v, want %d of %d within limits, mean TTFT %v", c.Name, values, met, n, ttft/float64(late))
		}
		good, all = good+met, all+n
	}
	if r.Good != good || all != r.Result.Completed || good == 0 || good == all {
		t.Errorf("%d of %d within limits, the classes have %d", r.Good, all, good)
	}
	if r.Classes[0].Share != 0.5 || r.Classes[1].Share != defaultShare || r.Classes[2].Share != 0 {
		t.Errorf("%+v", r.Classes)
	}
}

// Where all requests are of one class with no limits of its own, it has the run's metrics.
func TestOneClassIsTheWholeRun(t *testing.T) {
	population := filepath.Join(t.TempDir(), "p.toml")
	text := "requests = 200\narrival = { process = \"poisson\", rate = 20.0 }\n[[class]]\nname = \"people\"\n" +
		"input = { distribution = \"fixed\", value = 300 }\noutput = { distribution = \"uniform\", min = 1, max = 90 }\n"
	if err := os.WriteFile(population, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	r := simulate(t, "llama-3.1-8b-h100", "workload.trace="+population, "slo.ttft_ms=25.0", "workload.rate_scale=1",
		`slo.class=[{name="people"}]`)
	whole := Values(r.Metrics())
	if len(r.Classes) != 1 {
		t.Fatalf("%+v", r.Classes)
	}
	for _, m := range r.Classes[0].Metrics() {
		if m.Name == attainment {
			whole[m.Name] = whole[Goodput] / whole["request_throughput"]
		}
		if want := whole[m.Name]; math.Abs(m.Value-want) > 1e-9*want || m.Missing != "" {
			t.Errorf("%s is %v (%s), of the run %v", m.Name, m.Value, m.Missing, want)
		}
	}
	b, r := built(t, "llama-3.1-8b-h100", "workload.trace="+population, "slo.ttft_ms=25.0", "workload.rate_scale=1",
		`slo.class=[{name="people"}]`)
	if err := b.Bound(t.Context(), r, nil); err != nil {
		t.Fatal(err)
	}
	of := map[string]Interval{}
	for _, i := range r.Intervals {
		if other, known := of[i.Metric]; known && (math.Abs(i.Low-other.Low) > 1e-9*i.Low ||
			math.Abs(i.High-other.High) > 1e-9*i.High) {
			t.Errorf("%s is from %v to %v of the class, of the run from %v to %v", i.Metric, i.Low, i.High, other.Low, other.High)
		}
		of[i.Metric] = i
	}
	if of["p99_ttft_ms"].Class != "people" || of["attainment"].High < of["attainment"].Low {
		t.Errorf("%+v", of)
	}
}

// Jain's index by hand: of one class served and one not it is a half; of a whole and a half
// (1.5)² / (2 · 1.25).
func TestJainIndexByHand(t *testing.T) {
	class := func(good, all int) ClassResult {
		return ClassResult{Limits: SLO{TTFT: 1}, Good: good, Completed: all}
	}
	for _, c := range []struct {
		classes []ClassResult
		want    float64
	}{
		{[]ClassResult{class(5, 5), class(0, 9)}, 0.5}, {[]ClassResult{class(4, 4), class(1, 2)}, 0.9},
		{[]ClassResult{class(1, 2), class(3, 6), class(0, 0)}, 1}, {[]ClassResult{{Completed: 3}}, math.NaN()},
	} {
		if got := JainIndex(c.classes); math.Abs(got-c.want) > 1e-15 || math.IsNaN(got) != math.IsNaN(c.want) {
			t.Errorf("%+v: %v, by hand %v", c.classes, got, c.want)
		}
	}
}

// Expectations on a class are held against its metrics, also over a result that run --json wrote.
func TestExpectationsOnAClass(t *testing.T) {
	trace := twoClasses(t)
	earlier := filepath.Join(filepath.Dir(trace), "earlier.json")
	result := `{"p99_ttft_ms": 1, "classes": [{"name": "batch", "p99_ttft_ms": 2}, {"name": "chat", "p99_ttft_ms": 1000}]}`
	if err := os.WriteFile(earlier, []byte(result), 0o600); err != nil {
		t.Fatal(err)
	}
	s := parse(t, "[model]\nname = \"llama-3.1-8b\"\n[workload]\ntrace = \""+trace+"\"\n[[slo.class]]\nname = \"chat\"\n"+
		"ttft_ms = 500\n[[expect]]\nmetric = \"attainment\"\nclass = \"chat\"\nmin = 0.5\n"+
		"[[expect]]\nmetric = \"ttft_p99\"\nclass = \"chat\"\nmax = 0.001\nmax_increase = \"5%\"\nbaseline = \""+earlier+"\"\n")
	if err := s.Validate(); err != nil {
		t.Fatal(err)
	}
	baselines, err := s.Baselines(t.Context())
	if err != nil || baselines[1] != 1000 {
		t.Fatalf("%v, %v", baselines, err)
	}
	r, err := s.Simulate(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	verdicts := r.Judge(baselines)
	if len(verdicts) != 3 || !verdicts[0].Kept || verdicts[1].Kept || !verdicts[2].Kept ||
		verdicts[0].Finding() != "attainment of chat is 0.95, min 0.5" || verdicts[0].Line == 0 {
		t.Errorf("%+v", verdicts)
	}
	for _, v := range s.Judge(NotRun("it did not"), baselines) {
		if v.Kept || v.Reason != "it did not" {
			t.Errorf("%+v", v)
		}
	}
}

func TestMistakesInClasses(t *testing.T) {
	for text, want := range map[string]string{
		"[[slo.class]]\nttft_ms = 5\n":                                         "s.toml:3: slo.class[0].name: is missing",
		"[[slo.class]]\nname = \"a\"\n[[slo.class]]\nname = \"a\"\n":           "s.toml:6: slo.class[1].name: \"a\" stands twice",
		"[[slo.class]]\nname = \"a\"\nttft_ms = -5\n":                          "s.toml:5: slo.class[0].ttft_ms: -5 is out of range",
		"[[slo.class]]\nname = \"a\"\nttft_ms = 0\n":                           "slo.class[0].ttft_ms: 0 is out of range",
		"[[slo.class]]\nname = \"a\"\ntpot_ms = 5\nshare = 1.5\n":              "slo.class[0].share: 1.5 is out of range",
		"[[slo.class]]\nname = \"a\"\nshare = 0.9\n":                           "slo.class[0].share: is a share of requests within limits",
		"[[slo.class]]\nname = \"a\"\nitl_ms = 0.9\n":                          "itl_ms: unknown key",
		"[[expect]]\nmetric = \"p99_ttft_ms\"\nclass = \"a\"\nmax = 1\n":       "expect[0].class: unknown class of [[slo.class]] \"a\"",
		"[[slo.class]]\nname = \"chat\"\n" + expectOf("chta", "p99_ttft_ms"):   `did you mean "chat"?`,
		"[[slo.class]]\nname = \"chat\"\n" + expectOf("chat", "preemptions"):   "unknown metric \"preemptions\"",
		"[[slo.class]]\nname = \"chat\"\n" + expectOf("chat", "attainment"):    "and there are none",
		"[slo]\nttft_ms = 5\n[[expect]]\nmetric = \"attainment\"\nmin = 0.9\n": "unknown metric",
	} {
		s, err := Parse("s.toml", "", []byte("[model]\nname = \"llama-3.1-8b\"\n"+text))
		if err == nil {
			err = s.Validate()
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s\ngives %v, want %s", text, err, want)
		}
	}
}

func expectOf(class, metric string) string {
	return fmt.Sprintf("[[expect]]\nmetric = %q\nclass = %q\nmin = 0.5\n", metric, class)
}

// A class that no request is of is told, and so is what it therefore lacks.
func TestAClassOfNoRequestIsTold(t *testing.T) {
	r := simulate(t, "llama-3.1-8b-h100", "workload.requests=20", `slo.class=[{name="people", ttft_ms=25.0}]`)
	if !strings.Contains(strings.Join(r.Warnings, "\n"), `no request is of the class "people"`) {
		t.Errorf("%q", r.Warnings)
	}
	for _, m := range r.Classes[0].Metrics() {
		if m.Missing == "" && m.Value != 0 {
			t.Errorf("%+v", m)
		}
	}
}
