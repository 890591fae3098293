package workloads

import (
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/internal/fault"
)

// Splice plays several sources one after the other: each begins one mean gap between arrivals after the last
// arrival of the one before.
func Splice(list ...Source) (Source, error) {
	s := &spliced{severalSources: severalSources{list: list}}
	return s.give(s, "splice")
}

type spliced struct {
	severalSources
	now    int               // source
	blocks []uint64          // reused
	shift  units.Picoseconds // of its arrivals
	course course            // of the source
}

// Next implements Source.
func (s *spliced) Next(r *Request) bool {
	for s.err == nil && s.now < len(s.list) {
		var ok bool
		if s.blocks, ok = s.take(s.now, r, s.blocks); ok {
			s.place(r)
			return s.err == nil
		}
		s.now++
		s.shift += s.course.last + s.course.gap()
		s.course = course{}
	}
	return false
}

// place puts a request behind those of the sources before.
func (s *spliced) place(r *Request) {
	if s.shift > units.Forever/2-r.Arrival {
		s.err = &fault.Error{Key: "splice", Wrong: "the sources last longer than 50 days", Right: "use fewer"}
		return
	}
	s.course.note(r)
	r.Arrival += s.shift
}
