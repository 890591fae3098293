package workloads_test

import (
	"errors"
	"fmt"
	"hash/fnv"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/roofserve/roofserve/internal/fault"
	"github.com/roofserve/roofserve/workloads"
)

// chat is the load of the speed targets.
func chat(requests int) workloads.Synthetic {
	return workloads.Synthetic{
		Requests: requests, Seed: 1,
		Arrival: workloads.Arrival{Process: "poisson", Rate: 20},
		Input:   workloads.Lengths{Distribution: "normal", Mean: 512, Std: 256, Min: 1},
		Output:  workloads.Lengths{Distribution: "normal", Mean: 256, Std: 128, Min: 1, Max: 1024},
	}
}

func openTrace(_, name string) (workloads.Source, error) {
	return workloads.Open(name, "", workloads.Options{})
}

func generate(t testing.TB, spec workloads.Synthetic) workloads.Source {
	t.Helper()
	source, err := workloads.Generate(spec, openTrace)
	if err != nil {
		t.Fatal(err)
	}
	return source
}

func measure(t testing.TB, source workloads.Source) workloads.Stats {
	t.Helper()
	stats, err := workloads.Measure(source)
	if err != nil {
		t.Fatal(err)
	}
	return stats
}

// within tells that got is want up to a number of standard errors, so that a right generator fails once in a
// million.
func within(t *testing.T, what string, got, want, standardError float64) {
	t.Helper()
	if math.Abs(got-want) > 5*standardError {
		t.Errorf("%s is %v, want %v ± %v", what, got, want, standardError)
	}
}

const draws = 200_000

func TestArrivalProcesses(t *testing.T) {
	const n, rate = draws, 20.0
	for _, c := range []struct {
		arrival   workloads.Arrival
		variation float64 // of the gaps: 1/√shape for gamma
	}{
		{workloads.Arrival{Process: "poisson", Rate: rate}, 1},
		{workloads.Arrival{Process: "gamma", Rate: rate, Burstiness: 1}, 1},
		{workloads.Arrival{Process: "gamma", Rate: rate, Burstiness: 4}, 0.5},
		{workloads.Arrival{Process: "gamma", Rate: rate, Burstiness: 0.25}, 2},
		{workloads.Arrival{Process: "constant", Rate: rate}, 0},
	} {
		spec := chat(n)
		spec.Arrival = c.arrival
		stats := measure(t, generate(t, spec))
		name := fmt.Sprintf("%s %v", c.arrival.Process, c.arrival.Burstiness)
		if stats.Requests != n {
			t.Errorf("%s: %d requests", name, stats.Requests)
		}
		within(t, name+": rate", stats.Rate, rate, rate*c.variation/math.Sqrt(n)+1e-9)
		within(t, name+": variation", stats.GapVariation, c.variation,
			2*(1+c.variation*c.variation)/math.Sqrt(n)*math.Ceil(c.variation)+1e-6)
	}
}

func TestConstantArrivalsDoNotDrift(t *testing.T) {
	spec := chat(3001)
	spec.Arrival = workloads.Arrival{Process: "constant", Rate: 3}
	requests := read(t, generate(t, spec))
	if requests[0].Arrival != 0 || requests[3000].Arrival != 1000*second {
		t.Errorf("from %v to %v, want 0 to 1000 s", requests[0].Arrival, requests[3000].Arrival)
	}
}

func TestClosedLoop(t *testing.T) {
	spec := chat(10)
	spec.Arrival = workloads.Arrival{Process: "closed", Concurrency: 4}
	source := generate(t, spec)
	if closed, ok := source.(workloads.Closed); !ok || closed.Concurrency() != 4 {
		t.Error("not a closed loop of four")
	}
	if counted, ok := source.(workloads.Counted); !ok || counted.Len() != 10 {
		t.Error("not ten requests")
	}
	for _, r := range read(t, source) {
		if r.Arrival != 0 {
			t.Errorf("%+v does not start at once", r)
		}
	}
	if _, ok := generate(t, chat(10)).(workloads.Closed); ok {
		t.Error("an open loop claims to be closed")
	}
}

