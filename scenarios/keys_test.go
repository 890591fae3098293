package scenarios

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// outcome is all that a run measures: two that differ in a byte come from scenarios that are not the same.
func outcome(t *testing.T, settings ...string) (string, error) {
	t.Helper()
	s := Empty("keys")
	for _, setting := range settings {
		if err := s.SetText(setting); err != nil {
			return "", err
		}
	}
	b, err := s.Build()
	if err != nil {
		return "", err
	}
	r, err := b.Run(context.Background(), Hooks{})
	if err != nil {
		return "", err
	}
	var text strings.Builder
	for _, m := range r.Metrics() {
		if m.JSON() != nil {
			fmt.Fprintln(&text, m.Name, m.Value)
		}
	}
	return text.String(), nil
}

const (
	small   = "model.name=llama-3.1-8b"
	mixture = "model.name=mixtral-8x7b"
	poisson = `workload.synthetic.arrival={process="poisson", rate=40.0}`
	prompts = `workload.synthetic.input={distribution="normal", mean=600, std=300, min=1}`
	answers = `workload.synthetic.output={distribution="normal", mean=40, std=20, min=1}`
)

// drawn are settings of a small synthetic workload, with further ones.
func drawn(settings ...string) []string {
	return append([]string{small, "workload.synthetic.requests=40", poisson, prompts, answers}, settings...)
}

// divided are those of a model whose cache SGLang divides, with so many bytes of it.
func divided(model, bytes string, settings ...string) []string {
	return append(drawn("model.name="+model, "engine.policy=sglang", "engine.kv_cache_memory_bytes="+bytes), settings...)
}

// classes are one class of clients with prompts of so many tokens.
func classes(tokens string) string {
	return `[{name="chat", ` + strings.TrimPrefix(poisson, "workload.synthetic.") +
		`, input={distribution="fixed", value=` + tokens + `}, output={distribution="fixed", value=30}}]`
}

// routed are those of a mixture with a kind of routing.
func routed(kind string, settings ...string) []string {
	return append(drawn(mixture, "hardware.gpus=4", "parallel.ep=4", "routing.kind="+kind), settings...)
}

// traces writes the traces that keys name: one for every kind of column, and two with prefixes in common.
func traces(t *testing.T) (plain, other, shared string) {
	t.Helper()
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	plain = "at,later,in,longer,out,more,most,less,priority,other,user,group\n"
	jsonl := ""
	for i := range 40 {
		plain += fmt.Sprintf("%d,%d,%d,%d,%d,%d,%d,%d,%d,%d,u%d,g%d\n", 30*i, 50*i, 200+i, 900+i, 9+i, 20+i, 900, 500, i%3, -i, i%9, i%4)
		jsonl += fmt.Sprintf(`{"timestamp": %d, "input_length": 1024, "output_length": 5, "hash_ids": [1, 2]}`+"\n", 10*i)
	}
	return write("plain.csv", plain), write("other.csv", "arrived_at,num_prefill_tokens,num_decode_tokens\n0,300,3\n1,500,9\n"), write("shared.jsonl", jsonl)
}

// keyProbe is a scenario in which a key's value makes a difference, and two values.
type keyProbe struct {
	settings []string
	one, two string
}

// probes has an entry for every key of a scenario but those of expectations and sweeps.
func probes(t *testing.T) map[string]keyProbe {
	list := planProbes()
	maps.Copy(list, speculativeProbes())
	maps.Copy(list, transferProbes(t))
	maps.Copy(list, engineProbes(t))
	maps.Copy(list, routerProbes(t))
	maps.Copy(list, admissionProbes())
	maps.Copy(list, workloadProbes(t))
	maps.Copy(list, lengthProbes(t))
	return list
}

