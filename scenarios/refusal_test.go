package scenarios

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/roofserve/roofserve/internal/fault"
)

// oddValues are values of each key, at and beyond the ends of what makes sense, in TOML.
var oddValues = map[string][]string{
	"hardware.gpus": {"1", "2", "8", "16", "100000"}, "hardware.nodes": {"1", "2", "16"}, "hardware.replicas": {"1", "3"},
	"parallel.tp": {"1", "2", "8", "64"}, "parallel.pp": {"1", "2", "32"}, "parallel.dp": {"1", "2", "8"}, "parallel.ep": {"1", "2", "16"},
	"parallel.cp": {"1", "2", "8"}, "precision.weights": {`"bf16"`, `"fp8"`, `"int4"`}, "precision.kv": {`"bf16"`, `"fp8"`, `"int8"`},
	"engine.policy":      {`"vllm"`, `"vllm0"`, `"sglang"`, `"trtllm"`, `"vllm-2023"`},
	"engine.reservation": {`"max"`, `"pow2"`}, "engine.capacity_scheduler_policy": {`"MAX_UTILIZATION"`},
	"engine.schedule_policy": {`"lpm"`, `"fcfs"`},
	"engine.preemption":      {`"swap"`, `"recompute"`}, "engine.swap_gbps": {"1", "50"},
	"engine.max_num_seqs": {"1", "7", "100000000"}, "engine.max_num_batched_tokens": {"1", "2", "100", "8192", "100000000"},
	"engine.block_size": {"1", "16", "1000", "1048576"}, "engine.gpu_memory_utilization": {"1e-300", "0.5", "1.0"},
	"engine.num_gpu_blocks": {"1", "2", "100", "2147483647"}, "engine.max_model_len": {"1", "2", "1000", "100000000"},
	"engine.chunked_prefill": {"true", "false"}, "engine.prefix_caching": {"true", "false"}, "engine.async_scheduling": {"true", "false"}, "engine.two_batch_overlap": {"true", "false"},
	"engine.long_prefill_token_threshold": {"0", "1", "100000000"}, "engine.scheduler_reserve_full_isl": {"true", "false"},
	"engine.version": {`"0.1"`, `"nightly"`, `"99.0.0rc1"`}, "engine.max_prefill_tokens": {"1", "100", "100000000"}, "engine.enable_mixed_chunk": {"true", "false"},
	"engine.watermark": {"0.0", "0.01", "0.99"}, "engine.router": {`"round-robin"`, `"least-outstanding"`, `"power-of-two"`},
	"workload.rate_scale": {"1e-9", "1e-3", "1e6"}, "workload.requests": {"1", "3"}, "workload.start_s": {"0.0", "4e6"},
	"workload.end_s": {"1e-12", "1.0", "4e6"}, "workload.warmup_s": {"0.0", "1.0", "4e6"},
	"workload.synthetic.requests": {"1", "20"},
	"workload.synthetic.arrival": {`{ process = "poisson", rate = 1e-300 }`, `{ process = "poisson", rate = 5.0 }`, `{ process = "closed", concurrency = 100000 }`,
		`{ process = "gamma", rate = 1e6, burstiness = 1e-300 }`, `{ process = "constant", rate = 1e-3 }`, `{ process = "trace", trace = "azure-2023-conv" }`},
	"workload.synthetic.input": {`{ distribution = "fixed", value = 1 }`, `{ distribution = "fixed", value = 100000000 }`,
		`{ distribution = "lognormal", mean = 1e-300, std = 1e8 }`, `{ distribution = "normal", mean = 1e8, std = 1e8, max = 3 }`},
	"workload.synthetic.output": {`{ distribution = "fixed", value = 1 }`, `{ distribution = "uniform", min = 1, max = 300 }`,
		`{ distribution = "lognormal", mean = 10.0, std = 1e-300 }`},
}

// drawScenario is the text of a random scenario, one dotted key a line.
func drawScenario(rt *rapid.T) string {
	models := []string{"llama-3.1-8b", "deepseek-v3", "gpt-oss-120b", "qwen3-next-80b-a3b", "qwen2.5-72b"}
	var text strings.Builder
	fmt.Fprintf(&text, "model.name = %q\n", rapid.SampledFrom(models).Draw(rt, "model"))
	keys := make([]string, 0, len(oddValues))
	for key := range oddValues {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for _, key := range keys {
		needed := strings.HasPrefix(key, "workload.synthetic")
		if needed || rapid.IntRange(0, 5).Draw(rt, "whether "+key) == 0 {
			fmt.Fprintf(&text, "%s = %s\n", key, rapid.SampledFrom(oddValues[key]).Draw(rt, key))
		}
	}
	return text.String()
}

// TestWhateverIsRefusedIsRefusedAtItsKey draws scenarios of odd values: each runs, does not fit in memory, or
// is refused at a line that sets the key that the error names. None fails inside the simulator.
func TestWhateverIsRefusedIsRefusedAtItsKey(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		text := drawScenario(rt)
		err := attempt(t, text)
		var noFit *NoFit
		var wrong *fault.Error
		switch {
		case err == nil || errors.As(err, &noFit):
		case !errors.As(err, &wrong):
			rt.Fatalf("%v\n%s", err, text)
		case wrong.File != "odd.toml" || wrong.Line == 0 || wrong.Key == "":
			rt.Fatalf("no line or key: %v\n%s", err, text)
		case wrong.Right == "":
			rt.Fatalf("does not say what would be right: %v\n%s", err, text)
		default:
			line := strings.Split(text, "\n")[wrong.Line-1]
			if key, _, _ := strings.Cut(line, " "); !strings.HasPrefix(wrong.Key, key) {
				rt.Fatalf("%v: that line is %s", err, line)
			}
		}
	})
}

// attempt builds and runs a scenario, with all laws checked.
func attempt(t *testing.T, text string) error {
	s, err := Parse("odd.toml", "", []byte(text))
	if err != nil {
		return err
	}
	b, err := s.Build()
	if err != nil {
		return err
	}
	defer b.Close()
	_, err = b.Run(t.Context(), Hooks{Check: true})
	return err
}