func TestLengthDistributions(t *testing.T) {
	clipped := workloads.Lengths{Distribution: "normal", Mean: 10, Std: 20, Min: 3, Max: 15}
	for _, c := range []struct {
		lengths   workloads.Lengths
		mean, std float64
		min, max  int
	}{
		{workloads.Lengths{Distribution: "fixed", Value: 77}, 77, 0, 77, 77},
		{workloads.Lengths{Distribution: "uniform", Min: 10, Max: 19}, 14.5, math.Sqrt(99.0 / 12), 10, 19},
		{workloads.Lengths{Distribution: "uniform", Min: 5, Max: 5}, 5, 0, 5, 5},
		{workloads.Lengths{Distribution: "normal", Mean: 5000, Std: 500}, 5000, 500, 0, 0},
		{workloads.Lengths{Distribution: "normal", Mean: 50}, 50, 0, 50, 50},
		{workloads.Lengths{Distribution: "lognormal", Mean: 3000, Std: 1500}, 3000, 1500, 0, 0},
		{clipped, 0, 0, 3, 15},
	} {
		spec := chat(draws)
		spec.Input = c.lengths
		got := measure(t, generate(t, spec)).Input
		name := fmt.Sprintf("%+v", c.lengths)
		if c.mean > 0 {
			within(t, name+": mean", got.Mean, c.mean, c.std/math.Sqrt(draws))
			within(t, name+": std", got.Std, c.std, 2*c.std/math.Sqrt(draws)+1e-4*c.std)
		}
		if c.max > 0 && (got.Min != c.min || got.Max != c.max) {
			t.Errorf("%s: from %d to %d", name, got.Min, got.Max)
		}
	}
}

func TestEmpiricalLengthsAreThoseOfTheTrace(t *testing.T) {
	const trace = "azure-2023-conv"
	source, err := openTrace("", trace)
	if err != nil {
		t.Fatal(err)
	}
	rows := map[[2]int]bool{}
	for _, r := range read(t, source) {
		rows[[2]int{r.Input, r.Output}] = true
	}
	spec := chat(draws)
	spec.Input = workloads.Lengths{Distribution: "empirical", Trace: trace}
	spec.Output = spec.Input
	joint := read(t, generate(t, spec))
	for _, r := range joint {
		if !rows[[2]int{r.Input, r.Output}] {
			t.Fatalf("no row of the trace has %d and %d tokens", r.Input, r.Output)
		}
	}
	stats := measure(t, generate(t, spec))
	within(t, "mean input", stats.Input.Mean, 22361870.0/19366, stats.Input.Std/math.Sqrt(draws))
	within(t, "mean output", stats.Output.Mean, 4088665.0/19366, stats.Output.Std/math.Sqrt(draws))
	spec.Input = workloads.Lengths{Distribution: "fixed", Value: 9}
	alone := measure(t, generate(t, spec))
	within(t, "mean output alone", alone.Output.Mean, 4088665.0/19366, stats.Output.Std/math.Sqrt(draws))
}

func TestArrivalsOfATrace(t *testing.T) {
	spec := chat(19366)
	spec.Arrival = workloads.Arrival{Process: "trace", Trace: "azure-2023-conv"}
	got := read(t, generate(t, spec))
	source, err := openTrace("", "azure-2023-conv")
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range read(t, source) {
		if got[i].Arrival != r.Arrival {
			t.Fatalf("request %d arrives at %v, that of the trace at %v", i, got[i].Arrival, r.Arrival)
		}
	}
	spec.Requests++
	more := generate(t, spec)
	drain(more)
	if err := more.Err(); err == nil || !strings.Contains(err.Error(), "azure-2023-conv has only 19366 arrivals") {
		t.Errorf("got %v", err)
	}
}

// Changing how one thing is drawn leaves the others as they are.
func TestStreamsAreIndependent(t *testing.T) {
	base := read(t, generate(t, chat(100)))
	spec := chat(100)
	spec.Arrival = workloads.Arrival{Process: "gamma", Rate: 1, Burstiness: 0.5}
	spec.Input = workloads.Lengths{Distribution: "uniform", Min: 1, Max: 9}
	for i, r := range read(t, generate(t, spec)) {
		if r.Output != base[i].Output {
			t.Fatalf("output %d changed from %d to %d", i, base[i].Output, r.Output)
		}
		if r.Arrival == base[i].Arrival {
			t.Fatal("the arrivals did not change")
		}
	}
	spec = chat(100)
	spec.Seed = 2
	if cmp.Equal(base, read(t, generate(t, spec))) {
		t.Error("another seed draws the same")
	}
}

// The very numbers, so that a change of the generators or a machine that rounds otherwise shows at once.
func TestDrawsAreTheSameEverywhere(t *testing.T) {
	for _, c := range []struct {
		arrival workloads.Arrival
		lengths workloads.Lengths
		want    uint64
	}{
		{workloads.Arrival{Process: "poisson", Rate: 20},
			workloads.Lengths{Distribution: "normal", Mean: 512, Std: 256}, 0x4184db84498defc5},
		{workloads.Arrival{Process: "gamma", Rate: 3, Burstiness: 0.3},
			workloads.Lengths{Distribution: "lognormal", Mean: 512, Std: 2560}, 0xb1b20478da635d87},
		{workloads.Arrival{Process: "gamma", Rate: 3, Burstiness: 7},
			workloads.Lengths{Distribution: "uniform", Min: 5, Max: 5000}, 0x26afbfbffb016d4f},
	} {
		spec := chat(20_000)
		spec.Arrival, spec.Input = c.arrival, c.lengths
		digest := fnv.New64a()
		for _, r := range read(t, generate(t, spec)) {
			fmt.Fprintln(digest, r.Arrival, r.Input, r.Output)
		}
		if got := digest.Sum64(); got != c.want {
			t.Errorf("%+v %+v: digest %#x, want %#x", c.arrival, c.lengths, got, c.want)
		}
	}
}

