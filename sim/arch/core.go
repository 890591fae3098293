package arch

import "github.com/roofserve/roofserve/hw/units"

// AttentionForm names the kernel family of an Attention operator.
type AttentionForm uint8

// Forms of attention.
const (
	Grouped  AttentionForm = iota // MHA, GQA, MQA: separate keys and values for each KV head
	Absorbed                      // MLA's decode: all heads query one shared latent (keys and values at once)
	Expanded                      // MLA's prefill: keys and values of every head, expanded from the latent
	Indexer                       // DSA's lightning indexer: scores only, no values
)

// AttentionKernels names a mixer whose kernels are its own, whatever their form.
type AttentionKernels uint8

// Mixers with kernels of their own.
const (
	OfForm       AttentionKernels = iota // none: the kernels of the form
	OfCompressed                         // DeepSeek-V4's
	OfBlocks                             // MiniMax-M3's
)

// Attention is the core of attention on one rank: scores, softmax, weighted sum. It has a prefill part over
// the load's chunks and a decode part over its decoding sequences; Phase leaves one out.
type Attention struct {
	Name           string
	Form           AttentionForm
	Kernels        AttentionKernels
	Phase          Rows // EveryToken, DecodeTokens or PrefillTokens
	Heads, KVHeads int  // on this rank, after replication of KV heads
	KeyDim         int  // width of a query and of a key
	ValueDim       int  // width of a value (0 for Indexer; within the key for Absorbed)
	Reach          int  // index into Model.Reaches
	// KeyShare is the share of the reach's keys that is read and kept: 1, or 1/16 for a stride of 16.
	KeyShare float64
	Sinks    bool // a learned scalar for each head joins the softmax (gpt-oss); no extra keys
	// FP8KeyBytes is what a key and its value take in an fp8 cache, for layouts that are more than one byte for
	// each value (DSA); 0: one byte each.
	FP8KeyBytes units.Bytes
	// FixedKeyBytes is what a key takes whatever the cache's format, where it has one of its own; 0: the
	// cache's.
	FixedKeyBytes units.Bytes
}

// OpName is the operator's name within its layer.
func (o Attention) OpName() string { return o.Name }

// Work is 2·heads·(KeyDim+ValueDim) FLOPs for each query-key pair (2 for QKᵀ, 2 for PV; FlashAttention, Dao
// et al. 2022, arXiv:2205.14135). A decoding sequence reads every key it sees; a chunk reads its distinct
// keys once, and so do the queries of a sequence that verifies drafts.
func (o Attention) Work(l *Load, p *Precision) Work {
	var pairs, keys, rows float64
	if o.Phase != PrefillTokens {
		pairs += float64(l.DecodeKeys[o.Reach] * int64(max(1, l.Queries)))
		keys += float64(l.DecodeKeys[o.Reach])
		rows += float64(l.Decodes)
	}
	if o.Phase != DecodeTokens {
		pairs += float64(l.ChunkPairs[o.Reach])
		keys += float64(l.ChunkKeys[o.Reach])
		rows += float64(l.ChunkTokens)
	}
	pairs, keys = float64(pairs*o.KeyShare), float64(keys*o.KeyShare)
	w := Work{
		FLOPs:      units.FLOPs(2 * float64(o.Heads) * float64(o.KeyDim+o.ValueDim) * pairs),
		OtherBytes: units.Bytes(activationBytes * rows * float64(o.Heads) * float64(o.KeyDim+o.ValueDim)),
	}
	switch o.Form {
	case Expanded: // keys and values were written by kv_b: activations, not cache
		w.OtherBytes += units.Bytes(activationBytes * keys * float64(o.Heads*(o.KeyDim+o.ValueDim)))
	case Indexer: // one fp32 score for each pair, written and read back by top-k
		w.OtherBytes += units.Bytes(2 * 4 * pairs)
		w.StateBytes = units.Bytes(keys) * o.KeyBytes(p)
	default:
		w.StateBytes = units.Bytes(keys) * o.KeyBytes(p)
	}
	return w
}

// KeyBytes is what one key and its value take in this rank's cache.
func (o Attention) KeyBytes(p *Precision) units.Bytes {
	values := o.KVHeads * (o.KeyDim + o.ValueDim)
	if o.Form == Absorbed {
		values = o.KeyDim
	}
	return keptBytes(p.KV, float64(values), o.FP8KeyBytes, o.FixedKeyBytes)
}
