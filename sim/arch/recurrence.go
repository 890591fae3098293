package arch

import "github.com/roofserve/roofserve/hw/units"

// Kinds of Recurrence.
const (
	RecurrenceGDN    = "gdn"
	RecurrenceKDA    = "kda"
	RecurrenceMamba1 = "mamba1"
	RecurrenceMamba2 = "mamba2"
)

// Tokens that a chunkwise-parallel prefill kernel handles at once.
const (
	deltaChunk  = 64  // gated delta net and KDA: BT = 64 in flash-linear-attention's chunk kernels
	mamba2Chunk = 128 // chunk_size of Nemotron-H's config.json
)

const (
	// FP32State is the size of a recurrent value in fp32 (mamba_ssm_dtype in Qwen3.5's config.json), in which
	// kernels compute.
	FP32State = 4
	convBytes = 2 // the inputs of the short convolution are in bf16
)

// Recurrence is a linear-attention or state-space core on one rank: a constant state for each sequence,
// updated by every token.
type Recurrence struct {
	Name               string
	Kind               string // "gdn", "kda", "mamba2", "mamba1"
	KeyHeads, Heads    int    // on this rank; Heads counts value heads
	KeyDim, ValueDim   int    // the state of a head is KeyDim×ValueDim values
	ConvWidth, ConvDim int    // taps and channels of the short convolution before it
}

// OpName is the operator's name within its layer.
func (o Recurrence) OpName() string { return o.Name }

// Work counts the state once read and once written for each sequence of the step: it is not shared by the
// batch.
func (o Recurrence) Work(l *Load, _ *Precision) Work {
	sequences := float64(l.Decodes + l.Chunks)
	tokens := float64(l.Tokens())
	state := float64(float64(o.Heads)*float64(o.KeyDim)*float64(o.ValueDim)*FP32State) +
		float64(float64(float64(o.ConvWidth-1)*float64(o.ConvDim))*convBytes)
	return Work{
		FLOPs: units.FLOPs(float64(float64(l.Decodes)*o.decodeFLOPs()) +
			float64(float64(l.ChunkTokens)*o.prefillFLOPs()) +
			float64(2*tokens*float64(o.ConvWidth)*float64(o.ConvDim))),
		StateBytes: units.Bytes(2 * sequences * state),
		OtherBytes: units.Bytes(activationBytes * tokens * float64(o.ConvDim+o.Heads*o.ValueDim)),
	}
}

// decodeFLOPs is the arithmetic of one step of the recurrence, for one token, by counting the operations on
// the state S.
func (o Recurrence) decodeFLOPs() float64 {
	state := float64(o.Heads) * float64(o.KeyDim) * float64(o.ValueDim)
	switch o.Kind {
	case RecurrenceMamba1:
		// 9 for each state value: S ← exp(ΔA)·S + ΔB·x; y = C·S (selective_scan; github.com/state-spaces/mamba
		// issue 110).
		return 9 * state
	case RecurrenceMamba2:
		// Decay 1, outer product with B and add 2, product with C 2 (Dao & Gu 2024, arXiv:2405.21060, eq. 2 with
		// scalar A).
		return 5 * state
	default:
		// Decay 1, S·k 2, outer product and add 2, S·q 2 (Yang et al. 2024, arXiv:2412.06464, eq. 10; KDA,
		// arXiv:2510.26692, decays by channel).
		return 7 * state
	}
}

// prefillFLOPs is the arithmetic of the chunkwise-parallel form, for one token.
func (o Recurrence) prefillFLOPs() float64 {
	heads, k, v := float64(o.Heads), float64(o.KeyDim), float64(o.ValueDim)
	switch o.Kind {
	case RecurrenceMamba1:
		return o.decodeFLOPs() // a scan: no chunkwise form
	case RecurrenceMamba2:
		// Within a chunk C·Bᵀ for each group and its product with x for each head; states made and read
		// (arXiv:2405.21060, §6).
		return float64(2*float64(o.KeyHeads)*mamba2Chunk*k) +
			float64(heads*(float64(2*mamba2Chunk*v)+float64(4*k*v)))
	default:
		// Within a chunk K·Kᵀ, Q·Kᵀ and their product with V; W·S, Q·S and Kᵀ·U on the state (arXiv:2412.06464,
		// §3.3). The small triangular inverse of a chunk is left out.
		return 2 * heads * (float64(3*k*v) + float64(deltaChunk*(float64(2*k)+v)))
	}
}
