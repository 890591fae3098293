package workloads_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/workloads"
)

// Draws against closed forms, and tiny files against what they say. Nothing here goes by Measure, which is
// tested elsewhere.

// gapsOf are the times between arrivals in s, the first one since time 0.
func gapsOf(t *testing.T, arrival workloads.Arrival) []float64 {
	t.Helper()
	spec := chat(draws)
	spec.Arrival = arrival
	var gaps []float64
	last := units.Picoseconds(0)
	for _, r := range read(t, generate(t, spec)) {
		gaps = append(gaps, float64(r.Arrival-last)*1e-12)
		last = r.Arrival
	}
	return gaps
}

// erlang is the share of gaps up to x of a gamma distribution of a whole shape and scale 1: 1 − e^−x
// Σ_{i<shape} x^i/i!.
func erlang(shape int, x float64) float64 {
	sum, term := 0.0, 1.0
	for i := range shape {
		sum += term
		term *= x / float64(i+1)
	}
	return 1 - math.Exp(-x)*sum
}

// TestGapsFollowTheirDistribution compares shares of gaps, and their moments, with closed forms.
func TestGapsFollowTheirDistribution(t *testing.T) {
	const rate = 20.0
	exponential := func(x float64) float64 { return 1 - math.Exp(-rate*x) }
	for _, c := range []struct {
		arrival workloads.Arrival
		share   func(x float64) float64
		shape   float64
	}{
		{arrival: workloads.Arrival{Process: "poisson", Rate: rate}, share: exponential, shape: 1},
		{arrival: workloads.Arrival{Process: "gamma", Rate: rate, Burstiness: 1}, share: exponential, shape: 1},
		// Shape 1/2 is half a chi-square of one degree: P(gap < x) = erf √(rate·x/2).
		{arrival: workloads.Arrival{Process: "gamma", Rate: rate, Burstiness: 0.5},
			share: func(x float64) float64 { return math.Erf(math.Sqrt(rate * x / 2)) }, shape: 0.5},
		{arrival: workloads.Arrival{Process: "gamma", Rate: rate, Burstiness: 3},
			share: func(x float64) float64 { return erlang(3, 3*rate*x) }, shape: 3},
	} {
		gaps := gapsOf(t, c.arrival)
		name := fmt.Sprintf("%s %v", c.arrival.Process, c.arrival.Burstiness)
		for _, x := range []float64{0.005, 0.02, 0.05, 0.1, 0.2} {
			below := 0
			for _, gap := range gaps {
				if gap < x {
					below++
				}
			}
			p := c.share(x)
			within(t, fmt.Sprintf("%s: share of gaps below %v s", name, x), float64(below)/draws, p, math.Sqrt(p*(1-p)/draws))
		}
		mean, squares := 0.0, 0.0
		for _, gap := range gaps {
			mean += gap / draws
		}
		for _, gap := range gaps {
			squares += (gap - mean) * (gap - mean) / draws
		}
		// The variance of a variance is about (kurtosis − 1)·variance²/n, and a gamma's kurtosis is 3 + 6/shape.
		variance := 1 / (rate * rate * c.shape)
		within(t, name+": mean gap", mean, 1/rate, math.Sqrt(variance/draws))
		within(t, name+": variance", squares, variance, variance*math.Sqrt((2+6/c.shape)/draws))
		within(t, name+": correlation of neighbours", correlation(gaps[1:], gaps[:draws-1]), 0, 1/math.Sqrt(draws))
	}
}

func correlation(a, b []float64) float64 {
	n := float64(len(a))
	var ma, mb, ab, aa, bb float64
	for i := range a {
		ma += a[i] / n
		mb += b[i] / n
	}
	for i := range a {
		ab += (a[i] - ma) * (b[i] - mb)
		aa += (a[i] - ma) * (a[i] - ma)
		bb += (b[i] - mb) * (b[i] - mb)
	}
	return ab / math.Sqrt(aa*bb)
}

