package engines

import (
	"cmp"
	"slices"

	"github.com/roofserve/roofserve/internal/release"
	"github.com/roofserve/roofserve/sim/kv"
	"github.com/roofserve/roofserve/sim/sched"
)

// Since is what an engine does from one of its versions on.
type Since struct {
	Version string `toml:"version"`
	Source  string `toml:"source"`
	// AsyncScheduling and ReserveFullInput are defaults, where they changed.
	AsyncScheduling  *bool `toml:"async_scheduling"`
	ReserveFullInput *bool `toml:"scheduler_reserve_full_isl"`
	CountsGraphs     bool  `toml:"counts_graphs"` // in the memory law
	// SharesWindows tells that layers with a window give blocks back to the pool of all, which they had kept
	// for the whole context.
	SharesWindows bool `toml:"shares_windows"`
	CachedStates  int  `toml:"cached_states"` // see kv.Apart
	NVFP4KV       bool `toml:"nvfp4_kv"`      // of the profile, from now on
	sched.Rules        // that came into force
}

// Before is what an engine did by default before one of its versions.
type Before struct {
	Version string `toml:"version"`
	Source  string `toml:"source"`
	// WholePrompts is the longest max_model_len with which prompts were not cut, and Policy the scheduler
	// then.
	WholePrompts int    `toml:"whole_prompts"`
	Policy       string `toml:"policy"`
	// of where they were
	MaxNumSeqs          int     `toml:"max_num_seqs"`
	MaxNumBatchedTokens int     `toml:"max_num_batched_tokens"`
	Watermark           float64 `toml:"watermark"`
	PrefixCaching       bool    `toml:"prefix_caching"`
}

// StaticBefore is how SGLang chose its static share before one of its versions.
type StaticBefore struct {
	Version string    `toml:"version"`
	Source  string    `toml:"source"`
	Rests   []kv.Rest `toml:"rest"`
}

// recall puts into force what held before one of the engine's versions.
func (p *Profile) recall(b *Before) {
	p.Old, p.PrefixCaching = b, b.PrefixCaching
	p.Defaults = []Defaults{{Limits: sched.Limits{
		MaxNumSeqs: b.MaxNumSeqs, MaxNumBatchedTokens: b.MaxNumBatchedTokens, Watermark: b.Watermark,
		ChunkedPrefill: true,
	}}}
}

// At is the engine in one of its versions, the profile's own where that is empty. One that names no release
// counts as the newest.
func (p *Profile) At(version string) *Profile {
	if p.original != nil {
		p = p.original
	}
	at := *p
	at.original = p
	at.Version = cmp.Or(version, p.Version)
	at.Defaults = slices.Clone(p.Defaults)
	for i := range p.Since {
		s := &p.Since[i]
		if !release.Has(at.Version, s.Version) {
			continue
		}
		at.Rules.Add(s.Rules)
		at.Memory.Graphs.Counted = at.Memory.Graphs.Counted || s.CountsGraphs
		if s.SharesWindows {
			at.Memory.Windows = ""
		}
		at.Memory.Apart.CachedStates = cmp.Or(s.CachedStates, at.Memory.Apart.CachedStates)
		at.NVFP4KV = at.NVFP4KV || s.NVFP4KV
		if s.AsyncScheduling != nil {
			at.AsyncScheduling = *s.AsyncScheduling
		}
		for j := range at.Defaults {
			if s.ReserveFullInput != nil {
				at.Defaults[j].ReserveFullInput = *s.ReserveFullInput
			}
		}
	}
	at.Graphs = p.graphsAt(at.Version)
	for i := range p.StaticBefore {
		if b := &p.StaticBefore[i]; !release.Has(at.Version, b.Version) {
			at.Memory.Static.Rests = b.Rests
			break
		}
	}
	for i := range p.Before {
		if b := &p.Before[i]; !release.Has(at.Version, b.Version) {
			at.recall(b)
			break
		}
	}
	return &at
}

// RulesOf are the rules of the engine of the catalogue that schedules by a policy, in the version that its
// profile is of.
func RulesOf(policy string) sched.Rules {
	for _, name := range OfPolicy(policy) {
		if p, err := Lookup(name); err == nil {
			return p.At("").Rules
		}
	}
	return sched.Rules{}
}
