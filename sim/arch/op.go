package arch

import "github.com/roofserve/roofserve/hw/units"

// Op is one operator that a layer runs on one rank: what it computes, never how long it takes. The concrete
// types are the operator families, and sim/cost has one timing law for each: GEMM, BatchedGEMM, Attention,
// Recurrence, Experts, Pointwise, Reduce. A new mixer is made of these; only a new kind of kernel needs a new
// family.
type Op interface {
	// OpName is the operator's name within its layer, as reports print it ("qkv", "attention", "o", …).
	OpName() string
	// Work counts the operator's arithmetic and memory traffic for a load, with tensors stored as p says.
	Work(l *Load, p *Precision) Work
}

// Work is what an operator does once: the roofline's two coordinates.
type Work struct {
	FLOPs       units.FLOPs
	WeightBytes units.Bytes // parameters read
	StateBytes  units.Bytes // KV cache or recurrent state read and written
	OtherBytes  units.Bytes // activations read and written
}

// Bytes is all the memory traffic.
func (w Work) Bytes() units.Bytes { return w.WeightBytes + w.StateBytes + w.OtherBytes }

// plus adds another's work, done so many times. Products are converted before they are added so that no
// machine fuses the two operations and rounds differently.
func (w Work) plus(other Work, times int) Work {
	n := float64(times)
	return Work{
		FLOPs:       w.FLOPs + units.FLOPs(n*float64(other.FLOPs)),
		WeightBytes: w.WeightBytes + units.Bytes(n*float64(other.WeightBytes)),
		StateBytes:  w.StateBytes + units.Bytes(n*float64(other.StateBytes)),
		OtherBytes:  w.OtherBytes + units.Bytes(n*float64(other.OtherBytes)),
	}
}

// Group is a set of tensors that share one number format.
type Group uint8

// Groups of tensors. Embeddings, the head, norms and routers stay in bf16 in every engine modelled here.
const (
	GroupAttention Group = iota // projections of the mixer
	GroupDense                  // dense feed-forward parts and shared experts
	GroupExperts                // routed experts
	GroupHead                   // embedding, LM head
	GroupSmall                  // norms, biases, routers, convolution taps
	GroupOutput                 // the mixer's output projection, of GroupAttention but for Precision.Output
)

// Named is the group by whose name checkpoints and scenarios give a tensor's format.
func (g Group) Named() Group {
	if g == GroupOutput {
		return GroupAttention
	}
	return g
}

// Precision says how each group of tensors is stored.
type Precision struct {
	Attention, Dense, Experts units.Format // weights
	Output                    Stored       // output projections of mixers, where they are not as Attention
	Activations               units.Format // what tensor cores multiply weights with
	KV                        units.Format // cache of keys and values, or of the latent
	// ByHand tells whether formats of weights were given for all layers alike, whatever a checkpoint stores
	// apart.
	ByHand bool
	// WideFFNs is the number of layers whose dense part is in bf16 in spite of Dense. Their memory counts; their
	// time is that of the others.
	WideFFNs int
}

// Weights is the format of a group's parameters.
func (p *Precision) Weights(g Group) units.Format {
	switch g {
	case GroupAttention:
		return p.Attention
	case GroupOutput:
		if p.Output.Apart {
			return p.Output.Format
		}
		return p.Attention
	case GroupDense:
		return p.Dense
	case GroupExperts:
		return p.Experts
	default:
		return units.BF16
	}
}

// Rows says which of a step's tokens an operator runs over.
type Rows uint8

// Sets of rows.
const (
	EveryToken    Rows = iota // decode and prefill tokens
	DecodeTokens              // decode tokens only
	PrefillTokens             // prefill tokens only
	ExpandedRows              // prefill tokens and the cached ones before them (naive MLA's kv_b)
	SampledRows               // rows whose logits are needed
)

// Of is the number of rows in a load.
func (r Rows) Of(l *Load) int64 {
	switch r {
	case DecodeTokens:
		return int64(l.Decodes)
	case PrefillTokens:
		return int64(l.ChunkTokens)
	case ExpandedRows:
		return int64(l.ChunkTokens) + l.Earlier
	case SampledRows:
		return int64(l.Samples)
	default:
		return int64(l.Tokens())
	}
}