func planProbes() map[string]keyProbe {
	return map[string]keyProbe{
		"model.name":              {drawn(), "llama-3.1-8b", "qwen3-8b"},
		"model.config":            {}, // beside model.name, a path: see TestRunOfAConfig
		"hardware.device":         {drawn(), "h100-sxm-80gb", "l40s-48gb"},
		"hardware.gpus":           {drawn(), "1", "2"},
		"hardware.nodes":          {drawn("hardware.gpus=4"), "1", "4"},
		"hardware.replicas":       {drawn(), "1", "2"},
		"hardware.price_per_hour": {drawn(), "1", "2"},
		"parallel.tp":             {drawn(), "1", "2"},
		"parallel.pp":             {drawn(), "1", "2"},
		"parallel.dp":             {drawn(), "1", "2"},
		"parallel.cp":             {drawn(), "1", "2"},
		"parallel.ep":             {drawn(mixture, "hardware.gpus=4"), "1", "4"},

		"precision.weights":     {drawn(), "bf16", "fp8"},
		"precision.attention":   {drawn(), "bf16", "fp8"},
		"precision.dense":       {drawn(), "bf16", "fp8"},
		"precision.experts":     {drawn(mixture, "hardware.gpus=4"), "bf16", "fp8"},
		"precision.activations": {drawn("precision.weights=fp8"), "bf16", "fp8"},
		"precision.kv":          {drawn(), "bf16", "fp8"},

		"routing.kind":              {routed("popularity"), "uniform", "power-law"},
		"routing.shape":             {routed("popularity"), "0.3", "3.0"},
		"routing.alpha":             {routed("power-law"), "1.01", "1.5"},
		"routing.affinity":          {routed("simulated", "routing.steps=50"), "sigmoid", "softmax"},
		"routing.balance":           {routed("simulated", "routing.skew=2"), "bias", "none"},
		"routing.skew":              {routed("simulated", "routing.steps=50"), "0.5", "2.0"},
		"routing.drift":             {routed("simulated", "routing.steps=50"), "0.0", "1.0"},
		"routing.speed":             {routed("simulated", "routing.steps=50"), "0.0001", "0.01"},
		"routing.steps":             {routed("simulated"), "10", "300"},
		"routing.seed":              {routed("simulated", "routing.steps=50"), "1", "2"},
		"routing.redundant_experts": {routed("simulated", "routing.steps=50"), "0", "4"},
	}
}

