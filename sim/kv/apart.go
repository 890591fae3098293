package kv

import (
	"cmp"
	"fmt"
	"math"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/arch"
)

// How an engine keeps what layers with a window need, of models that have others beside them
// (Figures.Windows).
const (
	shared = ""      // in blocks of a pool for all layers, which a sequence gives back (vLLM's hybrid manager)
	whole  = "whole" // for the whole context, as other layers do
	apart  = "apart" // in a pool of their own: see Apart
)

// Apart is how an engine divides its cache beforehand (SGLang, mem_cache/kv_cache_configurator.py).
type Apart struct {
	Source string `toml:"source"`
	// WindowShare is for how many tokens layers with a window have room, for each token of the others
	// (swa_full_tokens_ratio).
	WindowShare float64 `toml:"window_share"`
	// StateShare is the memory of recurrent states, for each byte of what grows with context
	// (mamba_full_memory_ratio).
	StateShare float64 `toml:"state_share"`
	// CachedStates are the states for each sequence at once where prompts are cached, of which its prefix may
	// lock one and the cache take another; 1 where they are not.
	CachedStates int `toml:"cached_states"`
	// Shares are the window shares of models with a mixer of some kind.
	Shares []MixerShare `toml:"mixer"`
}

// MixerShare is an engine's own window share for models with a mixer.
type MixerShare struct {
	Kind        string  `toml:"kind"` // one of arch.Kinds
	WindowShare float64 `toml:"window_share"`
}

// check reports shares that divide nothing.
func (a *Apart) check() error {
	for _, s := range append([]MixerShare{{"all", a.WindowShare}}, a.Shares...) {
		if !(s.WindowShare >= LeastShare && s.WindowShare <= 1) {
			return fmt.Errorf("a window share of %v for %s; %v to 1", s.WindowShare, s.Kind, LeastShare)
		}
	}
	if a.Source == "" || !(a.StateShare > 0) || a.CachedStates < 1 {
		return fmt.Errorf("a divided cache needs a source, a state_share and cached_states")
	}
	return nil
}

const (
	// LeastShare is the smallest window share.
	LeastShare     = 0.01
	mostShareParts = 100 // so that each hundredth is exact
)

// share is the window share of a model.
func (a *Apart) share(m *arch.Model) float64 {
	for _, block := range m.Stack {
		for _, s := range a.Shares {
			if block.Mixer != nil && block.Mixer.Kind() == s.Kind {
				return s.WindowShare
			}
		}
	}
	return a.WindowShare
}

// divided are the engine's figures with the shares that the user gives.
func (s *Settings) divided() *Figures {
	f := *s.Engine
	f.Apart.StateShare = cmp.Or(s.StateShare, f.Apart.StateShare)
	if s.WindowShare > 0 {
		f.Apart.WindowShare, f.Apart.Shares = s.WindowShare, nil
	}
	return &f
}

// layout counts a sequence in blocks that stand for the pool of the layers which keep all. Where those with a
// window have room for p/q as many tokens, p blocks are a token of the first, and a sequence needs the larger
// of p blocks for each token of context and q for each of its window. The sum of p for each token and q − p
// for each of the window is that up to the window and for long contexts, and more in between: by 1 − p/q of
// it at most, where both pools are as full.
func (a *Apart) layout(m *arch.Model, c *caches, blockTokens int) (Layout, units.Bytes) {
	share, layout := a.share(m), Layout{BlockTokens: blockTokens, Full: 1}
	bytes := c.full
	if len(c.windows) > 0 {
		p, q := fraction(share)
		group := WindowGroup{Blocks: q - p}
		for _, w := range c.windows {
			group.Tokens = max(group.Tokens, w.tokens)
			bytes += units.Bytes(float64(w.bytes) * share)
		}
		bytes += units.Bytes(float64(a.pending(m, group.Tokens)) * share)
		layout.Full = p
		if group.Blocks > 0 {
			layout.Windows = []WindowGroup{group}
		}
		bytes /= units.Bytes(p)
	}
	return layout, bytes * units.Bytes(blockTokens)
}

// pending is what raw tokens of compressors take for each token of the windows' pool, which has a ring of
// them for each window.
func (a *Apart) pending(m *arch.Model, window int) (sum units.Bytes) {
	for _, block := range m.Stack {
		if compressor, ok := block.Mixer.(interface{ Pending() (int, units.Bytes) }); ok {
			tokens, each := compressor.Pending()
			layers := float64(block.Repeat)
			sum += units.Bytes(float64(each) * layers * float64(tokens) / float64(window))
		}
	}
	return sum
}

// fraction is a share as p of q.
func fraction(share float64) (p, q int) {
	for q := 1; q < mostShareParts; q++ {
		if p := math.Round(share * float64(q)); p > 0 && math.Abs(p-float64(share*float64(q))) < 1e-9 {
			return int(p), q
		}
	}
	return max(1, int(math.Round(share*mostShareParts))), mostShareParts
}

// states divides a pool between recurrent states of so many bytes and blocks. Without a prefix cache there is
// a state for each sequence that the user lets run at once.
func (a *Apart) states(pool, each units.Bytes, s *Settings) (n int, blocks units.Bytes) {
	if s.Uncached && s.MaxSequences > 0 {
		return s.MaxSequences, pool - units.Bytes(float64(each)*float64(s.MaxSequences))
	}
	share := units.Bytes(a.StateShare / (1 + a.StateShare))
	n = int(max(0, min(float64(pool*share/each), math.MaxInt32)))
	return n, pool * (1 - share)
}

// perSequence is how many states an engine keeps for each sequence at once.
func (a *Apart) perSequence(s *Settings) int {
	if s.Uncached {
		return 1
	}
	return a.CachedStates
}
