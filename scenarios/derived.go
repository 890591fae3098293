package scenarios

import "math"

// memoryMetrics describe how the plan's memory divides. The sequences are those of the longest context allowed, as vLLM
// prints its maximum concurrency.
func (r *Run) memoryMetrics() []Metric {
	m := &r.Parts.Memory
	ranks := float64(max(1, r.Parts.Plan.DP))
	sequences := 0.0
	if m.Fits() {
		sequences = float64(m.Sequences(max(1, r.Parts.Limits.MaxModelLen))) * ranks
	}
	return []Metric{
		{"memory.weight_bytes", float64(m.WeightBytes)},
		{"memory.weight_bytes_per_gpu", float64(m.WeightBytesPerGPU)},
		{"memory.workspace_bytes_per_gpu", float64(m.WorkspaceBytesPerGPU)},
		{"memory.kv_pool_bytes_per_gpu", math.Floor(float64(m.PoolBytesPerGPU))},
		{"memory.kv_bytes_per_token", float64(m.KVBytesPerToken)},
		{"memory.state_bytes_per_sequence", float64(m.StateBytesPerSequence)},
		{"memory.num_gpu_blocks", float64(m.Blocks)},
		{"memory.block_size", float64(m.Layout.BlockTokens)},
		{"memory.max_concurrent_sequences", sequences},
	}
}

// priceMetrics are what the run's machine time costs.
func (r *Run) priceMetrics(seconds, in, out float64) []Metric {
	h := &r.Scenario.Hardware
	perHour := h.PricePerHour * float64(h.GPUs*h.Replicas)
	usd := perHour * seconds / 3600
	perMillion := func(tokens float64) float64 {
		if tokens == 0 {
			return 0
		}
		return usd / tokens * 1e6
	}
	return []Metric{
		{"price.usd_per_hour", perHour},
		{"price.usd_per_million_tokens", perMillion(in + out)},
		{"price.usd_per_million_output_tokens", perMillion(out)},
	}
}