func TestMistakesInSyntheticWorkloads(t *testing.T) {
	for want, change := range map[string]func(*workloads.Synthetic){
		"requests: 0 is not a number of requests":                    func(s *workloads.Synthetic) { s.Requests = 0 },
		`arrival.process: unknown arrival process "poison"; did you`: func(s *workloads.Synthetic) { s.Arrival.Process = "poison" },
		"arrival.rate: -1 is no rate":                                func(s *workloads.Synthetic) { s.Arrival.Rate = -1 },
		"arrival.rate: NaN is no rate":                               func(s *workloads.Synthetic) { s.Arrival.Rate = math.NaN() },
		"arrival.burstiness: 0 is no shape":                          func(s *workloads.Synthetic) { s.Arrival.Process = "gamma" },
		"arrival.concurrency: 0 is no number of users":               func(s *workloads.Synthetic) { s.Arrival.Process = "closed" },
		"absent: no such trace": func(s *workloads.Synthetic) {
			s.Arrival = workloads.Arrival{Process: "trace", Trace: "absent"}
		},
		`input.distribution: unknown distribution "norml"; did you`:     func(s *workloads.Synthetic) { s.Input.Distribution = "norml" },
		"input.value: 0 is no number of tokens":                         func(s *workloads.Synthetic) { s.Input.Distribution = "fixed" },
		"output.max: min 5 and max 4 leave nothing":                     func(s *workloads.Synthetic) { s.Output.Min, s.Output.Max = 5, 4 },
		"output.max: min 0 and max 0 leave nothing":                     func(s *workloads.Synthetic) { s.Output = workloads.Lengths{Distribution: "uniform"} },
		"output.mean: 0 is no mean":                                     func(s *workloads.Synthetic) { s.Output.Mean = 0 },
		"output.std: NaN is no standard deviation":                      func(s *workloads.Synthetic) { s.Output.Std = math.NaN() },
		"arrival: the requests arrive over more than 50 days":           func(s *workloads.Synthetic) { s.Arrival.Rate = 1e-9 },
		"arrival: the requests arrive over more than 50 days; use a hi": func(s *workloads.Synthetic) { s.Arrival = workloads.Arrival{Process: "constant", Rate: 1e-9} },
		"absent: no such trace; give": func(s *workloads.Synthetic) {
			s.Input = workloads.Lengths{Distribution: "empirical", Trace: "absent"}
		},
	} {
		spec := chat(10)
		change(&spec)
		source, err := workloads.Generate(spec, openTrace)
		if err == nil {
			drain(source)
			err = source.Err()
		}
		var f *fault.Error
		if !errors.As(err, &f) || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestDrawingDoesNotAllocate(t *testing.T) {
	spec := chat(10_000)
	spec.Input = workloads.Lengths{Distribution: "uniform", Min: 1, Max: 100}
	source := generate(t, spec)
	var r workloads.Request
	if allocations := testing.AllocsPerRun(5000, func() { source.Next(&r) }); allocations > 0 {
		t.Errorf("%v allocations a request", allocations)
	}
}

func BenchmarkGenerate(b *testing.B) {
	gamma := chat(b.N)
	gamma.Arrival = workloads.Arrival{Process: "gamma", Rate: 20, Burstiness: 0.5}
	gamma.Input.Distribution, gamma.Output.Distribution = "lognormal", "lognormal"
	for name, spec := range map[string]workloads.Synthetic{"poisson-normal": chat(0), "gamma-lognormal": gamma} {
		b.Run(name, func(b *testing.B) {
			spec.Requests = b.N
			source := generate(b, spec)
			b.ReportAllocs()
			var r workloads.Request
			for source.Next(&r) {
			}
		})
	}
}

func ExampleGenerate() {
	source, err := workloads.Generate(workloads.Synthetic{
		Requests: 3, Seed: 7,
		Arrival: workloads.Arrival{Process: "constant", Rate: 2},
		Input:   workloads.Lengths{Distribution: "fixed", Value: 512},
		Output:  workloads.Lengths{Distribution: "fixed", Value: 64},
	}, nil)
	if err != nil {
		panic(err)
	}
	var r workloads.Request
	for source.Next(&r) {
		fmt.Println(r.Arrival.Milliseconds(), r.Input, r.Output)
	}
	// Output:
	// 0 512 64
	// 500 512 64
	// 1000 512 64
}
