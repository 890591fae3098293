package cost

import (
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/sim/cost/kernels"
)

// LawTime is what one law makes of the operators of a step, in the order of Breakdown: by how much they would
// take longer for each part by which the law's time grows. Where the memory's rate bounds an operator, no law
// does.
type LawTime struct {
	Law string
	Of  []units.Seconds
}

// Total is the law's time in the step.
func (l *LawTime) Total() units.Seconds {
	var t units.Seconds
	for _, of := range l.Of {
		t += of
	}
	return t
}

// A law is moved by so little that nothing is decided otherwise, such as whether batches overlap, and a
// difference below the share moved is one of rounding.
const (
	nudged = 1e-4
	unseen = 1e-6
)

// ByLaw opens a step up by the laws that its operators' times come from; laws that no operator asks are left
// out. The host's time, which is the last, is no law's.
func (m *Model) ByLaw(loads []arch.Load) []LawTime {
	base := m.Breakdown(loads)
	var list []LawTime
	for _, law := range m.Kernels.Laws() {
		other := m.under(law.Name, 1+nudged, loads)
		l := LawTime{Law: law.Name, Of: make([]units.Seconds, len(base))}
		for i := range base[:len(base)-1] {
			if by := (other[i].Time - base[i].Time) / nudged; by > unseen*base[i].Time {
				l.Of[i] = by
			}
		}
		if l.Total() > 0 {
			list = append(list, l)
		}
	}
	return list
}

// Asks tells whether some operator's time in a step is a law's, or would be where the law took longer.
func (m *Model) Asks(law string, loads []arch.Load) bool {
	base, other := m.Breakdown(loads), m.under(law, 2, loads)
	for i := range base[:len(base)-1] {
		if other[i].Time != base[i].Time {
			return true
		}
	}
	return false
}

// under is a step where one law takes longer by a factor.
func (m *Model) under(law string, factor float64, loads []arch.Load) []OperatorTime {
	set := m.Kernels.Scaled(factor, func(name string) bool { return name == law })
	return m.with(set).Breakdown(loads)
}

// with is the model with other kernels.
func (m *Model) with(set *kernels.Set) *Model {
	changed := *m
	changed.Kernels = set
	changed.drafts = m.drafts.under(func(d *Model) *Model { return d.with(set) })
	return &changed
}
