package scenarios

import (
	"context"
	"math"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"github.com/roofserve/roofserve/internal/portable"
)

// built is a scenario by its name or its text, simulated and ready to be asked how sure it is.
func built(t *testing.T, name string, settings ...string) (*Built, *Run) {
	t.Helper()
	s, err := Load(name)
	if strings.Contains(name, "\n") {
		s, err = Read("a scenario", strings.NewReader(name))
	}
	if err != nil {
		t.Fatal(err)
	}
	setAll(t, s, settings...)
	b, err := s.Build()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	r, err := b.Run(t.Context(), Hooks{})
	if err != nil {
		t.Fatal(err)
	}
	return b, r
}

func intervals(t *testing.T, name string, cores int, settings ...string) (map[string]Interval, *Run) {
	t.Helper()
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(cores))
	b, r := built(t, name, settings...)
	if err := b.Bound(context.Background(), r, nil); err != nil {
		t.Fatal(err)
	}
	byName := map[string]Interval{}
	for _, i := range r.Intervals {
		byName[i.Metric] = i
	}
	return byName, r
}

// closed is a closed loop of a few users.
const closed = `
[model]
name = "llama-3.1-8b"
[hardware]
device = "h100-sxm-80gb"
[workload.synthetic]
requests = 3200
arrival = { process = "closed", concurrency = 16 }
input = { distribution = "uniform", min = 400, max = 900 }
output = { distribution = "uniform", min = 60, max = 200 }
`

// TestIntervalsHoldTheRun: each metric lies within its interval, that of the time per output token is some
// percent wide and no more than twofold, and what the workload decides has none.
func TestIntervalsHoldTheRun(t *testing.T) {
	for name, setting := range map[string]string{"llama-3.1-8b-h100": "workload.requests=200", closed: "workload.seed=1"} {
		list, r := intervals(t, name, 2, setting)
		for _, key := range []string{"mean_ttft_ms", "median_tpot_ms", "p99_e2el_ms", "output_throughput"} {
			i, value := list[key], metric(t, r, key)
			if !(i.Low <= value && value <= i.High) || i.Low == i.High {
				t.Errorf("%s %v in %v…%v", key, value, i.Low, i.High)
			}
		}
		if i := list["median_tpot_ms"]; i.High < 1.2*i.Low || i.High > 2*i.Low {
			t.Errorf("median TPOT %v…%v", i.Low, i.High)
		}
		for name := range list {
			if name == "completed" || strings.HasPrefix(name, "total_") && strings.HasSuffix(name, "_tokens") {
				t.Errorf("%s moves", name)
			}
		}
	}
}

func TestIntervalsAreTheSameOnAnyNumberOfCores(t *testing.T) {
	one, _ := intervals(t, "llama-3.1-8b-h100", 1, "workload.requests=200")
	four, _ := intervals(t, "llama-3.1-8b-h100", 4, "workload.requests=200")
	if !reflect.DeepEqual(one, four) {
		t.Error("intervals differ")
	}
}

// mostOff is how far scaling may be off. A slower system is exactly what scaling says, up to what quantiles
// of many are known to. A faster one is not quite, as attention cannot be faster than the memory that it
// reads: users meet a little otherwise, and in the tail of first tokens, which wait for each other, a
// quantile moves to the next of them.
func mostOff(name string, z float64) float64 {
	switch {
	case z > 0:
		return 1.0 / 256
	case strings.HasPrefix(name, "p9") && strings.Contains(name, "ttft"):
		return 0.1
	}
	return 0.03
}

// TestAClosedLoopScales: where nothing has a clock but the system, a system that is slower by a factor gives
// what scaling says, without another simulation.
func TestAClosedLoopScales(t *testing.T) {
	b, r := built(t, closed)
	s, err := b.Sureness(r)
	if err != nil {
		t.Fatal(err)
	}
	if !r.scales() {
		t.Fatal("a closed loop has another clock")
	}
	for _, z := range []float64{-1, 1} {
		_, simulated, err := b.Shifted(t.Context(), s, z, nil)
		if err != nil {
			t.Fatal(err)
		}
		for i, m := range scaled(r.Metrics(), s, z) {
			off := math.Abs(m.Value/simulated[i].Value - 1)
			if m.Missing == "" && off > mostOff(m.Name, z) && m.Value != simulated[i].Value {
				t.Errorf("%s at %v: scaled %v, simulated %v", m.Name, z, m.Value, simulated[i].Value)
			}
		}
	}
	if _, open := built(t, "llama-3.1-8b-h100", "workload.requests=20"); open.scales() {
		t.Error("a trace has no clock")
	}
}

// TestDrawsLieAsIntervalsSay: of draws, as many lie below an interval as above, and nine in ten within.
func TestDrawsLieAsIntervalsSay(t *testing.T) {
	b, r := built(t, closed, "workload.synthetic.requests=16")
	s, err := b.Sureness(r)
	if err != nil {
		t.Fatal(err)
	}
	const draws, key = 200, "mean_tpot_ms"
	below, above, at := 0, 0, metric(t, r, key)
	for i := range draws {
		_, metrics, err := b.Draw(t.Context(), s, i, []string{key})
		if err != nil {
			t.Fatal(err)
		}
		switch off := portable.Log(find(metrics, key, "").Value / at); {
		case off < -s.TPOT:
			below++
		case off > s.TPOT:
			above++
		}
	}
	if below < 3 || below > 20 || above < 3 || above > 20 {
		t.Errorf("%d of %d draws below the interval, %d above", below, draws, above)
	}
}