func engineProbes(t *testing.T) map[string]keyProbe {
	_, _, shared := traces(t)
	short := drawn("engine.policy=vllm-2023", "engine.num_gpu_blocks=150", "engine.max_model_len=2300", // of blocks
		"workload.synthetic.output={distribution=\"fixed\", value=400}")
	tight := drawn("engine.num_gpu_blocks=150", "engine.max_model_len=2300")
	return map[string]keyProbe{
		"engine.policy":                   {drawn(), "vllm", "sglang"},
		"engine.profile":                  {drawn("engine.policy=vllm"), "vllm", "sglang"},
		"engine.version":                  {drawn(), "0.14.0", "0.24.0"},
		"engine.router":                   {drawn("hardware.replicas=3"), "round-robin", "least-outstanding"},
		"engine.order":                    {drawn("engine.max_num_seqs=4"), "fcfs", "shortest_prompt"},
		"engine.order_aging":              {drawn("engine.max_num_seqs=4", "engine.order=sjf"), "0.0", "300.0"},
		"engine.max_num_seqs":             {drawn(), "2", "40"},
		"engine.max_num_batched_tokens":   {drawn(), "512", "4096"},
		"engine.block_size":               {tight, "16", "32"},
		"engine.gpu_memory_utilization":   {drawn(), "0.5", "0.9"},
		"engine.mem_fraction_static":      {drawn("engine.policy=sglang"), "0.5", "0.9"},
		"engine.free_gpu_memory_fraction": {drawn("engine.policy=trtllm"), "0.5", "0.9"},
		"engine.max_batch_size":           {drawn("engine.policy=trtllm"), "2", "40"},
		"engine.max_running_requests":     {drawn("engine.policy=sglang"), "2", "40"},
		"engine.chunked_prefill_size":     {drawn("engine.policy=sglang"), "512", "4096"},
		"engine.max_num_tokens":           {drawn("engine.policy=trtllm"), "512", "4096"},
		"engine.page_size":                {drawn("engine.policy=sglang", "engine.num_gpu_blocks=400"), "16", "32"},
		"engine.tokens_per_block":         {drawn("engine.policy=trtllm", "engine.num_gpu_blocks=400"), "32", "64"},
		"engine.context_length":           {drawn("engine.policy=sglang"), "2300", "4096"},
		"engine.max_seq_len":              {drawn("engine.policy=trtllm"), "2300", "4096"},
		"engine.swa_full_tokens_ratio":    {divided("gpt-oss-20b", "80e6"), "0.25", "0.8"},
		"engine.mamba_full_memory_ratio":  {divided("qwen3-next-80b-a3b", "2e9", "hardware.gpus=4"), "0.2", "0.9"},
		"engine.kv_cache_memory_bytes":    {drawn("engine.max_model_len=2300"), "310e6", "600e6"},
		"engine.enforce_eager":            {drawn(), "true", "false"},
		"engine.cudagraph_mode":           {drawn(), "full_and_piecewise", "full_decode"},
		"engine.cudagraph_capture_sizes":  {drawn(), "[1, 2]", "[1, 2, 60]"},
		"engine.flashinfer_sampler":       {drawn(), "true", "false"},
		"engine.num_gpu_blocks":           {drawn("engine.max_model_len=2300"), "150", "300"},
		"engine.max_model_len":            {drawn(), "600", "2300"},
		"engine.prefix_caching":           {[]string{small, "workload.trace=" + shared}, "true", "false"},
		"engine.async_scheduling":         {drawn(), "true", "false"},
		"engine.preemption":               {short, "recompute", "swap"},
		"engine.swap_gbps":                {append(short, "engine.preemption=swap"), "1", "50"},
		"engine.reservation": {drawn("engine.profile=vllm", "engine.policy=orca", "engine.num_gpu_blocks=540",
			"engine.max_model_len=2300", "engine.max_num_batched_tokens=2304"), "max", "oracle"},
		"engine.capacity_scheduler_policy": {append(scheduled("trtllm"), "engine.chunked_prefill=true"),
			"GUARANTEED_NO_EVICT", "MAX_UTILIZATION"},
		"engine.two_batch_overlap":            {drawn(mixture, "hardware.gpus=4", "hardware.nodes=4", "parallel.dp=4", "parallel.ep=4", "workload.rate_scale=20"), "true", "false"},
		"engine.chunked_prefill":              {drawn("engine.max_model_len=2300", "engine.max_num_batched_tokens=2300"), "true", "false"},
		"engine.long_prefill_token_threshold": {drawn(), "128", "0"},
		"engine.max_prefill_tokens":           {drawn("engine.policy=sglang"), "600", "16384"},
		"engine.prefill_max_requests":         {drawn("engine.policy=sglang", "workload.rate_scale=20"), "1", "40"},
		"engine.context_chunking_policy": {append(scheduled("trtllm"), "engine.chunked_prefill=true",
			"engine.max_num_batched_tokens=256", "workload.rate_scale=20"), "FIRST_COME_FIRST_SERVED", "EQUAL_PROGRESS"},
		"engine.enable_mixed_chunk": {drawn("engine.policy=sglang"), "true", "false"},
		"engine.schedule_conservativeness": {drawn("engine.policy=sglang", "engine.num_gpu_blocks=3000",
			"engine.max_model_len=2300", "workload.rate_scale=20"), "0.05", "1"},
		"engine.schedule_policy": {[]string{small, "workload.trace=mooncake-conversation", "engine.policy=sglang",
			"engine.max_num_seqs=2", "workload.requests=300"}, "fcfs", "lpm"},
		"engine.usage_context":              {drawn("workload.rate_scale=100"), "api_server", "llm"},
		"engine.scheduler_reserve_full_isl": {append(tight, "engine.max_num_batched_tokens=256"), "true", "false"},
		"engine.watermark":                  {tight, "0.01", "0.3"},
	}
}

