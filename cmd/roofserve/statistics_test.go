package main

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// This file recomputes what a run's JSON says from the run's --requests-csv, for random scenarios. It knows
// the two files as a user does, and calls nothing of the program but its command line.

// TestStatisticsFollowFromTheRequests is seeded by the number of the scenario, which a failure names.
func TestStatisticsFollowFromTheRequests(t *testing.T) {
	dir := t.TempDir()
	seen := map[string]int{}
	for seed := range 300 {
		text, tags := randomScenario(uint64(seed))
		for _, tag := range tags {
			seen[tag]++
		}
		c := recount(t, dir, text)
		c.audit()
		if len(c.faults) > 0 {
			t.Errorf("scenario %d:\n%s\n%s", seed, strings.Join(c.faults, "\n"), text)
		}
		for _, tag := range c.tags() {
			seen[tag]++
		}
	}
	for _, tag := range []string{
		"vllm", "sglang", "trtllm", "vllm-2023", "poisson", "gamma", "constant", "closed", "fixed", "uniform", "normal",
		"lognormal", "pp", "dp", "replicas", "warm-up", "slo", "caching", "some failed", "all failed", "one token only",
		"every gap known", "preempted", "more than a sketch keeps", "nothing measured has a second token",
	} {
		if seen[tag] < 2 {
			t.Errorf("%d of the scenarios are of the kind %q", seen[tag], tag)
		}
	}
}

// row is a request as the CSV file tells.
type row struct {
	arrival, first, last float64 // s
	input, output        int
	preemptions          int
	ttft, tpot, e2el     float64 // ms; tpot is NaN where the cell is empty
}

// recounting is a run's two files.
type recounting struct {
	scenario scenarioOf
	result   map[string]any
	rows     []row // of completed requests
	failed   int
	faults   []string
}

// scenarioOf is what the JSON repeats of the scenario.
type scenarioOf struct {
	Hardware struct{ Replicas int }
	Workload struct {
		Warmup float64 `json:"warmup_s"`
	}
	SLO struct {
		TTFT float64 `json:"ttft_ms"`
		TPOT float64 `json:"tpot_ms"`
		E2E  float64 `json:"e2el_ms"`
	}
}

// recount runs a scenario and reads both files.
func recount(t *testing.T, dir, text string) *recounting {
	t.Helper()
	scenario, result := filepath.Join(dir, "s.toml"), filepath.Join(dir, "r.json")
	table := filepath.Join(dir, "r.csv")
	if err := os.WriteFile(scenario, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var errs strings.Builder
	args := []string{"run", scenario, "--quiet", "--json", result, "--requests-csv", table}
	if code := run(context.Background(), strings.NewReader(""), &errs, &errs, args); code != 0 {
		t.Fatalf("exit status %d: %s\n%s", code, errs.String(), text)
	}
	data, err := os.ReadFile(result)
	if err != nil {
		t.Fatal(err)
	}
	c := &recounting{}
	var repeated struct{ Scenario *scenarioOf }
	repeated.Scenario = &c.scenario
	if err := json.Unmarshal(data, &c.result); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &repeated); err != nil {
		t.Fatal(err)
	}
	c.read(t, table)
	return c
}

