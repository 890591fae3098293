package kv

import (
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/arch"
)

// Padding is how an engine's kernels pad experts: their input's width and their own, on one rank, up to
// multiples; 0 or 1 for none.
type Padding struct {
	Hidden int `toml:"hidden_multiple"`
	Width  int `toml:"width_multiple"`
}

// weightsPerGPU is what the fullest GPU holds: the longest pipeline stage, its layers taken as the mean of
// all, with the larger of the embedding and the head.
func weightsPerGPU(m *arch.Model, plan arch.Plan, mxfp4 Padding) units.Bytes {
	split := plan.Split()
	layers, ends := m.WeightBytesPerRank(split, &plan.Precision)
	layers += redundantExperts(m, plan)
	if plan.Precision.Experts == units.MXFP4 {
		layers += paddedExperts(m, plan, mxfp4)
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

// redundantExperts is what a rank's share of the replicas of popular experts takes.
func redundantExperts(m *arch.Model, plan arch.Plan) units.Bytes {
	var sum units.Bytes
	for _, block := range m.Stack {
		moe := arch.ExpertsOf(block.FFN)
		if moe == nil || block.Again || plan.Redundant == 0 {
			continue
		}
		for _, t := range moe.Tensors(m.Hidden) {
			if t.Shard == arch.ShardedByExpert {
				perExpert := t.OnRank(plan.Split()) / float64(moe.Experts)
				sum += plan.Precision.Weights(t.Group).Bytes(perExpert * float64(plan.Redundant*block.Repeat))
			}
		}
	}
	return sum
}

// paddedExperts is what a rank's experts take more than their own values because their kernels pad them.
func paddedExperts(m *arch.Model, plan arch.Plan, to Padding) units.Bytes {
	split := plan.Split()
	var sum units.Bytes
	for _, block := range m.Stack {
		moe := arch.ExpertsOf(block.FFN)
		if moe == nil || block.Again {
			continue
		}
		padded := *moe
		padded.Width = upTo(units.CeilDiv(moe.Width, split.ExpertTP), to.Width) * split.ExpertTP
		hidden := upTo(m.Hidden, to.Hidden)
		if moe.LatentWidth > 0 {
			padded.LatentWidth = upTo(moe.LatentWidth, to.Hidden)
		}
		own := expertBytes(moe, m.Hidden, split, &plan.Precision)
		more := expertBytes(&padded, hidden, split, &plan.Precision) - own
		sum += units.Bytes(float64(block.Repeat) * float64(more))
	}
	return sum
}

// expertBytes is what a rank holds of one layer's routed experts.
func expertBytes(moe *arch.MoE, hidden int, split arch.Split, p *arch.Precision) units.Bytes {
	var sum units.Bytes
	for _, t := range moe.Tensors(hidden) {
		if t.Shard == arch.ShardedByExpert {
			sum += p.Weights(t.Group).Bytes(t.OnRank(split))
		}
	}
	return sum
}

// upTo is the smallest multiple that is at least value.
func upTo(value, multiple int) int { return units.CeilDiv(value, max(1, multiple)) * max(1, multiple) }
