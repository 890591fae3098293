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
	now         int               // source
	blocks      []uint64          // reused
	shift       units.Picoseconds // of its arrivals
	begin, last units.Picoseconds // its first and latest arrival
	taken       int64             // of its requests, those that follow no answer
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
		s.shift += s.span()
		s.taken = 0
	}
	return false
}

// place puts a request behind those of the sources before.
func (s *spliced) place(r *Request) {
	if s.shift > units.Forever/2-r.Arrival {
		s.err = &fault.Error{Key: "splice", Wrong: "the sources last longer than 50 days", Right: "use fewer"}
		return
	}
	if !r.Follows {
		if s.taken == 0 {
			s.begin = r.Arrival
		}
		s.last = r.Arrival
		s.taken++
	}
	r.Arrival += s.shift
}

// span is how long a source lasts that has ended: to its last arrival and a mean gap.
func (s *spliced) span() units.Picoseconds {
	span := s.last
	if s.taken > 1 {
		span += (s.last - s.begin) / units.Picoseconds(s.taken-1)
	}
	s.last = 0
	return span
}