func workloadProbes(t *testing.T) map[string]keyProbe {
	plain, _, shared := traces(t)
	columns := func(text string) string { return fmt.Sprintf("workload.columns={%s}", text) }
	mapped := []string{small, "workload.trace=" + plain, columns(`arrival="at", input="in", output="out", max_output="most", unit="ms"`)}
	language := drawn(`workload.synthetic.language="english"`, `workload.synthetic.vocabulary="llama-3"`)
	process := func(text string) []string { return drawn("workload.synthetic.arrival={" + text + "}") }
	return map[string]keyProbe{
		"workload.trace":        {[]string{small, "workload.requests=40"}, "azure-2023-conv", shared},
		"workload.rate_scale":   {drawn(), "1", "2"},
		"workload.requests":     {drawn(), "10", "20"},
		"workload.seed":         {drawn(), "1", "2"},
		"workload.start_s":      {drawn(), "0.1", "0.3"},
		"workload.end_s":        {drawn(), "0.5", "0.9"},
		"workload.warmup_s":     {drawn(), "0", "0.3"},
		"workload.client":       {drawn(), "none", "benchmark"},
		"workload.session_mode": {drawn("workload.synthetic.sessions={turns=4, gap_s=0.05, turn_tokens=60}"), "closed", "open"},
		"workload.urgent_share": {drawn("engine.max_num_seqs=4", "engine.order=priority"), "0.2", "0.7"},

		"workload.columns.arrival":    {mapped, "at", "later"},
		"workload.columns.input":      {mapped, "in", "longer"},
		"workload.columns.output":     {mapped, "out", "more"},
		"workload.columns.max_output": {append(mapped, "engine.policy=trtllm", "engine.num_gpu_blocks=100", "engine.max_model_len=1500"), "most", "less"},
		"workload.columns.priority":   {append(mapped, "engine.order=priority", "engine.max_num_seqs=1"), "priority", "other"},
		"workload.columns.session":    {append(mapped, "engine.router=session-sticky", "hardware.replicas=3"), "user", "group"},
		"workload.columns.slo_class":  {append(mapped, `slo.class=[{name="u1", ttft_ms=1e6}]`), "user", "group"},
		"workload.columns.unit":       {mapped, "ms", "s"},

		"workload.synthetic.requests":   {drawn(), "10", "20"},
		"workload.class":                {[]string{small, "workload.synthetic.requests=40"}, classes("300"), classes("900")},
		"workload.synthetic.seed":       {drawn(), "1", "2"},
		"workload.synthetic.prompts":    {drawn("workload.synthetic.requests=40"), "2", "40"},
		"workload.synthetic.language":   {language, "english", "chinese"},
		"workload.synthetic.vocabulary": {language, "llama-3", "qwen2.5"},

		"workload.synthetic.sessions.turns":                {drawn(), "2", "5"},
		"workload.synthetic.sessions.gap_s":                {drawn("workload.synthetic.sessions.turns=3"), "0.1", "2"},
		"workload.synthetic.sessions.turn_tokens":          {drawn("workload.synthetic.sessions.turns=3"), "5", "500"},
		"workload.synthetic.sessions.system_prompt.tokens": {drawn("workload.synthetic.sessions.turns=3"), "100", "900"},
		"workload.synthetic.sessions.system_prompt.groups": {drawn("workload.synthetic.sessions.system_prompt.tokens=900"), "2", "40"},
		"workload.synthetic.sessions.system_prompt.zipf":   {drawn("workload.synthetic.sessions.system_prompt={tokens=900, groups=40}"), "0", "3"},

		"workload.synthetic.arrival.process":     {process(`process="poisson", rate=40.0`), "poisson", "constant"},
		"workload.synthetic.arrival.rate":        {drawn(), "20.0", "40.0"},
		"workload.synthetic.arrival.burstiness":  {process(`process="gamma", rate=40.0, burstiness=1.0`), "0.3", "3.0"},
		"workload.synthetic.arrival.concurrency": {process(`process="closed", concurrency=2`), "2", "8"},
		"workload.synthetic.arrival.trace":       {process(fmt.Sprintf("process=\"trace\", trace=%q", shared)), shared, "azure-2023-conv"},

		"slo.ttft_ms": {drawn("slo.tpot_ms=1000"), "20.0", "1000.0"},
		"slo.tpot_ms": {drawn("slo.ttft_ms=10000"), "7.0", "1000.0"},
		"slo.tbt_ms":  {drawn("slo.ttft_ms=10000"), "9.0", "1000.0"},
		"slo.e2el_ms": {drawn("slo.ttft_ms=10000"), "300.0", "10000.0"},
	}
}