func (c *recounting) read(t *testing.T, table string) {
	t.Helper()
	data, err := os.ReadFile(table)
	if err != nil {
		t.Fatal(err)
	}
	records, err := csv.NewReader(strings.NewReader(string(data))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, record := range records[1:] {
		cell := func(column string) string { return record[slices.Index(records[0], column)] }
		number := func(column string) float64 {
			x, err := strconv.ParseFloat(cell(column), 64)
			if err != nil {
				return math.NaN()
			}
			return x
		}
		if cell("failed") == "true" {
			c.failed++
			continue
		}
		c.rows = append(c.rows, row{
			arrival: number("arrival_s"), first: number("first_token_s"), last: number("last_token_s"),
			input: int(number("input_tokens")), output: int(number("output_tokens")),
			preemptions: int(number("preemptions")),
			ttft:        number("ttft_ms"), tpot: number("tpot_ms"), e2el: number("e2el_ms"),
		})
	}
}

// measured is the completed requests that arrived after the warm-up.
func (c *recounting) measured() (list []row) {
	for _, r := range c.rows {
		if r.arrival >= c.scenario.Workload.Warmup-1e-12 {
			list = append(list, r)
		}
	}
	return list
}

// values is a figure of each of some requests.
func values(rows []row, of func(r row) float64) (list []float64) {
	for _, r := range rows {
		if x := of(r); !math.IsNaN(x) {
			list = append(list, x)
		}
	}
	return list
}

func sum(list []float64) (total float64) {
	for _, x := range list {
		total += x
	}
	return total
}

func (c *recounting) faultf(format string, args ...any) {
	c.faults = append(c.faults, fmt.Sprintf(format, args...))
}

// figure is a number of the JSON; a dot leads into an object. It is NaN where the JSON says null or
// nothing.
func (c *recounting) figure(name string) float64 {
	var value any = c.result
	for key := range strings.SplitSeq(name, ".") {
		object, _ := value.(map[string]any)
		value = object[key]
	}
	if x, ok := value.(float64); ok {
		return x
	}
	return math.NaN()
}

// expect holds a figure of the JSON against what the requests say, NaN for null.
func (c *recounting) expect(name string, want, tolerance float64) {
	got := c.figure(name)
	if math.IsNaN(got) != math.IsNaN(want) || math.Abs(got-want) > tolerance*math.Abs(want)+1e-12 {
		c.faultf("%s is %v, the requests say %v", name, got, want)
	}
}

const rounding = 1e-9

// audit holds everything that follows from the requests against the JSON.
func (c *recounting) audit() {
	c.times()
	c.totals()
	measured := c.measured()
	second := slices.DeleteFunc(slices.Clone(measured), func(r row) bool { return r.output < 2 })
	c.distribution("ttft", values(measured, func(r row) float64 { return 1e3 * (r.first - r.arrival) }))
	c.distribution("e2el", values(measured, func(r row) float64 { return 1e3 * (r.last - r.arrival) }))
	tpot := values(second, func(r row) float64 { return 1e3 * (r.last - r.first) / float64(r.output-1) })
	c.distribution("tpot", tpot)
	c.gaps(second, tpot)
	c.concurrency()
}

// times holds the latencies of each row against its times.
func (c *recounting) times() {
	same := func(a, b float64) bool {
		return (math.IsNaN(a) && math.IsNaN(b)) || math.Abs(a-b) <= 1e-8*max(1, math.Abs(b))
	}
	for i, r := range c.rows {
		tpot := math.NaN()
		if r.output > 1 {
			tpot = 1e3 * (r.last - r.first) / float64(r.output-1)
		}
		if !same(r.ttft, 1e3*(r.first-r.arrival)) || !same(r.e2el, 1e3*(r.last-r.arrival)) || !same(r.tpot, tpot) {
			c.faultf("row %d: %+v", i, r)
		}
		if !(r.arrival >= 0 && r.first > r.arrival && r.last >= r.first && (r.last > r.first) == (r.output > 1)) {
			c.faultf("row %d is out of order: %+v", i, r)
		}
	}
}

// totals holds counts and what is counted a second.
func (c *recounting) totals() {
	completed := float64(len(c.rows))
	in := sum(values(c.rows, func(r row) float64 { return float64(r.input) }))
	out := sum(values(c.rows, func(r row) float64 { return float64(r.output) }))
	c.expect("completed", completed, 0)
	c.expect("failed", float64(c.failed), 0)
	c.expect("num_prompts", completed+float64(c.failed), 0)
	c.expect("total_input_tokens", in, 0)
	c.expect("total_output_tokens", out, 0)
	duration, longest := math.NaN(), math.NaN()
	if completed > 0 {
		duration = slices.Max(values(c.rows, func(r row) float64 { return r.last }))
		longest = slices.Max(values(c.rows, func(r row) float64 { return float64(r.input + r.output) }))
	}
	c.expect("duration", duration, rounding)
	c.expect("max_context", longest, 0)
	c.expect("request_throughput", completed/duration, rounding)
	c.expect("input_throughput", in/duration, rounding)
	c.expect("output_throughput", out/duration, rounding)
	c.expect("total_token_throughput", (in+out)/duration, rounding)
	c.expect("concurrency", sum(values(c.rows, func(r row) float64 { return r.last - r.arrival }))/duration, rounding)
	preemptions := sum(values(c.rows, func(r row) float64 { return float64(r.preemptions) }))
	c.expect("preemptions", preemptions+0*duration, 0)
	c.expect("request_goodput", c.good()/duration, rounding)
}

// good counts the requests that met every limit; NaN where there is none.
func (c *recounting) good() (n float64) {
	limits := &c.scenario.SLO
	if limits.TTFT == 0 && limits.TPOT == 0 && limits.E2E == 0 {
		return math.NaN()
	}
	for _, r := range c.rows {
		met := (limits.TTFT == 0 || r.ttft <= limits.TTFT) && (limits.E2E == 0 || r.e2el <= limits.E2E)
		if met && (limits.TPOT == 0 || r.output < 2 || r.tpot <= limits.TPOT) {
			n++
		}
	}
	return n
}

// distribution holds every statistic of a latency against its observations, in ms.
func (c *recounting) distribution(name string, observed []float64) {
	tolerance := rounding
	if len(observed) > 8192 {
		tolerance = c.figure("sketch_error")
		if tolerance > 0.005 {
			c.faultf("sketch_error is %v", tolerance)
		}
	}
	observed = slices.Sorted(slices.Values(observed))
	nan := math.NaN()
	mean, std, least, most := nan, nan, nan, nan
	if n := float64(len(observed)); n > 0 {
		mean = sum(observed) / n
		std = math.Sqrt(sum(squares(observed, mean)) / n)
		least, most = observed[0], observed[len(observed)-1]
	}
	c.expect("mean_"+name+"_ms", mean, rounding)
	if got := c.figure("std_" + name + "_ms"); math.Abs(got-std) > 1e-7*mean || math.IsNaN(got) != math.IsNaN(std) {
		c.faultf("std_%s_ms is %v, the requests say %v", name, got, std)
	}
	c.expect("min_"+name+"_ms", least, rounding)
	c.expect("max_"+name+"_ms", most, rounding)
	for label, q := range map[string]float64{"median": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99} {
		c.expect(label+"_"+name+"_ms", linear(observed, q), tolerance)
	}
}

func squares(list []float64, about float64) (squared []float64) {
	for _, x := range list {
		squared = append(squared, (x-about)*(x-about))
	}
	return squared
}

// gaps holds what requests tell of the times between tokens: everything where no answer has more than two,
// else their mean and bounds.
func (c *recounting) gaps(second []row, tpot []float64) {
	if slices.IndexFunc(second, func(r row) bool { return r.output > 2 }) < 0 {
		c.distribution("itl", tpot)
		return
	}
	lasted := sum(values(second, func(r row) float64 { return 1e3 * (r.last - r.first) }))
	count := sum(values(second, func(r row) float64 { return float64(r.output - 1) }))
	mean := lasted / count
	c.expect("mean_itl_ms", mean, rounding)
	least, most := c.figure("min_itl_ms"), c.figure("max_itl_ms")
	if least > slices.Min(tpot)*(1+rounding) || most < slices.Max(tpot)*(1-rounding) {
		c.faultf("gaps from %v to %v ms, requests' means from %v to %v", least, most, slices.Min(tpot), slices.Max(tpot))
	}
	between := 0.0 // the part of the variance that lies between requests
	for i, r := range second {
		between += float64(r.output-1) * (tpot[i] - mean) * (tpot[i] - mean) / count
	}
	if std := c.figure("std_itl_ms"); std*std < between*(1-1e-6)-1e-12 {
		c.faultf("std_itl_ms is %v, the requests' means alone vary by %v", std, math.Sqrt(between))
	}
	last := c.figure("min_itl_ms")
	for _, name := range []string{"median", "p90", "p95", "p99", "max"} {
		next := c.figure(name + "_itl_ms")
		if !(next >= last) {
			c.faultf("%s_itl_ms is %v, after %v", name, next, last)
		}
		last = next
	}
}

// concurrency bounds the sequences that run by the requests in the system, and by the time from first to
// last tokens.
func (c *recounting) concurrency() {
	mean := c.figure("concurrent_sequences.mean")
	if len(c.rows) == 0 {
		c.expect("concurrent_sequences.mean", math.NaN(), 0)
		return
	}
	decoding := sum(values(c.rows, func(r row) float64 { return r.last - r.first })) / c.figure("duration")
	if c.figure("preemptions") > 0 {
		decoding = 0
	}
	if !(mean <= c.figure("concurrency")*(1+1e-6) && mean >= decoding*(1-1e-6)) {
		c.faultf("%v sequences run, %v decode, of %v in the system", mean, decoding, c.figure("concurrency"))
	}
	for _, level := range []string{"concurrent_sequences", "kv_cache_usage",
		"replica_concurrent_sequences", "replica_kv_cache_usage"} {
		mean, most := c.figure(level+".mean"), c.figure(level+".max")
		p50, p99 := c.figure(level+".p50"), c.figure(level+".p99")
		if !(0 <= p50 && p50 <= p99 && p99 <= most && mean > 0 && mean <= most) {
			c.faultf("%s: mean %v, p50 %v, p99 %v, max %v", level, mean, p50, p99, most)
		}
		// Markov's inequality bounds how often a level exceeds twice its mean, and a hundred times.
		if width := 1.0 / 2048; p50 > 2*mean+width || p99 > 100*mean+width {
			c.faultf("%s: p50 %v and p99 %v with a mean of %v", level, p50, p99, mean)
		}
	}
	if most := c.figure("replica_concurrent_sequences.max"); most != math.Trunc(most) || most > float64(len(c.rows)) {
		c.faultf("at most %v sequences of %d run at once", most, len(c.rows))
	}
	if most := c.figure("replica_kv_cache_usage.max"); most > 1 {
		c.faultf("%v of the cache is in use", most)
	}
}

// tags names what is special about the run.
func (c *recounting) tags() (tags []string) {
	measured := c.measured()
	tag := func(name string, is bool) {
		if is {
			tags = append(tags, name)
		}
	}
	longest := 0
	for _, r := range c.rows {
		longest = max(longest, r.output)
	}
	tag("some failed", c.failed > 0 && len(c.rows) > 0)
	tag("all failed", c.failed > 0 && len(c.rows) == 0)
	tag("one token only", longest == 1)
	tag("every gap known", longest == 2)
	tag("preempted", c.figure("preemptions") > 0)
	tag("more than a sketch keeps", len(measured) > 8192)
	tag("nothing measured has a second token", len(measured) > 0 && math.IsNaN(c.figure("mean_tpot_ms")))
	return tags
}
