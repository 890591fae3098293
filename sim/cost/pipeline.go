package cost

import (
	"math/bits"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/arch"
)

// Pipeline parallelism divides the layers into stages. An engine keeps as many batches in flight as there are
// stages, each of sequences of its own and each with the whole token budget (vLLM's batch queue,
// vllm/v1/engine/core.py; SGLang's and TensorRT-LLM's microbatches). In a round each of these microbatches
// passes all stages once, one behind the other. The next round of the largest cannot begin before it is
// through, so that a round takes as long as the largest microbatch takes through the whole model; the others
// pass in its shadow.

// microbatch is the largest of the parts in which a load passes the stages. Sequences are spread evenly and
// none is divided: a sequence's keys are read whole, and a piece of a prompt is computed whole. Of the
// sequences only sums are known, so that the largest microbatch is taken to have those of mean context.
func microbatch(l arch.Load, stages int) arch.Load {
	if stages == 1 {
		return l
	}
	if all := l.Decodes; all > 0 {
		l.Decodes = evenly(l.Decoding(), stages) * max(1, l.Queries)
		for i, keys := range l.DecodeKeys {
			l.DecodeKeys[i] = portion(keys, l.Decodes, all)
		}
	}
	if all := l.ChunkTokens; all > 0 {
		l.Chunks, l.ChunkTokens = evenly(l.Chunks, stages), max(evenly(all, stages), l.Longest)
		for i := range l.ChunkPairs {
			l.ChunkPairs[i] = portion(l.ChunkPairs[i], l.ChunkTokens, all)
			l.ChunkKeys[i] = portion(l.ChunkKeys[i], l.ChunkTokens, all)
		}
		l.Earlier = portion(l.Earlier, l.ChunkTokens, all)
	}
	l.Samples = evenly(l.Samples, stages)
	return l
}

// evenly is the largest of the parts of n whole things.
func evenly(n, parts int) int { return units.CeilDiv(n, parts) }

// portion is sum·part/all, rounded down, for 0 ≤ part ≤ all.
func portion(sum int64, part, all int) int64 {
	high, low := bits.Mul64(uint64(sum), uint64(part))
	quotient, _ := bits.Div64(high, low, uint64(all))
	return int64(quotient)
}

// batches are a round's microbatches as the host sees them.
type batches struct {
	n         int // in flight, at least 1
	sequences int // in each, of the data-parallel rank with most: each rank has a process of its own
	chunks    int // of these, pieces of prompts
}

// add counts a data-parallel rank's load, given the part of it that passes at once.
func (b *batches) add(whole, batch *arch.Load, stages int) {
	if stages > 1 {
		b.n = max(b.n, min(stages, whole.Decoding()+whole.Chunks))
	}
	sequences := batch.Decodes
	if batch.Queries > 1 {
		sequences = batch.Decoding()
	}
	b.sequences = max(b.sequences, sequences+batch.Chunks)
	b.chunks += batch.Chunks
}
