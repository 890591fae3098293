package scenarios

import (
	"strings"
	"testing"
)

func TestMeaninglessKeysNameTheOneThatWorks(t *testing.T) {
	const arrival, input = "workload.synthetic.arrival", "workload.synthetic.input"
	for _, c := range []struct {
		settings []string
		words    string
	}{
		{drawn(arrival + ".burstiness=0.5"), `arrival.burstiness: has no meaning with process = "poisson"; poisson takes rate; use it with process = "gamma"`},
		{drawn(arrival + ".concurrency=5"), `arrival.concurrency: has no meaning with process = "poisson"`},
		{drawn(arrival+".process=constant", arrival+".burstiness=2"), `has no meaning with process = "constant"`},
		{drawn(arrival+".process=closed", arrival+".concurrency=2"), `arrival.rate: has no meaning with process = "closed"; closed takes concurrency`},
		{drawn(input+".distribution=fixed", input+".value=5"), `input.mean: has no meaning with distribution = "fixed"; fixed takes value; use it with distribution = "normal" or "lognormal"`},
		{drawn(input + ".value=5"), `input.value: has no meaning with distribution = "normal"; normal takes mean, std, min, max`},
		{drawn("workload.seed=1", "workload.synthetic.seed=2"), "workload.seed: 1 stands beside workload.synthetic.seed = 2"},
		{drawn(`workload.columns={arrival="a", input="b", output="c"}`), "workload.columns: has no meaning where no trace is read"},
		{drawn("engine.policy=sglang", "engine.watermark=0.1"), `engine.watermark: is no setting of SGLang; leave it out, or use it with policy = "vllm" or "vllm-2023"`},
		{drawn("engine.policy=sglang", "engine.chunked_prefill=false", "engine.max_num_batched_tokens=200000"), "is SGLang's chunked_prefill_size"},
		{drawn("engine.policy=vllm-2023", "engine.swap_gbps=3"), "engine.swap_gbps: means nothing where nothing is swapped"},
		{drawn("engine.policy=vllm-2023", "engine.preemption=swap", "engine.prefix_caching=true"), `engine.preemption: "swap" is not modelled beside a prefix cache`},
		{drawn("engine.policy=sglang", "engine.preemption=swap"), "engine.preemption: is no setting of SGLang"},
		{drawn("engine.policy=sglang", "engine.schedule_policy=lpm", "engine.order=priority"), `engine.schedule_policy: "lpm" is an order of its own; leave out engine.order`},
		{drawn("engine.policy=trtllm", "engine.chunked_prefill=false", "engine.context_chunking_policy=EQUAL_PROGRESS"), "engine.context_chunking_policy: means nothing where prompts are not cut; set chunked_prefill = true"},
		{drawn("engine.policy=trtllm", "engine.chunked_prefill=true", "engine.context_chunking_policy=EQUAL_PROGRESS", "engine.order=sjf"), `engine.context_chunking_policy: "EQUAL_PROGRESS" is modelled for requests that stand as they came; leave out engine.order`},
		{drawn("engine.order_aging=3.0"), `engine.order_aging: means nothing where the order does not go by answers; set order = "sjf"`},
		{drawn("engine.order=edf"), `engine.order: "edf" goes by deadlines of first tokens, and there are none; set slo.ttft_ms`},
		{drawn("engine.policy=vllm-2023", "engine.chunked_prefill=false"), "engine.chunked_prefill: is no setting of vLLM of 2023"},
		{routed("uniform", "routing.alpha=1.2"), `routing.alpha: has no meaning with kind = "uniform"; use it with kind = "power-law"`},
		{routed("simulated", "routing.balance=none", "routing.steps=9"), `routing.steps: has no meaning with balance = "none"`},
		{drawn(arrival + ".process=Poisson"), `unknown arrival process "Poisson"; did you mean "poisson"?`},
		{drawn(`workload.synthetic.arrival={process="closed", concurrency=2}`, "workload.end_s=3"), "workload.end_s: has no meaning: a closed loop has no times of arrival"},
		{drawn(`workload.synthetic.arrival={process="closed", concurrency=2}`, "workload.rate_scale=3"), "change workload.synthetic.arrival.concurrency"},
	} {
		_, _, err := named(t, c.settings...).Resolve()
		if err == nil || !strings.Contains(err.Error(), c.words) {
			t.Errorf("%v: %v, want %q", c.settings, err, c.words)
		}
	}
}

// A table that is set as a whole stands for the one before it, whose keys belonged to another process.
func TestATableReplacesTheOneBefore(t *testing.T) {
	s, err := Parse("s.toml", "", []byte(`
[model]
name = "llama-3.1-8b"
[workload.synthetic]
requests = 10
arrival = { process = "gamma", rate = 10.0, burstiness = 2.0 }
input = { distribution = "normal", mean = 100, std = 9 }
output = { distribution = "fixed", value = 5 }
`))
	if err != nil {
		t.Fatal(err)
	}
	for _, setting := range []string{`workload.synthetic.arrival={process="closed", concurrency=2}`, `workload.synthetic.input={distribution="fixed", value=7}`,
		"workload.synthetic.output.value=6"} {
		if err := s.SetText(setting); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Validate(); err != nil {
		t.Fatal(err)
	}
	y := s.Workload.Synthetic
	if y.Arrival != (Arrival{Process: "closed", Concurrency: 2}) ||
		y.Input != (Distribution{Distribution: "fixed", Value: 7}) ||
		y.Output != (Distribution{Distribution: "fixed", Value: 6}) || y.Requests != 10 {
		t.Errorf("%+v", y)
	}
	if err := s.SetText("workload.synthetic.arrival.burstiness=3"); err != nil {
		t.Fatal(err)
	}
	if err := s.Validate(); err == nil || !strings.Contains(err.Error(), `--set workload.synthetic.arrival.burstiness=3: `) {
		t.Errorf("%v", err)
	}
}

func TestSettingsWithoutEffectAreWarnedOf(t *testing.T) {
	for setting, words := range map[string]string{
		"engine.router=round-robin": `router = "round-robin" has no effect: there is one replica`,
		"precision.experts=fp8":     "precision.experts has no effect: llama-3.1-8b has no routed experts",
		"routing.kind=uniform":      "[routing] has no effect: llama-3.1-8b has no routed experts",
	} {
		_, p, err := named(t, setting).Resolve()
		if err != nil || !strings.Contains(strings.Join(p.Warnings, "\n"), words) {
			t.Errorf("%s: %v, %v", setting, p, err)
		}
	}
	// All layers of Mistral-7B have a window, and half of Gemma 2's.
	const words = "prefix_caching has no effect: no layer of mistral-7b keeps every token"
	for _, c := range []struct {
		model, caching string
		warned         bool
	}{{"mistral-7b", "true", true}, {"mistral-7b", "false", false}, {"gemma-2-9b", "true", false}} {
		_, p, err := named(t, "model.name="+c.model, "engine.prefix_caching="+c.caching).Resolve()
		if err != nil || strings.Contains(strings.Join(p.Warnings, "\n"), words) != c.warned {
			t.Errorf("%+v: %v, %v", c, p, err)
		}
	}
}
