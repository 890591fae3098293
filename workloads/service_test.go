package workloads_test

import (
	"math"
	"testing"

	"github.com/roofserve/roofserve/workloads"
)

// Rates follow the hours and the days, kinds come in their shares, and the mean rate is what was asked for.
func TestServiceSwings(t *testing.T) {
	hours, days := make([]float64, 24), []float64{1, 1, 1, 1, 1, 0.5, 0.5}
	for i := range hours {
		hours[i] = 1 + float64(i%2)
	}
	const week, n = 7 * 24 * 3600, 600_000
	source, err := workloads.GenerateService(workloads.Service{
		Requests: n, Seed: 3, Rate: float64(n) / week, Hours: hours, Days: days,
		Kinds: []workloads.Kind{
			{Share: 1, Input: workloads.Lengths{Distribution: "fixed", Value: 10},
				Output: workloads.Lengths{Distribution: "fixed", Value: 1}},
			{Share: 3, Input: workloads.Lengths{Distribution: "fixed", Value: 20},
				Output: workloads.Lengths{Distribution: "fixed", Value: 2}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	var odd, weekend, long float64
	all := read(t, source)
	for _, r := range all {
		hour := int(r.Arrival / (3600 * second))
		if hour%2 == 1 {
			odd++
		}
		if hour/24%7 >= 5 {
			weekend++
		}
		if r.Input == 20 && r.Output == 2 {
			long++
		}
	}
	near := func(what string, got, want float64) {
		if math.Abs(got-want) > 0.01 {
			t.Errorf("%s: %.3f; want %.3f", what, got, want)
		}
	}
	near("odd hours", odd/n, 2.0/3)
	near("weekend", weekend/n, 1.0/6)
	near("second kind", long/n, 0.75)
	near("weeks", float64(all[n-1].Arrival)/float64(week*second), 1)
}

func TestServiceIsChecked(t *testing.T) {
	kinds := []workloads.Kind{{Share: 1, Input: workloads.Lengths{Distribution: "fixed", Value: 1},
		Output: workloads.Lengths{Distribution: "fixed", Value: 1}}}
	for _, c := range []struct {
		spec workloads.Service
		want string
	}{
		{workloads.Service{Rate: 1, Kinds: kinds}, "requests: 0 is not a number of requests; use at least 1"},
		{workloads.Service{Requests: 1, Kinds: kinds}, "rate: 0 is no rate; use a positive number of requests a second"},
		{workloads.Service{Requests: 1, Rate: 1, Kinds: kinds, Hours: []float64{1}}, "hours: 1 hours in a day; give 24 numbers, or none"},
		{workloads.Service{Requests: 1, Rate: 1, Kinds: kinds, Days: []float64{1}}, "days: 1 days in a week; give 7 numbers, or none"},
		{
			workloads.Service{Requests: 1, Rate: 1,
				Kinds: []workloads.Kind{{Share: 1, Input: workloads.Lengths{Distribution: "empirical", Trace: "t"}}}},
			`input.trace: a service draws no lengths from a trace, as from "t"; use a distribution with parameters`,
		},
		{workloads.Service{Requests: 1, Rate: 1}, "kinds: no kind of request; give at least one"},
	} {
		if _, err := workloads.GenerateService(c.spec); err == nil || err.Error() != c.want {
			t.Errorf("%v; want %s", err, c.want)
		}
	}
}
