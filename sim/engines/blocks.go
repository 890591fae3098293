package engines

import (
	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/sim/arch"
)

// Blocks is the size of cache blocks that kernels of a mixer ask for, on GPUs of one generation.
type Blocks struct {
	Source     string `toml:"source"`
	Mixer      string `toml:"mixer"`      // its kind, one of arch.Kinds
	Generation string `toml:"generation"` // empty: any
	Tokens     int    `toml:"tokens"`
}

// Recurrent is what an engine does for models with recurrent layers beside attention.
type Recurrent struct {
	Source string `toml:"source"`
	// StateBlocks makes a block of attention as large as a recurrent layer's state, in whole blocks of its
	// kernels.
	StateBlocks bool `toml:"state_blocks"`
	// Snapshots lets the prefix cache keep states at the ends of blocks, where the user asks for prefix caching.
	// Without them such a model's prompts are not cached.
	Snapshots bool `toml:"snapshots"`
}

// BlockTokens is the default number of tokens in a block of a model's cache on a device under a plan.
func (p *Profile) BlockTokens(m *arch.Model, d *hw.Device, plan arch.Plan) int {
	tokens := p.BlockSize
	for _, cache := range m.Caches(&plan.Precision) {
		for _, b := range p.Blocks {
			if b.Mixer == cache.Kind && (b.Generation == "" || b.Generation == d.Generation) {
				tokens = max(tokens, b.Tokens)
			}
		}
	}
	if p.Recurrent.StateBlocks {
		tokens = p.Memory.StateBlock(m, plan, tokens)
	}
	return tokens
}

// CachesPrefixes tells whether the engine caches a model's prompts by default, and whether it can.
func (p *Profile) CachesPrefixes(m *arch.Model) (byDefault, can bool) {
	if m.StateBytesPerSequence() > 0 {
		return false, p.Recurrent.Snapshots && p.Policy == "vllm" // whose scheduler cuts prompts at the states
	}
	return p.PrefixCaching, true
}
