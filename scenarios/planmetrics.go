package scenarios

import "math"

// memoryMetrics describe how the plan's memory divides.
var memoryMetrics = []Definition{
	{
		Key: "memory.weight_bytes", Title: "weights", Unit: "B", Scope: OfModel, Better: Lower,
		Meaning: "Size of all weights in the formats that they are kept in.",
		value:   func(r *Run) float64 { return float64(r.Parts.Memory.WeightBytes) },
	}, {
		Key: "memory.weight_bytes_per_gpu", Title: "weights on a GPU", Unit: "B", Scope: OfGPU, Better: Lower,
		Meaning: "Weights on the GPU that holds most of them.",
		value:   func(r *Run) float64 { return float64(r.Parts.Memory.WeightBytesPerGPU) },
	}, {
		Key: "memory.workspace_bytes_per_gpu", Title: "workspace on a GPU", Unit: "B",
		Scope: OfGPU, Better: Lower,
		Meaning: "Memory kept for the activations of the largest step, CUDA graphs and " +
			"communication buffers.",
		value: func(r *Run) float64 { return float64(r.Parts.Memory.WorkspaceBytesPerGPU()) },
	}, {
		Key: "memory.kv_pool_bytes_per_gpu", Title: "KV cache on a GPU", Unit: "B",
		Scope: OfGPU, Better: Higher,
		Meaning: "Memory that weights and workspace leave to cache blocks, within `gpu_memory_utilization`.",
		value:   func(r *Run) float64 { return math.Floor(float64(r.Parts.Memory.PoolBytesPerGPU)) },
	}, {
		Key: "memory.kv_bytes_per_token", Title: "KV cache of a token", Unit: "B",
		Scope: OfModel, Better: Lower,
		Meaning: "What a token adds to the caches of all layers while it is within their reach.",
		value:   func(r *Run) float64 { return float64(r.Parts.Memory.KVBytesPerToken) },
	}, {
		Key: "memory.state_bytes_per_sequence", Title: "state of a sequence", Unit: "B",
		Scope: OfModel, Better: Lower,
		Meaning: "What a sequence keeps however long it is, as recurrent layers do; 0 where none do.",
		value:   func(r *Run) float64 { return float64(r.Parts.Memory.StateBytesPerSequence) },
	}, {
		Key: "memory.num_gpu_blocks", Title: "cache blocks", Unit: "blocks", Scope: OfRank, Better: Higher,
		Meaning: "Blocks of the pool that sequences draw their cache from.",
		value:   func(r *Run) float64 { return float64(r.Parts.Memory.Blocks) },
	}, {
		Key: "memory.block_size", Title: "block size", Unit: "tokens", Scope: OfRank,
		Meaning: "Tokens of context in one block.",
		value:   func(r *Run) float64 { return float64(r.Parts.Memory.Layout.BlockTokens) },
	}, {
		Key: "memory.max_concurrent_sequences", Title: "sequences that fit in a replica", Unit: "sequences",
		Scope: OfReplica, Better: Higher,
		Meaning: "Sequences of `max_model_len` tokens whose caches fit at once: " +
			"vLLM's maximum concurrency, rounded down.",
		value: (*Run).fitting,
	},
}

// fitting is how many sequences of the longest context allowed fit in the pools of all ranks of a replica.
func (r *Run) fitting() float64 {
	m := &r.Parts.Memory
	if !m.Fits() {
		return 0
	}
	ranks := float64(max(1, r.Parts.Plan.DP))
	return float64(m.Sequences(max(1, r.Parts.Limits.MaxModelLen))) * ranks
}

// priceMetrics are what the machine time costs.
var priceMetrics = []Definition{
	{
		Key: "price.usd_per_hour", Title: "price of an hour", Unit: "USD/h", Scope: OfSystem, Better: Lower,
		Meaning: "Price of all GPUs of all replicas for an hour.",
		needs:   needsPrice,
		value:   (*Run).usdPerHour,
	}, {
		Key: "price.usd_per_million_tokens", Title: "price of a million tokens", Unit: "USD",
		Scope: OfSystem, Better: Lower,
		Meaning: "Price of the duration for each million of prompt and output tokens of completed requests.",
		needs:   needsPricedCompletion,
		value:   func(r *Run) float64 { return r.usdPerMillion(r.Result.InputTokens + r.Result.OutputTokens) },
	}, {
		Key: "price.usd_per_million_output_tokens", Title: "price of a million output tokens", Unit: "USD",
		Scope: OfSystem, Better: Lower,
		Meaning: "Price of the duration for each million of output tokens of completed requests.",
		needs:   needsPricedCompletion,
		value:   func(r *Run) float64 { return r.usdPerMillion(r.Result.OutputTokens) },
	},
}

func (r *Run) usdPerHour() (sum float64) {
	for _, p := range r.Scenario.pools() {
		sum += float64(p.PricePerHour * float64(p.GPUs*p.Replicas))
	}
	return sum
}

// usdPerMillion is the price of the run for a million of so many tokens.
func (r *Run) usdPerMillion(tokens int64) float64 {
	return r.usdPerHour() * r.seconds() / 3600 / float64(tokens) * 1e6
}
