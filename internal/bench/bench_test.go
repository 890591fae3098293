package bench

import (
	"context"
	"math"
	"strings"
	"testing"

	"github.com/roofserve/roofserve/scenarios"
)

// Every load of the catalogue builds and runs, with the requests that it says.
func TestLoads(t *testing.T) {
	c, err := readCatalogue()
	if err != nil {
		t.Fatal(err)
	}
	for i := range c.Load {
		l := &c.Load[i]
		if l.From == fromMooncake {
			continue // its trace is not part of the program
		}
		f := feed{load: l, requests: 1000, service: &c.Service}
		if len(l.Requests) == 0 {
			f.requests = 0
		}
		remove, err := f.prepare()
		if err != nil {
			t.Fatalf("%s: %v", l.Name, err)
		}
		defer remove()
		b, err := f.build(0)
		if err != nil {
			t.Fatalf("%s: %v", l.Name, err)
		}
		r, err := b.Run(context.Background(), scenarios.Hooks{})
		if err != nil {
			t.Fatalf("%s: %v", l.Name, err)
		}
		if got := r.Result.Completed + r.Result.Failed; f.requests > 0 && got != f.requests/max(1, l.Cases) {
			t.Errorf("%s: %d requests; want %d", l.Name, got, f.requests)
		}
	}
}

// A load from CSV simulates what the load itself does.
func TestCSVIsTheSameLoad(t *testing.T) {
	results := map[string]Measurement{}
	var shares []float64
	r, err := Run(context.Background(), Options{Loads: []string{"standard", "csv"}, Quick: true,
		OnProgress: func(share float64) { shares = append(shares, share) }})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range r.Loads {
		results[m.Load] = m
	}
	a, b := results["standard"], results["csv"]
	if a.Steps != b.Steps || a.LatencyP99 != b.LatencyP99 || a.Requests != b.Requests || a.Steps == 0 {
		t.Errorf("drawn %+v\nread %+v", a, b)
	}
	if a.Seconds <= 0 || a.LoopSteps <= 0 || a.PeakBytes < 1<<20 || a.RelativeErrors > 0.005 {
		t.Errorf("figures out of range: %+v", a)
	}
	if last := shares[len(shares)-1]; last != 1 {
		t.Errorf("progress ended at %v", last)
	}
}

func TestChoose(t *testing.T) {
	for _, c := range []struct{ load, want string }{
		{"standrad", `load: unknown load "standrad"; did you mean "standard"?`},
		{"mooncake", "load: mooncake needs its trace; name the file with --mooncake"},
	} {
		if _, err := Run(context.Background(), Options{Loads: []string{c.load}}); err == nil ||
			!strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%v; want %s", err, c.want)
		}
	}
}

func TestExponents(t *testing.T) {
	var list []Measurement
	for _, n := range []int{100, 1000, 10_000} {
		list = append(list, Measurement{Load: "cubic", Requests: n, Seconds: 2 * math.Pow(float64(n), 3)})
	}
	list = append(list, Measurement{Load: "alone", Requests: 5, Seconds: 1})
	got := exponents(list)
	if len(got) != 1 || math.Abs(got["cubic"]-3) > 1e-9 {
		t.Errorf("exponents %v; want cubic: 3", got)
	}
}

func TestMedian(t *testing.T) {
	if got := median([]float64{3, 1, 2}); got != 2 {
		t.Errorf("median of three: %v", got)
	}
	if got := median([]float64{4, 1, 2, 3}); got != 2.5 {
		t.Errorf("median of four: %v", got)
	}
}
