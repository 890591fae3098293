package engines

import (
	"cmp"
	"slices"

	"github.com/roofserve/roofserve/internal/release"
	"github.com/roofserve/roofserve/sim/sched"
)

// Since is what an engine does from one of its versions on.
type Since struct {
	Version string `toml:"version"`
	Source  string `toml:"source"`
	// AsyncScheduling and ReserveFullInput are defaults, where they changed.
	AsyncScheduling  *bool `toml:"async_scheduling"`
	ReserveFullInput *bool `toml:"scheduler_reserve_full_isl"`
	sched.Rules            // that came into force
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
		if s.AsyncScheduling != nil {
			at.AsyncScheduling = *s.AsyncScheduling
		}
		for j := range at.Defaults {
			if s.ReserveFullInput != nil {
				at.Defaults[j].ReserveFullInput = *s.ReserveFullInput
			}
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
