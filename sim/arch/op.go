package arch

import "github.com/roofserve/roofserve/hw/units"

// Op is one operator that a layer runs on one rank: what it computes, never how long it takes. The concrete types are
// the operator families, and sim/cost has one timing law for each: GEMM, BatchedGEMM, Attention, Recurrence, Experts,
// Pointwise, Reduce. A new mixer is made of these; only a new kind of kernel needs a new family.
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

// Group is a set of tensors that share one number format.
type Group uint8

// Groups of tensors. Embeddings, the head, norms and routers stay in bf16 in every engine modelled here.
const (
	GroupAttention Group = iota // projections of the mixer
	GroupDense                  // dense feed-forward parts and shared experts
	GroupExperts                // routed experts
	GroupHead                   // embedding, LM head
	GroupSmall                  // norms, biases, routers, convolution taps
)

// Precision says how each group of tensors is stored.
type Precision struct {
	Attention, Dense, Experts units.Format // weights
	Activations               units.Format // what tensor cores multiply weights with
	KV                        units.Format // cache of keys and values, or of the latent
}

// Weights is the format of a group's parameters.
func (p *Precision) Weights(g Group) units.Format {
	switch g {
	case GroupAttention:
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

// GEMM multiplies rows×K activations by a K×N weight matrix, both as one rank holds them.
type GEMM struct {
	Name  string
	N, K  int
	Rows  Rows
	Group Group
}

// BatchedGEMM multiplies, for each of Batch heads, rows×K activations by the head's own K×N matrix (absorbed MLA).
type BatchedGEMM struct {
	Name        string
	Batch, N, K int
	Rows        Rows
	Group       Group
}

// AttentionForm names the kernel family of an Attention operator.
type AttentionForm uint8

// Forms of attention.
const (
	Grouped  AttentionForm = iota // MHA, GQA, MQA: separate keys and values for each KV head
	Absorbed                      // MLA's decode: all heads query one shared latent (keys and values at once)
	Expanded                      // MLA's prefill: keys and values of every head, expanded from the latent
	Indexer                       // DSA's lightning indexer: scores only, no values
)

// Attention is the core of attention on one rank: scores, softmax, weighted sum. It has a prefill part over the load's
// chunks and a decode part over its decoding sequences; Phase leaves one out.
type Attention struct {
	Name           string
	Form           AttentionForm
	Phase          Rows // EveryToken, DecodeTokens or PrefillTokens
	Heads, KVHeads int  // on this rank, after replication of KV heads
	KeyDim         int  // width of a query and of a key
	ValueDim       int  // width of a value (0 for Indexer; within the key for Absorbed)
	Reach          int  // index into Model.Reaches
	// KeyShare is the share of the reach's keys that is read and kept: 1, or 1/16 for a stride of 16.
	KeyShare float64
	Sinks    bool // a learned scalar for each head joins the softmax (gpt-oss); no extra keys
}

// Recurrence is a linear-attention or state-space core on one rank: a constant state for each sequence, updated by
// every token.
type Recurrence struct {
	Name               string
	Kind               string // "gdn", "kda", "mamba2", "mamba1"
	KeyHeads, Heads    int    // on this rank; Heads counts value heads
	KeyDim, ValueDim   int    // the state of a head is KeyDim×ValueDim values
	ConvWidth, ConvDim int    // taps and channels of the short convolution before it
}

// Experts is the routed part of an MoE layer as one rank runs it: the tokens sent to its experts go through gate/up,
// activation and down.
type Experts struct {
	Name        string
	Experts     int // in the layer
	TopK        int
	Hidden      int  // width of the experts' input (the latent's, for latent MoE)
	Inter       int  // width of an expert on this rank, after expert tensor parallelism
	Gated       bool // three matrices (gate, up, down) rather than two
	Ranks       int  // expert-parallel ranks that share the experts
	Groups      int  // expert groups of group-limited routing; 0 or 1 for none
	GroupsTaken int  // groups a token may use
}

// Pointwise is element-wise traffic: norms, rotary embedding, activations, residuals, cache writes, quantisation.
type Pointwise struct {
	Name   string
	Values int // activation values read plus written for each row
	Rows   Rows
}

// Reduce marks where the ranks of the tensor-parallel group add up their partial sums: Values for each row.
type Reduce struct {
	Name   string
	Values int
	Rows   Rows
	// OverExperts marks the sum after routed experts, whose group may differ from attention's.
	OverExperts bool
}
