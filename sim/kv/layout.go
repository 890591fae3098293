package kv

import "github.com/roofserve/roofserve/hw/units"

// Layout says how many pool blocks a sequence occupies. A pool block holds BlockTokens tokens of the layers
// whose cache grows with the whole context; groups of layers with a shorter reach draw blocks from the same
// pool, as vLLM's hybrid cache manager does.
type Layout struct {
	BlockTokens int // tokens of context in one block
	// Full is the number of pool blocks that each BlockTokens of context take in the layers that keep
	// everything.
	Full int
	// Windows are the groups of layers that keep only their last tokens.
	Windows []WindowGroup
	// Constant is the number of pool blocks that a sequence takes whatever its context (recurrent state).
	Constant int
	// Snapshot is the number of pool blocks that the recurrent state at the end of a block takes which the
	// prefix cache keeps for those to come; 0 where it keeps none.
	Snapshot int
}

// WindowGroup is a group of layers that keeps the last Tokens tokens.
type WindowGroup struct {
	Tokens int
	Blocks int // pool blocks for each BlockTokens tokens kept
}

// Blocks is the number of pool blocks that a sequence of context tokens holds.
func (l *Layout) Blocks(context int) int {
	// Unsigned, which divides faster, and spelled out, because with a call to CeilDiv Blocks is not inlined: 1%
	// of a request.
	blocks := int(uint(context+l.BlockTokens-1) / uint(l.BlockTokens))
	if l.Windows == nil {
		return l.Constant + l.Full*blocks
	}
	return l.Constant + l.Full*blocks + l.windowed(blocks)
}

// windowed is the number of pool blocks that the groups of windowed layers hold, of so many blocks of
// context.
func (l *Layout) windowed(blocks int) (n int) {
	for _, w := range l.Windows {
		n += w.Blocks * min(blocks, l.WindowBlocks(w))
	}
	return n
}

// Chunk is the number of pool blocks that a sequence which has computed some tokens holds while n further
// ones are computed, where windowed layers hold all of these, beside what they keep (vLLM's
// SlidingWindowManager, which gives up the block before the window's first a step earlier where the window
// has left it).
func (l *Layout) Chunk(computed, n int) int {
	blocks := units.CeilDiv(computed+n, l.BlockTokens)
	held := l.Constant + l.Full*blocks
	for _, w := range l.Windows {
		held += w.Blocks * (blocks - l.First(w, computed))
	}
	return held
}

// First is the first block of context that a group of windowed layers keeps of a sequence that has computed
// some tokens.
func (l *Layout) First(w WindowGroup, computed int) int {
	return max(0, units.CeilDiv(computed, l.BlockTokens)-l.WindowBlocks(w))
}

// Peak is the most pool blocks that a sequence of some tokens holds at once when at most step of them are
// computed together.
func (l *Layout) Peak(tokens, step int) int {
	blocks := units.CeilDiv(tokens, l.BlockTokens)
	held := l.Constant + l.Full*blocks
	for _, w := range l.Windows {
		held += w.Blocks * min(blocks, l.WindowBlocks(w)+units.CeilDiv(step, l.BlockTokens))
	}
	return held
}

// Admission is Peak as vLLM asks for it before it admits a request (SlidingWindowSpec,
// max_admission_blocks_per_request).
func (l *Layout) Admission(tokens, step int) int {
	blocks := units.CeilDiv(tokens, l.BlockTokens)
	held := l.Constant + l.Full*blocks
	for _, w := range l.Windows {
		held += w.Blocks * min(blocks, units.CeilDiv(min(w.Tokens-1+step, tokens), l.BlockTokens)+1)
	}
	return held
}

// Seen is the number of blocks before a context of whole blocks that its next token sees through a window.
func (l *Layout) Seen(w WindowGroup) int { return units.CeilDiv(w.Tokens-1, l.BlockTokens) }

// WindowBlocks is the most blocks of context that a group of windowed layers keeps: a window that is not
// aligned to blocks touches one block more than it fills.
func (l *Layout) WindowBlocks(w WindowGroup) int { return units.CeilDiv(w.Tokens, l.BlockTokens) + 1 }

// Memory is how a plan's memory divides, on the fullest GPU of a replica.
type Memory struct {
	Law                   string      // by which it divides
	Division              Division    // of one GPU, beside its weights
	DeviceBytes           units.Bytes // what CUDA reports for one GPU
	WeightBytes           units.Bytes // of the whole model, once
	WeightBytesPerGPU     units.Bytes
	PoolBytesPerGPU       units.Bytes // of the cache blocks, or left for them; 0 where the plan does not fit
	ShortBy               units.Bytes // on one GPU; 0 where there is room for what the engine asks
	Startable             int         // the longest max_model_len with which it starts; 0: it asks for no room
	Given                 bool        // Blocks was given (num_gpu_blocks), whatever the room
	KVBytesPerToken       units.Bytes // all layers, all ranks together, unreplicated
	StateBytesPerSequence units.Bytes
	BlockBytesPerGPU      units.Bytes
	Blocks                int // pool blocks of one data-parallel rank
	Groups                int // of layers that share the blocks
	NullBlocks            int // of them, those that no sequence can hold
	States                int // recurrent states of one data-parallel rank; 0: they are in blocks
	StatesPerSequence     int // of them, for each sequence at once
	Layout                Layout
}

// Usable is the number of pool blocks of one data-parallel rank that sequences can hold.
func (m *Memory) Usable() int { return m.Blocks - m.NullBlocks }

// Divided tells whether layers with a window have a pool of their own, so that blocks are parts of a token's.
func (m *Memory) Divided() bool { return m.Groups > 1 && m.Groups == m.Layout.Full }

// MostSequences is how many sequences at once a data-parallel rank has recurrent states for; 0: as many as
// blocks.
func (m *Memory) MostSequences() int {
	if m.StatesPerSequence == 0 {
		return 0
	}
	return m.States / m.StatesPerSequence
}

// WorkspaceBytesPerGPU is what activations of the largest step, the runtime and CUDA graphs take.
func (m *Memory) WorkspaceBytesPerGPU() units.Bytes {
	return m.Division.Activations + m.Division.Runtime + m.Division.Graphs
}

// Fits tells whether weights and workspace leave room for at least one block, and for the longest sequence
// where the engine asks for that, or the blocks were given.
func (m *Memory) Fits() bool { return m.Given || m.ShortBy == 0 && m.Blocks > 0 }
