package kv

import (
	"math"

	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/arch"
)

// Settings are the engine's choices that decide how a GPU's memory divides.
type Settings struct {
	Engine      *Figures
	Share       float64     // of the memory that the engine may use, as its law counts it; 0: the engine's own
	Tokens      int         // of the largest step on a data-parallel rank
	Sequences   int         // that run at once on it
	Graphs      int         // CUDA graphs that are captured
	Batch       int         // sequences in the largest of them
	Fused       bool        // FlashInfer's kernel samples
	BlockTokens int         // tokens in one block (block_size)
	PoolBytes   units.Bytes // of the cache blocks on one GPU (kv_cache_memory_bytes); 0: what the law leaves
	Blocks      int         // num_gpu_blocks; 0: as many as fit
	NullBlocks  int         // blocks that no sequence can hold
	Snapshots   bool        // the prefix cache keeps recurrent states
	Drafter     *Drafter    // of speculative decoding; nil without
	// ModelLen is the longest sequence (max_model_len) for which the engine asks for room before it starts; 0:
	// it starts where one block fits.
	ModelLen int
	Spread   float64 // see Use.Spread
	// Uncached tells that no prompts are cached because the user says so, and MaxSequences how many sequences
	// run at once at most because he does; 0: as many as the engine lets.
	Uncached     bool
	MaxSequences int
	// WindowShare and StateShare are those of a divided cache; 0: the engine's own.
	WindowShare, StateShare float64
}

// Fit divides a GPU's memory between weights, workspace and cache blocks. It returns an answer also where the
// plan does not fit: Memory.Fits tells.
func Fit(m *arch.Model, d *hw.Device, plan arch.Plan, s Settings) Memory {
	s.Engine = s.divided()
	layout, blockBytes, stateBytes := s.layoutOf(s.Drafter.beside(m), plan)
	if s.Snapshots {
		layout.Snapshot = layout.Constant
	}
	weights := weightsPerGPU(m, d, plan, s.Engine.MXFP4) + s.Drafter.weights(plan.Split())
	division := s.Engine.Divide(Use{Model: m, Device: d, Plan: plan, Weights: weights, Tokens: s.Tokens,
		Sequences: s.Sequences, Graphs: s.Graphs, Batch: s.Batch,
		Fused: s.Fused, Drafts: s.Drafter.drafts(), Share: s.Share, Spread: s.Spread})
	memory := Memory{
		Law:                   s.Engine.Law,
		Division:              division,
		DeviceBytes:           d.Memory,
		WeightBytes:           m.WeightBytes(&plan.Precision) + towerBytes(m) + s.Drafter.weights(arch.Whole),
		WeightBytesPerGPU:     weights,
		KVBytesPerToken:       m.KVBytesPerToken(&plan.Precision) + s.Drafter.keeps(&plan.Precision),
		StateBytesPerSequence: m.StateBytesUnder(s.Engine.StateBytes) * units.Bytes(s.Drafter.states()),
		BlockBytesPerGPU:      blockBytes,
		Groups:                s.Engine.groups(m, &layout),
		NullBlocks:            s.NullBlocks,
		Layout:                layout,
	}
	pool := division.Pool
	if s.PoolBytes > 0 {
		pool = s.PoolBytes
	}
	memory.fill(pool, stateBytes, &s)
	memory.asks(s.ModelLen, s.Tokens)
	memory.Given = s.Blocks > 0
	if memory.Given {
		memory.Blocks, memory.PoolBytesPerGPU = s.Blocks, blockBytes*units.Bytes(s.Blocks)
	}
	return memory
}

// fill makes blocks of a pool, and states of so many bytes each where these are apart.
func (m *Memory) fill(pool, state units.Bytes, s *Settings) {
	blocks := pool
	if state > 0 {
		m.States, blocks = s.Engine.Apart.states(pool, state, s)
		m.StatesPerSequence = s.Engine.Apart.perSequence(s)
	}
	if short := max(m.BlockBytesPerGPU-blocks, units.Bytes(m.StatesPerSequence-m.States)*state); short > 0 {
		m.ShortBy = short
		return
	}
	m.PoolBytesPerGPU, m.Blocks = pool, int(min(float64(blocks/m.BlockBytesPerGPU), math.MaxInt32))
}

// asks makes sure of room for one sequence as long as an engine may be asked for, computed in steps of some
// tokens (vllm/v1/core/kv_cache_utils.py, check_enough_kv_cache_memory).
func (m *Memory) asks(longest, step int) {
	if longest == 0 || m.Blocks == 0 {
		return
	}
	need := func(tokens int) int { return m.Layout.Admission(tokens, step) }
	m.Startable = m.Layout.longest(longest, m.Blocks, need)
	if need := need(longest); need > m.Blocks {
		m.ShortBy = m.BlockBytesPerGPU * units.Bytes(need-m.Blocks)
	}
}

// caches are what the layers of one rank keep, those of all stages together.
type caches struct {
	full     units.Bytes // for each token of context, in layers that keep all
	windows  []windowBytes
	constant units.Bytes // of a sequence, whatever its context: recurrent states
}