// phi is the standard normal distribution.
func phi(z float64) float64 { return math.Erfc(-z/math.Sqrt2) / 2 }

// TestLengthsFollowTheirDistribution compares the share of each length up to some with closed forms of the
// rounded and clipped distributions: a length of k comes of what lies below k + 1/2.
func TestLengthsFollowTheirDistribution(t *testing.T) {
	normal := func(mean, std float64) func(x float64) float64 {
		return func(x float64) float64 { return phi((x - mean) / std) }
	}
	// A lognormal of mean m and standard deviation s is e^(μ+σz) with σ² = ln(1+s²/m²) and μ = ln m − σ²/2.
	lognormal := func(mean, std float64) func(x float64) float64 {
		sigma := math.Sqrt(math.Log1p(std * std / mean / mean))
		mu := math.Log(mean) - sigma*sigma/2
		return func(x float64) float64 { return phi((math.Log(x) - mu) / sigma) }
	}
	for _, c := range []struct {
		lengths workloads.Lengths
		share   func(x float64) float64
		low     int
		high    int
	}{
		{workloads.Lengths{Distribution: "uniform", Min: 10, Max: 19},
			func(x float64) float64 { return (x - 9.5) / 10 }, 10, 19},
		{workloads.Lengths{Distribution: "normal", Mean: 512, Std: 256, Min: 1, Max: 1024}, normal(512, 256), 1, 1024},
		{workloads.Lengths{Distribution: "normal", Mean: 20, Std: 15}, normal(20, 15), 1, 0},
		{workloads.Lengths{Distribution: "normal", Mean: 10, Std: 20, Min: 3, Max: 15}, normal(10, 20), 3, 15},
		{workloads.Lengths{Distribution: "lognormal", Mean: 300, Std: 600}, lognormal(300, 600), 1, 0},
		{workloads.Lengths{Distribution: "lognormal", Mean: 50, Std: 10, Min: 40, Max: 60}, lognormal(50, 10), 40, 60},
	} {
		for side := range 2 {
			spec := chat(draws)
			spec.Input, spec.Output = c.lengths, c.lengths
			counts := map[int]int{}
			least, most := math.MaxInt, 0
			for _, r := range read(t, generate(t, spec)) {
				n := [2]int{r.Input, r.Output}[side]
				counts[n]++
				least, most = min(least, n), max(most, n)
			}
			if least < c.low || c.high > 0 && (least != c.low || most != c.high) {
				t.Errorf("%+v: from %d to %d", c.lengths, least, most)
			}
			below, done := 0, -1
			for k := least; k <= most && k < 3000; k++ {
				below += counts[k]
				p := c.share(float64(k) + 0.5)
				if c.high > 0 && k >= c.high {
					p = 1
				}
				if int(p*50) == done { // fifty places are enough
					continue
				}
				done = int(p * 50)
				within(t, fmt.Sprintf("%+v: share up to %d", c.lengths, k), float64(below)/draws, p, math.Sqrt(p*(1-p)/draws)+1e-12)
			}
		}
	}
}

// TestWhatIsDrawnIsIndependent of what else is drawn for the same request, and under another seed.
func TestWhatIsDrawnIsIndependent(t *testing.T) {
	columns := func(seed uint64) map[string][]float64 {
		spec := chat(draws)
		spec.Seed = seed
		spec.Output = spec.Input // of the same distribution, so that a shared stream would show
		list := map[string][]float64{}
		last := units.Picoseconds(0)
		for _, r := range read(t, generate(t, spec)) {
			list["gap"] = append(list["gap"], float64(r.Arrival-last))
			list["input"] = append(list["input"], float64(r.Input))
			list["output"] = append(list["output"], float64(r.Output))
			last = r.Arrival
		}
		return list
	}
	one, two := columns(1), columns(2)
	for _, a := range []string{"gap", "input", "output"} {
		for _, b := range []string{"gap", "input", "output"} {
			if a < b {
				within(t, "correlation of "+a+" and "+b, correlation(one[a], one[b]), 0, 1/math.Sqrt(draws))
			}
			within(t, "correlation of "+a+" and another seed's "+b, correlation(one[a], two[b]), 0, 1/math.Sqrt(draws))
		}
	}
	if again := columns(1); !slices.Equal(again["gap"], one["gap"]) || !slices.Equal(again["output"], one["output"]) {
		t.Error("the same seed draws something else")
	}
}

