package arch

import "github.com/roofserve/roofserve/hw/units"

// State is what one layer keeps for each sequence.
type State struct {
	// Tokens are the caches that grow with context, each up to its reach.
	Tokens []TokenState
	// Constant values for each sequence, whatever its context.
	RecurrentValues float64 // kept in fp32, or as the engine keeps them
	InFP32          bool    // under every engine
	ConvValues      float64 // kept in bf16
	// ConstantHeads is the number of heads by which tensor parallelism divides the constant state.
	ConstantHeads int
}

// TokenState is a cache with some values for each token in reach.
type TokenState struct {
	Reach    Reach
	Values   float64 // values for each token, all heads together
	KeyShare float64 // share of the tokens that is kept: 1, or 1/16 for a stride of 16
	KVHeads  int     // heads by which tensor parallelism divides it; 0: replicated (MLA)
	// FP8Bytes is what a token takes in an fp8 cache whose layout is more than one byte for each value (DSA); 0:
	// one byte.
	FP8Bytes units.Bytes
	// FixedBytes is what a token takes whatever the cache's format, for values that have one of their own; 0:
	// the cache's.
	FixedBytes units.Bytes
}

// Bytes is what a token of context adds to the cache within its reach, all ranks together and unreplicated,
// averaged over a stride.
func (t TokenState) Bytes(p *Precision) units.Bytes {
	return units.Bytes(keptBytes(p.KV, t.Values, t.FP8Bytes, t.FixedBytes) * units.Bytes(t.KeyShare))
}

// keptBytes is what values take in a cache of format kv: fixed where that is set, fp8 in an fp8 cache where
// that is set, and otherwise as many as the format takes for each value.
func keptBytes(kv units.Format, values float64, fp8, fixed units.Bytes) units.Bytes {
	switch {
	case fixed > 0:
		return fixed
	case kv == units.FP8 && fp8 > 0:
		return fp8
	default:
		return kv.Bytes(values)
	}
}

// BytesPerRank is the same on one of tp ranks: KV heads are divided, or replicated where there are fewer than
// ranks; a latent is replicated.
func (t TokenState) BytesPerRank(tp int, p *Precision) units.Bytes {
	if t.KVHeads == 0 {
		return t.Bytes(p)
	}
	return t.Bytes(p) / units.Bytes(min(tp, t.KVHeads))
}

// ConstantBytes is the state that a sequence keeps whatever its context, with so many bytes for each
// recurrent value.
func (s State) ConstantBytes(each units.Bytes) units.Bytes {
	return units.Bytes(float64(s.RecurrentValues*float64(each)) + float64(s.ConvValues*convBytes))
}

// ConstantBytesPerRank is the same on one of tp ranks.
func (s State) ConstantBytesPerRank(tp int, each units.Bytes) units.Bytes {
	return s.ConstantBytes(each) / units.Bytes(min(tp, max(1, s.ConstantHeads)))
}

// Recurrent is the size of a recurrent value of one of the model's layers under an engine that keeps as many
// bytes where neither the model nor the layer asks for fp32.
func (m *Model) Recurrent(s State, engine units.Bytes) units.Bytes {
	if engine == 0 || m.FP32States || s.InFP32 {
		return FP32State
	}
	return engine
}
