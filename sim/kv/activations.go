package kv

import (
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/arch"
)

// activationBytes is the size of a value between kernels: bf16, whatever format they multiply in.
const activationBytes = 2

// activations is the peak of what lives only during a step, on one GPU. Two moments compete for it: inside
// the widest layer, where every token of the step has some tensors of hidden width and the layer's widest
// pair of neighbours; and at the end, where the hidden states of all tokens wait beside the logits of each
// sequence while tokens are sampled. Ranks gather the logits, so that each holds the whole vocabulary's.
func (f *Figures) activations(u *Use) units.Bytes {
	tokens := float64(units.CeilDiv(u.Tokens, u.Plan.ContextRanks()))
	hidden := float64(u.Model.Hidden)
	inside := float64(f.HiddenTensors*hidden) + float64(f.LivePairs*widestPair(u))
	layer := float64(activationBytes * tokens * inside)
	if f.KeepsReduced && u.Plan.TP > 1 {
		layer += float64(activationBytes * tokens * hidden * reducedTensors(u))
	}
	rows := float64(min(u.Sequences, u.Tokens))
	logitBytes := f.LogitBytes
	if u.Fused && f.FusedLogitBytes > 0 {
		logitBytes = f.FusedLogitBytes
	}
	logits := float64(logitBytes * rows * float64(u.Model.Vocab))
	if logitBytes > 0 {
		logits += float64(activationBytes * tokens * hidden)
	}
	return units.Bytes(max(layer, logits))
}

// widestPair is the most values that two neighbouring tensors inside a layer have for each token, on one
// rank: what one GEMM writes and the next reads, as gate and up beside their product; of experts, what the
// larger of their matrices writes for each choice beside the product.
func widestPair(u *Use) float64 {
	widest := 0
	for _, part := range u.Model.Operators(u.Plan.Split()) {
		written := 0
		for _, op := range part.Ops {
			switch op := op.(type) {
			case arch.GEMM:
				if op.Rows != arch.SampledRows {
					widest, written = max(widest, written+op.K), op.N
				}
			case arch.Experts:
				inner := op.Inter
				if op.Gated {
					inner *= 2
				}
				widest = max(widest, op.TopK*(max(inner, op.Hidden)+op.Inter))
			}
		}
	}
	return float64(widest)
}

// reducedTensors is how many tensors of hidden width the layers of a pipeline stage add up over ranks.
func reducedTensors(u *Use) float64 {
	n := 0
	for _, part := range u.Model.Operators(u.Plan.Split()) {
		for _, op := range part.Ops {
			if r, ok := op.(arch.Reduce); ok && r.Rows == arch.EveryToken {
				n += part.Count
			}
		}
	}
	return float64(units.CeilDiv(n, u.Plan.PP))
}
