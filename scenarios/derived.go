package scenarios

import (
	"cmp"
	"math"
)

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
		{Name: "memory.weight_bytes", Value: float64(m.WeightBytes)},
		{Name: "memory.weight_bytes_per_gpu", Value: float64(m.WeightBytesPerGPU)},
		{Name: "memory.workspace_bytes_per_gpu", Value: float64(m.WorkspaceBytesPerGPU)},
		{Name: "memory.kv_pool_bytes_per_gpu", Value: math.Floor(float64(m.PoolBytesPerGPU))},
		{Name: "memory.kv_bytes_per_token", Value: float64(m.KVBytesPerToken)},
		{Name: "memory.state_bytes_per_sequence", Value: float64(m.StateBytesPerSequence)},
		{Name: "memory.num_gpu_blocks", Value: float64(m.Blocks)},
		{Name: "memory.block_size", Value: float64(m.Layout.BlockTokens)},
		{Name: "memory.max_concurrent_sequences", Value: sequences},
	}
}

// priceMetrics are what the run's machine time costs.
func (r *Run) priceMetrics(seconds float64, none nothings) []Metric {
	h := &r.Scenario.Hardware
	perHour := h.PricePerHour * float64(h.GPUs*h.Replicas)
	perMillion := func(tokens int64) float64 { return perHour * seconds / 3600 / float64(tokens) * 1e6 }
	served := cmp.Or(none.run, none.price)
	in, out := r.Result.InputTokens, r.Result.OutputTokens
	return []Metric{
		statistic("price.usd_per_hour", perHour, none.price),
		statistic("price.usd_per_million_tokens", perMillion(in+out), served),
		statistic("price.usd_per_million_output_tokens", perMillion(out), served),
	}
}