// cachesOf are a model's. Of recurrent states a sequence has so many.
func cachesOf(m *arch.Model, f *Figures, states int, plan arch.Plan) caches {
	var c caches
	for _, block := range m.Stack {
		if block.Mixer == nil {
			continue
		}
		state, layers := block.Mixer.State(), units.Bytes(block.Repeat)
		for _, cache := range state.Tokens {
			perToken := units.Bytes(cache.BytesPerRank(plan.TP, &plan.Precision) * layers)
			if cache.Reach.Kind == arch.Full || cache.Reach.Kind == arch.TopK {
				c.full += perToken
			} else {
				c.windows = addWindow(c.windows, cache.Reach.Size, perToken)
			}
		}
		kept := state.ConstantBytesPerRank(plan.TP, m.Recurrent(state, f.StateBytes))
		c.constant += units.Bytes(kept * layers * units.Bytes(states))
	}
	if c.full > 0 && f.Windows == whole {
		for _, w := range c.windows {
			c.full += w.bytes
		}
		c.windows = nil
	}
	return c
}

// layoutOf groups the layers' caches by reach and counts them in pool blocks. The unit is the smallest group,
// as in vLLM's hybrid cache manager, which pads the others up to a multiple of it. Where states are apart,
// state is what those of a sequence take beside the blocks.
func (s *Settings) layoutOf(m *arch.Model, plan arch.Plan) (l Layout, block, state units.Bytes) {
	f, tokens := s.Engine, s.BlockTokens
	c := cachesOf(m, f, s.Drafter.states(), plan)
	share := stageShare(m, plan) // of every cache alike, so that their ratios are those of the whole model
	unit := smallest(c.full, c.windows)
	if unit == 0 { // nothing grows with context: the pool is counted in whole sequences
		return Layout{BlockTokens: tokens, Constant: 1}, max(c.constant*share, 1), 0
	}
	if f.Windows == apart && c.full > 0 {
		l, block = f.Apart.layout(m, &c, tokens)
		return l, block * share, c.constant * share
	}
	l, block = Layout{BlockTokens: tokens, Full: wholeUnits(c.full, unit)}, unit*units.Bytes(tokens)
	for _, w := range c.windows {
		l.Windows = append(l.Windows, WindowGroup{Tokens: w.tokens, Blocks: wholeUnits(w.bytes, unit)})
	}
	l.Constant = wholeUnits(c.constant, block)
	return l, block * share, 0
}

// wholeUnits is how many units hold some bytes.
func wholeUnits(bytes, unit units.Bytes) int { return int(math.Ceil(float64(bytes / unit))) }

// StateBlock is how many tokens of context make an attention layer's block as large as a recurrent layer's
// state, in whole multiples of some tokens; for a model that does not have both, those.
func (f *Figures) StateBlock(m *arch.Model, plan arch.Plan, multiple int) int {
	var state, perToken units.Bytes
	for _, block := range m.Stack {
		if block.Mixer == nil {
			continue
		}
		kept := block.Mixer.State()
		state = max(state, kept.ConstantBytesPerRank(plan.TP, m.Recurrent(kept, f.StateBytes)))
		bytes := units.Bytes(0)
		for _, cache := range kept.Tokens {
			bytes += cache.BytesPerRank(plan.TP, &plan.Precision)
		}
		if bytes > 0 && (perToken == 0 || bytes < perToken) {
			perToken = bytes
		}
	}
	if state == 0 || perToken == 0 {
		return multiple
	}
	return multiple * max(1, int(math.Ceil(float64(state)/(float64(multiple)*float64(perToken)))))
}

type windowBytes struct {
	tokens int
	bytes  units.Bytes // for each token kept, on one rank of all stages together
}

func addWindow(windows []windowBytes, tokens int, bytes units.Bytes) []windowBytes {
	for i := range windows {
		if windows[i].tokens == tokens {
			windows[i].bytes += bytes
			return windows
		}
	}
	return append(windows, windowBytes{tokens, bytes})
}

// smallest is the smallest group that keeps anything; 0 where there is none.
func smallest(full units.Bytes, windows []windowBytes) units.Bytes {
	least := full
	for _, w := range windows {
		if least == 0 || w.bytes < least {
			least = w.bytes
		}
	}
	return least
}

// Sequences is how many sequences of context tokens each the pool holds at once, on one data-parallel rank.
func (m *Memory) Sequences(context int) int {
	if !m.Fits() {
		return 0
	}
	n := m.Usable() / max(1, m.Layout.Blocks(context))
	if m.StatesPerSequence > 0 {
		n = min(n, m.MostSequences())
	}
	return n
}

// LongestContext is the longest single sequence that the pool holds, up to limit tokens.
func (m *Memory) LongestContext(limit int) int {
	if !m.Fits() {
		return 0
	}
	return m.Layout.longest(limit, m.Usable(), m.Layout.Blocks)
}

// longest is the longest sequence, up to limit tokens, that takes no more than so many blocks.
func (l *Layout) longest(limit, blocks int, take func(tokens int) int) int {
	low, high := 0, limit // low fits; search the last that does
	for low < high {
		middle := low + (high-low+1)/2
		if take(middle) <= blocks {
			low = middle
		} else {
			high = middle - 1
		}
	}
	return low
}
