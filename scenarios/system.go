package scenarios

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/roofserve/roofserve/sim/cost"
)

// system is what a scenario simulates, without its load: the same for all cases of a sweep, all rates of a
// search and all seeds that differ in nothing else, and built once for them.
type system struct {
	scenario Scenario // resolved but for its workload
	parts    Parts
	pools    []*system // of a scenario that has several, of which this one shows the tables of the first

	compile  sync.Once
	cost     *cost.Model // nil where it cannot be
	compiled Parts       // parts with what compiling adds, its own warnings alone

	mu   sync.Mutex
	free []*cost.Meter // which remember times, and serve no simulation now
}

// systems are those of scenarios that were made of one document.
type systems struct {
	mu    sync.Mutex
	known map[string]*system
	order []string // their keys, the oldest first
}

// maxSystems bounds the systems that are kept: a search tries one after the other, and sweeps come back to a
// system within its row.
const maxSystems = 64

// maxMeters bounds the meters that a system keeps, of which each simulation at a time needs one a replica.
const maxMeters = 64

// simulated is what the scenario simulates. One in which something is wrong is looked at anew each time, so
// that its message names what set the key in this case.
func (s *Scenario) simulated() (*system, error) {
	key, err := s.systemKey()
	if err != nil || s.source.systems == nil {
		return s.newSystem()
	}
	if y := s.source.systems.find(key); y != nil {
		return y, nil
	}
	y, err := s.newSystem()
	if err != nil {
		return nil, err
	}
	return s.source.systems.keep(key, y), nil
}

// systemKey tells systems of one document apart: by what their tables hold, and by which of their keys were
// set after it was read, from where, since defaults and relative paths depend on that.
func (s *Scenario) systemKey() (string, error) {
	content := *s
	content.Workload, content.SLO, content.Sweep, content.Expect = Workload{}, SLO{}, nil, nil
	key, err := json.Marshal(content)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.Write(key)
	b.WriteString(s.source.pool)
	if own := s.ownModel(); own != nil {
		fmt.Fprintf(&b, "\nmodel %p", own)
	}
	note := func(path, by string) {
		if !within(path, "workload") && !within(path, "slo") {
			b.WriteString("\n" + path + "\t" + by)
		}
	}
	for _, path := range slices.Sorted(maps.Keys(s.source.set)) {
		note(path, s.source.set[path].label)
	}
	for _, path := range s.source.replaced {
		note(path, "")
	}
	return b.String(), nil
}

func (s *Scenario) newSystem() (*system, error) {
	if len(s.Pool) > 0 {
		return s.newPools()
	}
	y := &system{scenario: *s}
	r, p := &y.scenario, &y.parts
	for _, step := range []func(*Parts) error{
		r.resolveModel, r.resolveDevice, r.resolveRouter, r.resolveEngine, r.resolvePrecision, r.resolveSpeculation,
		r.resolvePlan, r.checkDrafter, r.resolveRouting, r.resolveBlocks, r.resolveMemory, r.resolveSlots,
	} {
		if err := step(p); err != nil {
			return nil, err
		}
	}
	return y, nil
}

func (l *systems) find(key string) *system {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.known[key]
}

// keep is the system that is known under a key from now on: y, unless another was quicker.
func (l *systems) keep(key string, y *system) *system {
	l.mu.Lock()
	defer l.mu.Unlock()
	if first := l.known[key]; first != nil {
		return first
	}
	if len(l.order) == maxSystems {
		delete(l.known, l.order[0])
		l.order = slices.Delete(l.order, 0, 1)
	}
	if l.known == nil {
		l.known = map[string]*system{}
	}
	l.known[key] = y
	l.order = append(l.order, key)
	return y
}

// serve is a system under a scenario's load: the scenario with everything but its workload resolved, and
// parts of its own.
func (y *system) serve(s *Scenario) (*Scenario, *Parts) {
	r, p := *s, y.parts
	from := &y.scenario
	r.Model, r.Hardware, r.Parallel = from.Model, from.Hardware, from.Parallel
	r.Precision, r.Routing, r.Engine, r.Pool = from.Precision, from.Routing, from.Engine, from.Pool
	r.Router, r.Speculative = from.Router, from.Speculative
	r.KVTransfer, r.Disaggregation = from.KVTransfer, from.Disaggregation
	p.Warnings = slices.Clone(p.Warnings)
	p.system = y
	return &r, &p
}

// model is the cost model of a scenario of the system, which serve gave and which is compiled once. It adds
// to the scenario's parts what CostModel does.
func (y *system) model(r *Scenario, p *Parts) (*cost.Model, error) {
	y.compile.Do(func() {
		y.compiled = y.parts
		y.compiled.Warnings = nil
		if model, err := y.scenario.CostModel(&y.compiled); err == nil {
			y.cost = model
		}
	})
	if y.cost == nil {
		return r.CostModel(p) // whose error names what set a key in this case
	}
	warnings := append(p.Warnings, y.compiled.Warnings...)
	*p = y.compiled
	p.Warnings, p.system = warnings, y
	return y.cost, nil
}

// SharedCostModel is CostModel, compiled once for all scenarios that simulate the same system.
func (s *Scenario) SharedCostModel(p *Parts) (*cost.Model, error) { return p.system.model(s, p) }

// lend is a meter of the system for one simulation, which knows what earlier ones asked; see Meter.
func (y *system) lend() *cost.Meter {
	y.mu.Lock()
	defer y.mu.Unlock()
	if n := len(y.free); n > 0 {
		m := y.free[n-1]
		y.free = y.free[:n-1]
		return m
	}
	return cost.NewMeter(y.cost)
}

// takeBack is the end of a simulation that was lent meters.
func (y *system) takeBack(lent []*cost.Meter) {
	y.mu.Lock()
	defer y.mu.Unlock()
	y.free = append(y.free, lent...)
	y.free = y.free[:min(len(y.free), maxMeters)]
}
