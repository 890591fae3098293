package kv

import (
	"iter"

	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/arch"
)

// MXFP4 is how an engine holds experts in that format.
type MXFP4 struct {
	// The multiples that its kernels pad the experts' input and their own width on one rank to; 0 or 1: none.
	Hidden int `toml:"hidden_multiple"`
	Width  int `toml:"width_multiple"`
	// LoadedScale are the bytes of each scale as it is loaded, which stay beside the kernels' own on GPUs of one
	// generation where the rest of the model is fp8 in blocks; 0: nothing stays.
	LoadedScale units.Bytes `toml:"loaded_scale_bytes"`
	Generation  string      `toml:"loaded_scale_generation"`
}

// scaled is how many values share a scale (OCP Microscaling Formats 1.0).
const scaled = 32

// weightsPerGPU is what the fullest GPU holds: the longest pipeline stage, its layers taken as the mean of
// all, with the larger of the embedding and the head.
func weightsPerGPU(m *arch.Model, d *hw.Device, plan arch.Plan, mxfp4 MXFP4) units.Bytes {
	split := plan.Split()
	layers, ends := m.WeightBytesPerRank(split, &plan.Precision)
	layers += redundantExperts(m, plan)
	if plan.Precision.Experts == units.MXFP4 {
		layers += paddedExperts(m, plan, mxfp4)
		if d.Generation == mxfp4.Generation && plan.Precision.Attention == units.FP8Block {
			layers += loadedScales(m, plan, mxfp4.LoadedScale)
		}
	}
	towers := towerBytes(m) / units.Bytes(plan.TP)
	if plan.PP == 1 {
		return layers + ends + towers
	}
	first, last := m.EndBytesPerRank(split, &plan.Precision)
	return units.Bytes(layers*stageShare(m, plan)) + max(first+towers, last)
}

// towerBytes is the size of the vision and audio towers, which engines keep in bf16 and divide over
// tensor-parallel ranks.
func towerBytes(m *arch.Model) units.Bytes { return units.BF16.Bytes(m.VisionParams) }

// stageShare is the share of the layers that the longest pipeline stage has.
func stageShare(m *arch.Model, plan arch.Plan) units.Bytes {
	return units.Bytes(float64(units.CeilDiv(m.Layers(), plan.PP)) / float64(m.Layers()))
}

// expertLayers are the mixtures of experts that have weights of their own, each with the number of layers
// that are like it.
func expertLayers(m *arch.Model) iter.Seq2[*arch.MoE, int] {
	return func(yield func(*arch.MoE, int) bool) {
		for _, block := range m.Stack {
			if moe := arch.ExpertsOf(block.FFN); moe != nil && !block.Again && !yield(moe, block.Repeat) {
				return
			}
		}
	}
}

// routedTensors are the weights of one layer's routed experts.
func routedTensors(moe *arch.MoE, hidden int) iter.Seq[arch.Tensor] {
	return func(yield func(arch.Tensor) bool) {
		for _, t := range moe.Tensors(hidden) {
			if t.Shard == arch.ShardedByExpert && !yield(t) {
				return
			}
		}
	}
}

// redundantExperts is what a rank's share of the replicas of popular experts takes.
func redundantExperts(m *arch.Model, plan arch.Plan) units.Bytes {
	var sum units.Bytes
	if plan.Redundant == 0 {
		return sum
	}
	for moe, layers := range expertLayers(m) {
		for t := range routedTensors(moe, m.Hidden) {
			perExpert := t.OnRank(plan.Split()) / float64(moe.Experts)
			sum += plan.Precision.Weights(t.Group).Bytes(perExpert * float64(plan.Redundant*layers))
		}
	}
	return sum
}

// paddedExperts is what a rank's experts take more than their own values because their kernels pad them.
func paddedExperts(m *arch.Model, plan arch.Plan, to MXFP4) units.Bytes {
	split := plan.Split()
	var sum units.Bytes
	for moe, layers := range expertLayers(m) {
		padded := *moe
		padded.Width = upTo(units.CeilDiv(moe.Width, split.ExpertTP), to.Width) * split.ExpertTP
		hidden := upTo(m.Hidden, to.Hidden)
		if moe.LatentWidth > 0 {
			padded.LatentWidth = upTo(moe.LatentWidth, to.Hidden)
		}
		own := expertBytes(moe, m.Hidden, split, &plan.Precision)
		more := expertBytes(&padded, hidden, split, &plan.Precision) - own
		sum += units.Bytes(float64(layers) * float64(more))
	}
	return sum
}

// loadedScales is what a rank's experts take more because their scales stay as they were loaded.
func loadedScales(m *arch.Model, plan arch.Plan, each units.Bytes) units.Bytes {
	values := 0.0
	for moe, layers := range expertLayers(m) {
		for t := range routedTensors(moe, m.Hidden) {
			values += float64(float64(layers) * t.OnRank(plan.Split()))
		}
	}
	return each * units.Bytes(values/scaled)
}

// expertBytes is what a rank holds of one layer's routed experts.
func expertBytes(moe *arch.MoE, hidden int, split arch.Split, p *arch.Precision) units.Bytes {
	var sum units.Bytes
	for t := range routedTensors(moe, hidden) {
		sum += p.Weights(t.Group).Bytes(t.OnRank(split))
	}
	return sum
}

// upTo is the smallest multiple that is at least value.
func upTo(value, multiple int) int { return units.CeilDiv(value, max(1, multiple)) * max(1, multiple) }
