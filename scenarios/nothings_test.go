package scenarios

import (
	"context"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/roofserve/roofserve/sim"
)

// few runs ten requests of a prompt and an output length on one GPU, with further settings.
func few(t *testing.T, settings ...string) (*Run, error) {
	t.Helper()
	s, err := Parse("s.toml", "", []byte(`
[model]
name = "llama-3.1-8b"
[workload.synthetic]
requests = 10
arrival = { process = "constant", rate = 10.0 }
input = { distribution = "fixed", value = 100 }
output = { distribution = "fixed", value = 5 }
`))
	if err != nil {
		t.Fatal(err)
	}
	setAll(t, s, settings...)
	b, err := s.Build()
	if err != nil {
		return nil, err
	}
	return b.Run(context.Background(), Hooks{})
}

// missing are the names of the metrics without a value, by reason.
func missingOf(metrics []Metric) map[string][]string {
	list := map[string][]string{}
	for _, m := range metrics {
		if (m.Missing != "") != math.IsNaN(m.Value) || (m.Missing != "") != (m.JSON() == nil) {
			panic(m.Name + " is neither missing nor a number")
		}
		if m.Missing != "" {
			list[m.Missing] = append(list[m.Missing], m.Name)
		}
	}
	return list
}

// What every run has, whatever happens in it.
var always = []string{"admission.", "sessions.count", "completed", "failed", "num_prompts", "total_input_tokens", "total_output_tokens", "sketch_error", "memory.", "price.usd_per_hour"}

func TestStatisticsOfNothing(t *testing.T) {
	const off, second = "prefix caching is off", "no request has a second token"
	rates := []string{"prefix_cache.hit_rate", "prefix_cache.block_hit_rate"}
	var gaps []string
	for _, latency := range []string{"tpot", "itl"} {
		for _, statistic := range []string{"mean", "median", "std", "min", "max", "p90", "p95", "p99"} {
			gaps = append(gaps, statistic+"_"+latency+"_ms")
		}
	}
	for name, c := range map[string]struct {
		settings []string
		want     map[string][]string
	}{
		"all there is":        {nil, map[string][]string{}},
		"no prefix caching":   {[]string{"engine.prefix_caching=false"}, map[string][]string{off: rates}},
		"one token":           {[]string{"workload.synthetic.output.value=1"}, map[string][]string{second: gaps}},
		"less than one block": {[]string{"workload.synthetic.input.value=15"}, map[string][]string{"no prompt fills a block": rates[1:]}},
	} {
		r, err := few(t, c.settings...)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		got := missingOf(r.Metrics())
		if len(got) != len(c.want) {
			t.Errorf("%s: %v", name, got)
		}
		for why, names := range c.want {
			if !slices.Equal(got[why], names) {
				t.Errorf("%s: %s: %v, want %v", name, why, got[why], names)
			}
		}
	}
}

func TestNothingIsMeasuredWhereNothingCompletes(t *testing.T) {
	r, err := few(t, "engine.max_model_len=16", "slo.ttft_ms=1000", "router.policy=kv",
		"workload.synthetic.sessions.turns=2", "speculative.method=mtp",
		"speculative.acceptance=1", "model.name=qwen3.5-27b", "admission.policy=always")
	if err != nil {
		t.Fatal(err)
	}
	names := slices.DeleteFunc(MetricNames(), func(name string) bool { return Define(name).Optional() })
	var want []string
	for _, name := range names {
		if !slices.ContainsFunc(always, func(prefix string) bool { return strings.HasPrefix(name, prefix) }) {
			want = append(want, name)
		}
	}
	got := missingOf(r.Metrics())
	if !slices.Equal(got["no request completed"], want) || len(got) != 1 {
		t.Errorf("%v, want %v", got, want)
	}
	if values := Values(r.Metrics()); values["failed"] != 10 || values["completed"] != 0 ||
		len(values)+len(want) != len(names) {
		t.Errorf("%v", values)
	}
}

// A latency that was observed has a value however small; one request is enough.
func TestOneObservationIsNoNothing(t *testing.T) {
	if why := unless(&sim.Distribution{Count: 1}, "a", "b"); why != "" {
		t.Error(why)
	}
	r, err := few(t, "workload.requests=1", "workload.synthetic.output.value=2", "engine.prefix_caching=true")
	if err != nil {
		t.Fatal(err)
	}
	if got := missingOf(r.Metrics()); len(got) > 0 {
		t.Errorf("%v", got)
	}
	if v := Values(r.Metrics()); v["std_tpot_ms"] != 0 || v["p99_tpot_ms"] <= 0 || v["p99_tpot_ms"] != v["min_tpot_ms"] {
		t.Errorf("one TPOT: %v", v)
	}
}

func TestWithoutAPrice(t *testing.T) {
	r := &Run{Scenario: Empty(""), Parts: &Parts{},
		Result: &sim.Result{Completed: 1, Duration: 1e12, OutputTokens: 1}}
	r.Scenario.Hardware = Hardware{Device: "mine", GPUs: 1, Replicas: 1}
	const why = "mine has no price: set hardware.price_per_hour"
	if got := missingOf(r.Metrics())[why]; len(got) != 3 {
		t.Errorf("%v", got)
	}
	if err := r.Scenario.SetText("hardware.price_per_hour=0"); err != nil {
		t.Fatal(err)
	}
	if v, ok := Values(r.Metrics())["price.usd_per_million_output_tokens"]; !ok || v != 0 {
		t.Errorf("free of charge: %v", v)
	}
}

// Concurrency counts every request's stay, also of those in the warm-up, over the whole run: by Little's
// law.
func TestConcurrencyCountsTheWarmupToo(t *testing.T) {
	for _, warmup := range []string{"0", "2", "5"} {
		stay, last := 0.0, 0.0
		note := func(f *sim.Finished) {
			stay += float64((f.LastToken - f.Arrival).Seconds())
			last = max(last, float64(f.LastToken.Seconds()))
		}
		r := observed(t, note, "llama-3.1-8b-h100", "workload.requests=200", "workload.warmup_s="+warmup)
		if got, want := metric(t, r, "concurrency"), stay/last; math.Abs(got/want-1) > 1e-9 {
			t.Errorf("with a warm-up of %s s the concurrency is %v, by the stays %v", warmup, got, want)
		}
	}
}

// Ten requests of 100 + 5 tokens on two GPUs at 3 dollars an hour each: rates and prices by hand from the
// run's duration.
func TestRatesAndPricesFollowFromTheDuration(t *testing.T) {
	r, err := few(t, "hardware.gpus=2", "hardware.price_per_hour=3", "slo.e2el_ms=100000")
	if err != nil {
		t.Fatal(err)
	}
	v := Values(r.Metrics())
	s := v["duration"]
	for name, want := range map[string]float64{
		"request_throughput": 10 / s, "input_throughput": 1000 / s, "output_throughput": 50 / s, "total_token_throughput": 1050 / s,
		Goodput: 10 / s, "concurrency": 10 * v["mean_e2el_ms"] / 1000 / s, "num_prompts": 10, "max_context": 105,
		"price.usd_per_hour": 6, "price.usd_per_million_output_tokens": 6 * s / 3600 / 50 * 1e6, "price.usd_per_million_tokens": 6 * s / 3600 / 1050 * 1e6,
	} {
		if got := v[name]; s <= 0.9 || math.Abs(got/want-1) > 1e-12 {
			t.Errorf("%s is %v, by hand %v", name, got, want)
		}
	}
}