func lengthProbes(t *testing.T) map[string]keyProbe {
	_, other, shared := traces(t)
	fixed := func(side, text string) []string { return drawn(fmt.Sprintf("workload.synthetic.%s={%s}", side, text)) }
	list := map[string]keyProbe{}
	for _, side := range []string{"input", "output"} {
		at := "workload.synthetic." + side + "."
		list[at+"distribution"] = keyProbe{fixed(side, `distribution="normal", mean=50, std=9`), "normal", "lognormal"}
		list[at+"value"] = keyProbe{fixed(side, `distribution="fixed", value=50`), "50", "90"}
		list[at+"mean"] = keyProbe{fixed(side, `distribution="lognormal", mean=50, std=9`), "50", "90"}
		list[at+"std"] = keyProbe{fixed(side, `distribution="normal", mean=50`), "5", "20"}
		list[at+"min"] = keyProbe{fixed(side, `distribution="uniform", min=5, max=90`), "5", "80"}
		list[at+"max"] = keyProbe{fixed(side, `distribution="lognormal", mean=50, std=40`), "30", "60"}
		list[at+"trace"] = keyProbe{fixed(side, fmt.Sprintf("distribution=\"empirical\", trace=%q", shared)), shared, other}
	}
	return list
}

// leaves are the dotted keys of a struct's tables.
func leaves(kind reflect.Type, prefix string) []string {
	var list []string
	for i := range kind.NumField() {
		field := kind.Field(i)
		name := field.Tag.Get("toml")
		switch {
		case name == "" || name == "-" || name == "override":
		case field.Type.Kind() == reflect.Slice && field.Type.Elem().Kind() == reflect.Struct:
			// [[sweep]] and [[expect]] have tests of their own
		case field.Type.Kind() == reflect.Struct:
			list = append(list, leaves(field.Type, prefix+name+".")...)
		default:
			list = append(list, prefix+name)
		}
	}
	return list
}

func TestEveryKeyDoesSomething(t *testing.T) {
	list := probes(t)
	keys := leaves(reflect.TypeFor[Scenario](), "")
	if len(keys) != len(list) {
		t.Errorf("%d keys, %d probes", len(keys), len(list))
	}
	for _, key := range keys {
		p, ok := list[key]
		if !ok {
			t.Errorf("%s has no probe: in which scenario does it do something?", key)
			continue
		}
		if p.one == "" {
			continue
		}
		one, err1 := outcome(t, append(slices.Clone(p.settings), key+"="+p.one)...)
		two, err2 := outcome(t, append(slices.Clone(p.settings), key+"="+p.two)...)
		if err1 != nil || err2 != nil {
			t.Errorf("%s: %v, %v", key, err1, err2)
		} else if one == two {
			t.Errorf("%s does nothing: %s and %s give the same result", key, p.one, p.two)
		}
	}
}

// choice is a key whose value decides which others mean something: a setting of a whole scenario for each
// value, and values that the others may have.
type choice struct {
	path   string
	bases  map[string][]string
	others map[string]string
}

