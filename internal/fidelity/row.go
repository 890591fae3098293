package fidelity

import (
	"fmt"
	"math"

	"github.com/roofserve/roofserve/scenarios"
)

// Row is one measured deployment under a closed loop of users, or requests at a rate; columns as in silicon's
// endtoend file, and more settings.
type Row struct {
	File string
	Line int

	Model, System             string
	GPUs                      int
	Engine, EngineVersion     string
	Weights, Activations, KV  string  // number formats; of the latter two empty: the engine's default
	GPUMemoryUtilization      float64 // 0: the engine's default
	TP, PP, DPAttention, EP   int
	InputTokens, OutputTokens int // isl, osl: the largest of each
	// lengths are uniform between this share of the largest and the largest
	LengthMinFraction              float64
	Concurrency, Requests          int
	Rate                           float64 // requests a second of a Poisson process; 0: a closed loop
	PrefixPool                     int     // prompts that come again in turn; 0: each is new
	MeasuredTTFTMS, MeasuredTPOTMS float64 // means; NaN where not measured
	MeasuredOutputRate             float64 // output tokens a second over the whole benchmark; 0: not measured

	// the deployment's settings where they are known; 0 or nil: the engine's defaults
	MaxNumBatchedTokens, MaxPrefillTokens int
	MaxNumSeqs, MaxModelLen, NumGPUBlocks int
	ChunkedPrefill, MixedChunk            *bool
	EnforceEager                          *bool

	load     []setting // the workload, where it is no closed loop of uniform lengths
	Cells    []string  // the row as it stands in the file
	Unusable error     // why it cannot be simulated: a *fault.Error, or nil
}

// requestsPerUser is how many requests each user sends where the file does not say.
const requestsPerUser = 10

// Scenario is the simulation that reproduces the row's measurement.
func (r *Row) Scenario() (*scenarios.Scenario, error) {
	if r.Unusable != nil {
		return nil, r.Unusable
	}
	r = r.asScripted()
	label := fmt.Sprintf("%s:%d", r.File, r.Line)
	s := scenarios.Empty(label)
	settings := []setting{
		{"model.name", r.Model},
		{"hardware.device", r.System},
		{"hardware.gpus", int64(r.GPUs)},
		{"parallel.tp", int64(r.TP)},
		{"parallel.pp", int64(r.PP)},
		{"parallel.dp", int64(r.DPAttention)},
		{"parallel.ep", int64(r.EP)},
		{"precision.weights", r.Weights},
		{"precision.activations", r.Activations},
		{"precision.kv", r.KV},
		{"engine.policy", r.Engine},
		{"engine.version", r.EngineVersion},
		{"engine.gpu_memory_utilization", r.GPUMemoryUtilization},
		{"engine.prefix_caching", r.PrefixPool > 0}, // else prompts are random: none shares a prefix
	}
	settings = append(settings, r.workload()...)
	settings = append(settings, r.engineSettings()...)
	for _, set := range settings {
		if set.value == "" || set.value == 0.0 {
			continue
		}
		if err := s.Set(set.key, set.value, label); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// workload is what was asked of the deployment.
func (r *Row) workload() []setting {
	if r.load != nil {
		return r.load
	}
	requests := r.Requests
	if requests == 0 {
		requests = requestsPerUser * r.Concurrency
	}
	list := []setting{
		{"workload.synthetic.requests", int64(requests)},
		{"workload.synthetic.seed", int64(1)},
		{"workload.synthetic.input.distribution", "uniform"},
		{"workload.synthetic.input.min", shortest(r.LengthMinFraction, r.InputTokens)},
		{"workload.synthetic.input.max", int64(r.InputTokens)},
		{"workload.synthetic.output.distribution", "uniform"},
		{"workload.synthetic.output.min", shortest(r.LengthMinFraction, r.OutputTokens)},
		{"workload.synthetic.output.max", int64(r.OutputTokens)},
	}
	if r.PrefixPool > 0 {
		list = append(list, setting{"workload.synthetic.prompts", int64(r.PrefixPool)})
	}
	if r.Rate > 0 {
		return append(list, setting{"workload.synthetic.arrival.process", "poisson"},
			setting{"workload.synthetic.arrival.rate", r.Rate})
	}
	if !math.IsNaN(r.MeasuredTTFTMS) || r.MeasuredOutputRate == 0 { // else nobody waits for a first token
		list = append(list, setting{"workload.client", "benchmark"})
	}
	return append(list, setting{"workload.synthetic.arrival.process", "closed"},
		setting{"workload.synthetic.arrival.concurrency", int64(r.Concurrency)})
}

// setting is a key of a scenario and its value.
type setting struct {
	key   string
	value any
}

// engineSettings are the deployment's own settings.
func (r *Row) engineSettings() []setting {
	var list []setting
	if r.Engine == "vllm" && r.EngineVersion == "" { // older than the rows that began to state it
		list = append(list, setting{"engine.async_scheduling", false})
	}
	// Both harnesses start vLLM for as many sequences as they have users (InferenceMAX: --max-num-seqs $CONC;
	// aiconfigurator's generator: its batch). No more ever run; what it changes is the memory kept for sampling.
	if r.Engine == "vllm" && r.Concurrency > 0 && r.MaxNumSeqs == 0 {
		list = append(list, setting{"engine.max_num_seqs", int64(r.Concurrency)})
	}
	for _, given := range []struct {
		key   string
		value int
	}{
		{"engine.max_num_seqs", r.MaxNumSeqs}, {"engine.max_model_len", r.MaxModelLen},
		{"engine.num_gpu_blocks", r.NumGPUBlocks},
	} {
		if given.value > 0 {
			list = append(list, setting{given.key, int64(given.value)})
		}
	}
	if r.MaxNumBatchedTokens > 0 {
		list = append(list, setting{"engine.max_num_batched_tokens", int64(r.MaxNumBatchedTokens)})
	}
	if r.MaxPrefillTokens > 0 {
		list = append(list, setting{"engine.max_prefill_tokens", int64(r.MaxPrefillTokens)})
	}
	if r.MixedChunk != nil {
		list = append(list, setting{"engine.enable_mixed_chunk", *r.MixedChunk})
	}
	if r.EnforceEager != nil {
		list = append(list, setting{"engine.enforce_eager", *r.EnforceEager})
	}
	if r.ChunkedPrefill != nil {
		list = append(list, setting{"engine.chunked_prefill", *r.ChunkedPrefill})
		if !*r.ChunkedPrefill && r.MaxModelLen == 0 { // no longer request comes, and each must pass in one step
			list = append(list, setting{"engine.max_model_len", int64(r.InputTokens + r.OutputTokens)})
		}
	}
	return list
}

// InStep tells whether a closed loop's users march in step, as all ask for as much: the mean TTFT then says
// little.
func (r *Row) InStep() bool { return r.Rate == 0 && r.LengthMinFraction == 1 }

// EndToEndMS is the mean time of a request, given its mean TTFT and TPOT, in milliseconds.
func (r *Row) EndToEndMS(ttft, tpot float64) float64 {
	gaps := float64(int64(r.OutputTokens)+shortest(r.LengthMinFraction, r.OutputTokens)-2) / 2
	return ttft + float64(gaps*tpot)
}

func shortest(fraction float64, longest int) int64 {
	return max(1, int64(math.Round(fraction*float64(longest))))
}
