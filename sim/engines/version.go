package engines

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"

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

// released is how engines name their versions: 0.18.0, v0.5.1.post1, 1.0.0rc3.
var released = regexp.MustCompile(`^v?([0-9]{1,4})\.([0-9]{1,4})(?:\.([0-9]{1,4}))?(?:[.+a-z-][0-9a-z.+-]*)?$`)

// release is the numbers of a version; it reports false of one that names no release.
func release(version string) (numbers [3]int, ok bool) {
	parts := released.FindStringSubmatch(version)
	if parts == nil {
		return numbers, false
	}
	for i := range numbers {
		numbers[i], _ = strconv.Atoi(parts[i+1]) // four digits at most
	}
	return numbers, true
}

// Released tells whether a version names a release.
func Released(version string) bool {
	_, ok := release(version)
	return ok
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
	wanted, dated := release(at.Version)
	at.Defaults = slices.Clone(p.Defaults)
	for i := range p.Since {
		s := &p.Since[i]
		begun, _ := release(s.Version)
		if dated && slices.Compare(begun[:], wanted[:]) > 0 {
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