func choices(t *testing.T) []choice {
	_, _, shared := traces(t)
	list := []choice{{
		"workload.synthetic.arrival.process", map[string][]string{
			"poisson": drawn(), "constant": drawn(`workload.synthetic.arrival={process="constant", rate=40.0}`),
			"gamma":  drawn(`workload.synthetic.arrival={process="gamma", rate=40.0, burstiness=0.7}`),
			"closed": drawn(`workload.synthetic.arrival={process="closed", concurrency=4}`),
			"trace":  drawn(fmt.Sprintf("workload.synthetic.arrival={process=\"trace\", trace=%q}", shared)),
		},
		map[string]string{"workload.synthetic.arrival.rate": "3.0", "workload.synthetic.arrival.burstiness": "0.1", "workload.synthetic.arrival.concurrency": "1",
			"workload.synthetic.arrival.trace": "azure-2023-conv", "workload.rate_scale": "3", "workload.start_s": "0.05", "workload.end_s": "0.3"},
	}, {
		"engine.policy", map[string][]string{
			"vllm": scheduled("vllm"), "sglang": scheduled("sglang"), "trtllm": append(scheduled("trtllm"), "engine.chunked_prefill=true"), "vllm-2023": scheduled("vllm-2023"),
		},
		map[string]string{"engine.chunked_prefill": "false", "engine.long_prefill_token_threshold": "64", "engine.watermark": "0.4", "engine.scheduler_reserve_full_isl": "false", "engine.max_num_seqs": "3",
			"engine.max_num_batched_tokens": "3584", "engine.block_size": "64", "engine.async_scheduling": "false"},
	}, {
		"routing.kind", map[string][]string{
			"popularity": routed("popularity"), "power-law": routed("power-law"), "uniform": routed("uniform"), "balanced": routed("balanced"),
			"simulated": routed("simulated", "routing.steps=40"),
		},
		map[string]string{"routing.shape": "7", "routing.alpha": "1.7", "routing.affinity": "sigmoid", "routing.balance": "none", "routing.skew": "3", "routing.drift": "0.5",
			"routing.speed": "0.5", "routing.seed": "9", "routing.redundant_experts": "8"},
	}}
	list = append(list, routerChoice(t), admissionChoice())
	for _, side := range []string{"input", "output"} {
		at := "workload.synthetic." + side
		base := func(text string) []string { return drawn(fmt.Sprintf("%s={%s}", at, text)) }
		list = append(list, choice{at + ".distribution", map[string][]string{
			"fixed": base(`distribution="fixed", value=70`), "uniform": base(`distribution="uniform", min=2, max=90`),
			"normal": base(`distribution="normal", mean=50, std=20`), "lognormal": base(`distribution="lognormal", mean=50, std=20`),
			"empirical": base(fmt.Sprintf("distribution=\"empirical\", trace=%q", shared)),
		}, map[string]string{at + ".value": "3", at + ".mean": "33", at + ".std": "3", at + ".min": "45", at + ".max": "46", at + ".trace": "azure-2023-conv"}})
	}
	return list
}

// scheduled is a load under which an engine's settings matter: little memory, and prompts that share a step's
// budget.
func scheduled(engine string) []string {
	return drawn("engine.policy="+engine, "engine.max_model_len=2300", "engine.max_num_batched_tokens=2304", "engine.block_size=16",
		"engine.num_gpu_blocks=540", "engine.async_scheduling=true", "workload.rate_scale=5")
}

// Beside every value of a choice, every key of its table either changes the result or is refused.
func TestKeysDoSomethingOrAreRefused(t *testing.T) {
	for _, c := range choices(t) {
		for value, settings := range c.bases {
			base, err := outcome(t, settings...)
			if err != nil {
				t.Errorf("%s=%s: %v", c.path, value, err)
				continue
			}
			for key, other := range c.others {
				got, err := outcome(t, append(slices.Clone(settings), key+"="+other)...)
				switch {
				case err != nil && !strings.Contains(err.Error(), key[strings.LastIndexByte(key, '.')+1:]):
					t.Errorf("%s=%s, %s=%s: the error does not name the key: %v", c.path, value, key, other, err)
				case err == nil && got == base:
					t.Errorf("%s=%s: %s=%s does nothing and is not refused", c.path, value, key, other)
				}
			}
		}
	}
}
