package workloads_test

import (
	"encoding/json"
	"math"
	"slices"
	"testing"

	"github.com/roofserve/roofserve/workloads"
	"gonum.org/v1/gonum/stat"
	"pgregory.net/rapid"
)

func TestMeasureAgreesWithDefinitions(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		requests := drawRequests(t)
		var inputs, gaps []float64
		for i := range requests {
			requests[i].Input = rapid.IntRange(1, 30).Draw(t, "input")
			inputs = append(inputs, float64(requests[i].Input))
			if i > 0 {
				gaps = append(gaps, float64((requests[i].Arrival - requests[i-1].Arrival).Seconds()))
			}
		}
		got, err := workloads.Measure(&list{requests: requests})
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(inputs)
		mean, std := stat.PopMeanStdDev(inputs, nil)
		check := func(what string, got, want float64) {
			if math.Abs(got-want) > 1e-9*(1+math.Abs(want)) {
				t.Fatalf("%s is %v, want %v", what, got, want)
			}
		}
		check("mean", got.Input.Mean, mean)
		check("std", got.Input.Std, std)
		n := float64(len(inputs))
		at := 0.9 * (n - 1)
		low := int(at)
		high := min(low+1, len(inputs)-1)
		check("p90", got.Input.P90, inputs[low]+(at-float64(low))*(inputs[high]-inputs[low]))
		check("min and max", float64(got.Input.Min+got.Input.Max), inputs[0]+inputs[len(inputs)-1])
		if got.Duration > 0 {
			mean, std := stat.PopMeanStdDev(gaps, nil)
			check("variation", got.GapVariation, std/mean)
			check("rate", got.Rate, 1/mean)
		}
		total := 0
		for _, perMinute := range got.PerMinute {
			total += perMinute
		}
		if total != len(requests) || got.Requests != total {
			t.Fatalf("%d requests, %d in all minutes", got.Requests, total)
		}
	})
}

func TestMeasureOfOneAndOfNone(t *testing.T) {
	for n := range 2 {
		stats := measure(t, &list{requests: []workloads.Request{{Input: 3, Output: 4}}[:n]})
		if stats.Requests != n || stats.Rate != 0 || stats.GapVariation != 0 {
			t.Errorf("%+v", stats)
		}
		if _, err := json.Marshal(stats); err != nil {
			t.Errorf("%d requests: %v", n, err)
		}
	}
	spec := chat(5)
	spec.Arrival = workloads.Arrival{Process: "closed", Concurrency: 2}
	if stats := measure(t, generate(t, spec)); stats.Concurrency != 2 {
		t.Errorf("%+v", stats)
	}
	if _, err := workloads.Measure(open(t, "arrival,input,output\n1,2,x\n")); err == nil {
		t.Error("a broken trace is measured")
	}
}

func TestMinutes(t *testing.T) {
	requests := []workloads.Request{{Input: 1}, {Arrival: 59 * second, Input: 1},
		{Arrival: 150 * second, Input: 1}}
	got := measure(t, &list{requests: requests})
	if !slices.Equal(got.PerMinute, []int{2, 0, 1}) || got.Minutes.Mean != 1 || got.Minutes.Max != 2 ||
		got.Minutes.P50 != 1 {
		t.Errorf("%v %+v", got.PerMinute, got.Minutes)
	}
	if m := got.Minutes; math.Abs(m.P99-1.98) > 1e-12 || math.Abs(m.Std-math.Sqrt(2.0/3)) > 1e-12 {
		t.Errorf("%+v, want NumPy's p99 of 0, 1 and 2, and a deviation of √⅔", m)
	}
	requests = append(requests, slices.Repeat([]workloads.Request{{Arrival: 190 * second, Input: 1}}, 4)...)
	if m := measure(t, &list{requests: requests}).Minutes; m.P50 != 1.5 {
		t.Errorf("the median of 0, 1, 2 and 4 is %v", m.P50)
	}
}

// The trace's own reuse of full blocks, counted beforehand: what an unbounded prefix cache finds.
func TestMooncakeReuse(t *testing.T) {
	source, err := workloads.Open(shared(t, "mooncake_conversation.jsonl.gz"), "", workloads.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := measure(t, source).Prefix.HitRate; math.Abs(got-0.3819003150192954) > 1e-12 {
		t.Errorf("hit rate %v, want 0.38190", got)
	}
}
