package workloads

import "github.com/roofserve/roofserve/hw/units"

// Merge plays several sources at once, from the same time 0; of requests that arrive together those of the
// earlier source come first.
func Merge(list ...Source) (Source, error) {
	if len(list) == 1 {
		return list[0], nil
	}
	m := &merged{severalSources: severalSources{list: list}, heads: make([]mergeHead, len(list)), last: -1}
	return m.give(m, "merge")
}

type merged struct {
	severalSources
	heads []mergeHead
	last  int // the source whose request was given last; -1 at the beginning
}

// mergeHead is the next request of a source.
type mergeHead struct {
	request Request
	blocks  []uint64
	waits   bool // to be given
	ended   bool
}

// Next implements Source.
func (m *merged) Next(r *Request) bool {
	if m.last < 0 {
		for i := range m.heads {
			m.advance(i)
		}
	} else {
		m.advance(m.last)
	}
	if m.err != nil {
		return false
	}
	m.last = m.first()
	h := &m.heads[m.last]
	if !h.waits {
		return false
	}
	*r, h.waits = h.request, false
	return true
}

// advance reads the next request of a source.
func (m *merged) advance(i int) {
	h := &m.heads[i]
	if !h.ended && !h.waits {
		h.blocks, h.waits = m.take(i, &h.request, h.blocks)
		h.ended = !h.waits
	}
}

// first is the source whose request comes next: that of a turn which follows the request before it, or else
// the one that arrives first.
func (m *merged) first() int {
	if h := &m.heads[max(0, m.last)]; m.last >= 0 && h.waits && h.request.Follows {
		return m.last
	}
	first, at := 0, units.Forever
	for i := range m.heads {
		if h := &m.heads[i]; h.waits && h.request.Arrival < at {
			first, at = i, h.request.Arrival
		}
	}
	return first
}
