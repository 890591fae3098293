package scenarios

import (
	"cmp"
	"slices"
	"strings"

	"github.com/roofserve/roofserve/internal/release"
	"github.com/roofserve/roofserve/sim/engines"
	"github.com/roofserve/roofserve/sim/sched"
)

// policyNames lists what engine.policy may name: engines, and beside engine.profile schedulers.
func policyNames() []string {
	list := append(engines.Names(), sched.Names()...)
	slices.Sort(list)
	return slices.Compact(list)
}

// resolveProfile looks up the engine, in its version, and the scheduler, which may be another's.
func (s *Scenario) resolveProfile(p *Parts) error {
	e := &s.Engine
	key, name := "engine.policy", cmp.Or(e.Policy, defaultPolicy)
	if e.Profile != "" {
		key, name = "engine.profile", e.Profile
	}
	if strings.HasSuffix(name, ".toml") {
		name = s.source.path(key, name)
	}
	if e.Profile == "" && slices.Contains(sched.Names(), name) && !slices.Contains(engines.Names(), name) {
		return s.source.faultf(key, "set engine.profile beside it, as in engine.profile = \"vllm\"",
			"%q is a scheduler without an engine of its own", name)
	}
	engine, err := engines.Lookup(name)
	if err != nil {
		return s.relocate(key, err)
	}
	if e.Version != "" && !release.Is(e.Version) {
		p.warn("engine.version = %q is no release: the newest rules of %s hold", e.Version, engine.Title)
	}
	p.Engine = engine.At(e.Version)
	if e.Profile == "" {
		e.Policy = engine.Name
		return nil
	}
	e.Profile = engine.Name
	return s.resolvePolicy(p)
}

// resolvePolicy makes another scheduler than its own that of an engine's profile.
func (s *Scenario) resolvePolicy(p *Parts) error {
	e := &s.Engine
	e.Policy = strings.ToLower(cmp.Or(e.Policy, p.Engine.Policy))
	if !slices.Contains(sched.Names(), e.Policy) {
		return s.source.faultf("engine.policy", "use one of "+strings.Join(sched.Names(), ", "),
			"%q is no scheduler, which policy is beside profile", e.Policy)
	}
	if e.Policy != p.Engine.Policy {
		p.Engine.Policy, p.Engine.Rules = e.Policy, engines.RulesOf(e.Policy)
	}
	return nil
}