// The k-th of constant arrivals comes k/rate after the first, to the picosecond.
func TestConstantArrivalsAreExact(t *testing.T) {
	for rate, want := range map[float64][]units.Picoseconds{
		2:   {0, 500 * milli, 1000 * milli, 1500 * milli},
		0.1: {0, 10 * second, 20 * second, 30 * second},
		3:   {0, 333_333_333_333, 666_666_666_667, second},
	} {
		spec := chat(4)
		spec.Arrival = workloads.Arrival{Process: "constant", Rate: rate}
		for i, r := range read(t, generate(t, spec)) {
			if r.Arrival != want[i] {
				t.Errorf("at %v a second request %d arrives at %d ps, want %d", rate, i, r.Arrival, want[i])
			}
		}
	}
}

// TestUnitsOfTime reads 1,500 and 2,000.5 of each unit: the trace begins with its first row.
func TestUnitsOfTime(t *testing.T) {
	for unit, gap := range map[string]units.Picoseconds{"": 500_500 * milli, "s": 500_500 * milli,
		"ms": 500_500_000_000, "us": 500_500_000, "ns": 500_500} {
		columns := map[string]string{"arrival": "at", "input": "in", "output": "out"}
		if unit != "" {
			columns["unit"] = unit
		}
		parsed, err := workloads.ParseColumns(columns)
		if err != nil {
			t.Fatal(err)
		}
		source, err := workloads.Open(write(t, []byte("at,in,out\n1500,7,8\n2000.5,9,10\n")), "", workloads.Options{Columns: parsed})
		if err != nil {
			t.Fatal(err)
		}
		want := []workloads.Request{{Input: 7, Output: 8}, {Arrival: gap, Input: 9, Output: 10}}
		if d := cmp.Diff(want, read(t, source)); d != "" {
			t.Errorf("unit %q: %s", unit, d)
		}
	}
}

// TestAzureClock crosses the end of a minute, an hour, a leap day and a year, to 100 ns.
func TestAzureClock(t *testing.T) {
	content := azureHead +
		"2023-12-31 23:58:59.9999999,1,1\n" +
		"2023-12-31 23:59:00.0000000,2,1\n" + // 100 ns later
		"2024-01-01 00:00:01,3,1\n" + // 61 s later
		"2024-01-31 00:00:00+00:00,4,1\n" + // 30 days less a second
		"2024-01-31 03:30:00+02:00,5,1\n" // an hour and a half
	const ns100 = units.Picoseconds(100_000)
	day := 86_400 * second
	var got []units.Picoseconds
	for _, r := range read(t, open(t, content)) {
		got = append(got, r.Arrival)
	}
	want := []units.Picoseconds{0, ns100, ns100 + 61*second, ns100 + 60*second + 30*day,
		ns100 + 60*second + 30*day + 5400*second}
	if !slices.Equal(got, want) {
		t.Errorf("arrivals %v, want %v", got, want)
	}
}

const fourRows = "arrival,input,output\n10,1,1\n11,2,1\n13,3,1\n16,4,1\n"

