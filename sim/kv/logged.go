package kv

import (
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/arch"
)

// Tokens is the size of a data-parallel rank's pool in tokens as engines log it ("GPU KV cache size" of
// vLLM, max_total_num_tokens of SGLang, "max tokens in paged KV cache" of TensorRT-LLM): the blocks, shared
// out among the groups of layers that each keep tokens of their own.
func (m *Memory) Tokens() int {
	return m.Blocks / max(1, m.Groups) * m.Layout.BlockTokens
}

// Concurrency is how many sequences of context tokens the pool holds, as a fraction, as vLLM logs it
// ("Maximum concurrency"): a sequence counts a window with the tokens of a whole step, which are in the cache
// before the window's oldest are let go (SlidingWindowSpec.max_memory_usage_bytes).
func (m *Memory) Concurrency(context, stepTokens int) float64 {
	l := &m.Layout
	whole := units.CeilDiv(context, l.BlockTokens)
	blocks := l.Constant + l.Full*whole
	for _, w := range l.Windows {
		kept := units.CeilDiv(min(w.Tokens-1+stepTokens, context), l.BlockTokens) + 1
		blocks += w.Blocks * min(kept, whole+1)
	}
	return float64(m.Blocks) / float64(max(1, blocks))
}

// groups is the number of blocks that an engine's log counts as one.
func (f *Figures) groups(m *arch.Model, l *Layout) int {
	if f.Windows == shared {
		return groupsOf(m)
	}
	return l.Full
}

// groupsOf is the number of groups of equally many layers of one kind that vLLM's hybrid cache manager makes,
// as large as the rarest kind is (kv_cache_utils.py, _get_kv_cache_groups_uniform_page_size).
func groupsOf(m *arch.Model) int {
	layers := map[arch.Reach]int{}
	constant := 0
	for _, block := range m.Stack {
		if block.Mixer == nil {
			continue
		}
		state := block.Mixer.State()
		switch {
		case len(state.Tokens) > 0:
			layers[groupReach(state.Tokens[0].Reach)] += block.Repeat
		case state.RecurrentValues+state.ConvValues > 0:
			constant += block.Repeat
		}
	}
	size := constant
	for _, n := range layers {
		if size == 0 || n < size {
			size = n
		}
	}
	groups := 0
	for _, n := range layers {
		groups += units.CeilDiv(n, max(1, size))
	}
	return groups + units.CeilDiv(constant, max(1, size))
}

// groupReach is the reach by which layers are grouped: those that choose among all tokens keep all.
func groupReach(r arch.Reach) arch.Reach {
	if r.Kind == arch.TopK {
		return arch.Reach{}
	}
	return r
}
