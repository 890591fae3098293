package kv

import (
	"slices"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/arch"
)

// Drafter is what drafts tokens for a model to verify, beside it in memory.
type Drafter struct {
	Drafts int // in a step
	// Model is whose layers have caches of their own, and Weights those on one rank; nil where the host drafts.
	Model   *arch.Model
	Weights func(split arch.Split) units.Bytes
}

// drafts tells whether a model drafts, in the engine itself.
func (d *Drafter) drafts() bool { return d != nil && d.Model != nil }

// beside is the model with the drafter's layers behind its own, as far as caches are concerned.
func (d *Drafter) beside(m *arch.Model) *arch.Model {
	if d == nil || d.Model == nil {
		return m
	}
	both := *m
	both.Stack = slices.Concat(m.Stack, d.Model.Stack)
	return &both
}

// weights are those on one rank.
func (d *Drafter) weights(s arch.Split) units.Bytes {
	if d == nil || d.Weights == nil {
		return 0
	}
	return d.Weights(s)
}

// keeps is what a token adds to the drafter's caches.
func (d *Drafter) keeps(p *arch.Precision) units.Bytes {
	if d == nil || d.Model == nil {
		return 0
	}
	return d.Model.KVBytesPerToken(p)
}

// states is how many recurrent states a sequence keeps: one for each row of a step, to go back to
// (num_speculative_blocks of vllm/v1/kv_cache_interface.py, MambaSpec).
func (d *Drafter) states() int {
	if d == nil {
		return 1
	}
	return 1 + d.Drafts
}
