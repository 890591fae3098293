package scenarios

import (
	"context"
	"reflect"
	"runtime"
	"testing"
)

func intervals(t *testing.T, cores int) []Interval {
	t.Helper()
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(cores))
	s, err := Load("llama-3.1-8b-h100")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.SetText("workload.requests=200"); err != nil {
		t.Fatal(err)
	}
	b, err := s.Build()
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	list, err := b.Intervals(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// TestIntervalsHoldTheRun: the run without draws lies within the interval of its time per output token, which
// is some percent wide and no more than twofold.
func TestIntervalsHoldTheRun(t *testing.T) {
	list := intervals(t, 2)
	r := simulate(t, "llama-3.1-8b-h100", "workload.requests=200")
	found := false
	for _, i := range list {
		if i.Metric == "completed" || i.Metric == "total_output_tokens" {
			t.Errorf("%s moves", i.Metric)
		}
		if i.Metric != "median_tpot_ms" {
			continue
		}
		found = true
		value := metric(t, r, i.Metric)
		if value < i.Low || value > i.High || i.High < 1.01*i.Low || i.High > 2*i.Low {
			t.Errorf("median TPOT %v in %v…%v", value, i.Low, i.High)
		}
	}
	if !found {
		t.Errorf("no interval of the median TPOT among %v", list)
	}
}

func TestIntervalsAreTheSameOnAnyNumberOfCores(t *testing.T) {
	if !reflect.DeepEqual(intervals(t, 1), intervals(t, 4)) {
		t.Error("intervals differ")
	}
}