// TestTransformsOfFourRows, which arrive 0, 1, 3 and 6 s after the first.
func TestTransformsOfFourRows(t *testing.T) {
	same := func(s workloads.Source) (workloads.Source, error) { return s, nil }
	for name, c := range map[string]struct {
		make   func(workloads.Source) (workloads.Source, error)
		inputs []int
		at     []float64
	}{
		"as it is": {same, []int{1, 2, 3, 4}, []float64{0, 1, 3, 6}},
		"twice the rate": {func(s workloads.Source) (workloads.Source, error) { return workloads.Scale(s, 2) },
			[]int{1, 2, 3, 4}, []float64{0, 0.5, 1.5, 3}},
		"a fourth of it": {func(s workloads.Source) (workloads.Source, error) { return workloads.Scale(s, 0.25) },
			[]int{1, 2, 3, 4}, []float64{0, 4, 12, 24}},
		"the first three": {func(s workloads.Source) (workloads.Source, error) {
			return workloads.First(s, 3),
				nil
		}, []int{1, 2, 3}, []float64{0, 1, 3}},
		"from 1 to 6 s": {func(s workloads.Source) (workloads.Source,
			error) {
			return workloads.Window(s, second, 6*second)
		}, []int{2, 3}, []float64{0, 2}},
		"and a bit more": {func(s workloads.Source) (workloads.Source,
			error) {
			return workloads.Window(s, second+1, 6*second+1)
		}, []int{3, 4}, []float64{2 - 1e-12, 5 - 1e-12}},
		// The second pass begins a mean gap, 2 s, after the last arrival.
		"twice over": {func(workloads.Source) (workloads.Source, error) {
			return workloads.Repeat(func() (workloads.Source, error) { return open(t, fourRows), nil }, 2)
		}, []int{1, 2, 3, 4, 1, 2, 3, 4}, []float64{0, 1, 3, 6, 8, 9, 11, 14}},
	} {
		source, err := c.make(open(t, fourRows))
		if err != nil {
			t.Fatal(err)
		}
		var inputs []int
		var at []float64
		for _, r := range read(t, source) {
			inputs = append(inputs, r.Input)
			at = append(at, float64(r.Arrival)*1e-12)
		}
		if !slices.Equal(inputs, c.inputs) || !slices.EqualFunc(at, c.at,
			func(a, b float64) bool { return math.Abs(a-b) < 1e-13 }) {
			t.Errorf("%s: requests %v at %v, want %v at %v", name, inputs, at, c.inputs, c.at)
		}
	}
}

// TestStatsOfFourRows by hand: gaps of 1, 2 and 3 s, prompts of 1 to 4 tokens.
func TestStatsOfFourRows(t *testing.T) {
	got := measure(t, open(t, fourRows))
	for what, x := range map[string][2]float64{
		"requests":    {float64(got.Requests), 4},
		"duration":    {float64(got.Duration), 6},
		"rate":        {got.Rate, 0.5},
		"variation":   {got.GapVariation, math.Sqrt(2./3) / 2},
		"total":       {float64(got.Input.Total), 10},
		"mean":        {got.Input.Mean, 2.5},
		"std":         {got.Input.Std, math.Sqrt(1.25)},
		"median":      {got.Input.P50, 2.5},
		"p90":         {got.Input.P90, 3.7},
		"p99":         {got.Input.P99, 3.97},
		"least":       {float64(got.Input.Min), 1},
		"most":        {float64(got.Input.Max), 4},
		"most output": {float64(got.Output.Max), 1},
		"minutes":     {float64(len(got.PerMinute)), 1},
		"a minute":    {float64(got.PerMinute[0]), 4},
	} {
		if math.Abs(x[0]-x[1]) > 1e-12 {
			t.Errorf("%s: %v, by hand %v", what, x[0], x[1])
		}
	}
}

// A trace may last 50 days to the second.
func TestLongestTrace(t *testing.T) {
	const most = 50 * 86_400
	for last, fits := range map[int]bool{most: true, most + 1: false} {
		source := open(t, fmt.Sprintf("arrival,input,output\n0,1,1\n%d,1,1\n", last))
		if drain(source); (source.Err() == nil) != fits {
			t.Errorf("a trace of %d s: %v", last, source.Err())
		}
	}
}
