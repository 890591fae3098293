package workloads

import "github.com/roofserve/roofserve/hw/units"

// OnSchedule lets turns come when they are due instead of after answers: each its gap after the one before it
// was sent, whether that is answered or not. Requests then come in order of time, and none follows another.
func OnSchedule(from Source) Source {
	return preserve(&schedule{derived: derived{from: from}}, from, count(from))
}

type schedule struct {
	derived
	ahead   planned // the next request that follows none, if it is read
	isAhead bool
	ended   bool
	latest  units.Picoseconds // when the request read last is sent
	due     []planned         // turns, as a heap with the earliest first
	read    int               // requests so far
	spare   [][]uint64        // of content ids, to be used again
	given   []uint64          // of the request given last
}

// planned is a request whose time is known, with content ids of its own.
type planned struct {
	Request
	number int // in the order in which they were read
}

// before tells whether a request comes earlier than another.
func (p *planned) before(o *planned) bool {
	return p.Arrival < o.Arrival || p.Arrival == o.Arrival && p.number < o.number
}

// Turns implements Turning.
func (s *schedule) Turns() bool { return false }

// Next implements Source.
func (s *schedule) Next(r *Request) bool {
	if s.given != nil {
		s.spare, s.given = append(s.spare, s.given), nil
	}
	for !s.isAhead && !s.ended {
		s.readOn()
	}
	switch {
	case s.Err() != nil:
		return false
	case len(s.due) > 0 && (!s.isAhead || s.due[0].before(&s.ahead)):
		*r = s.due[0].Request
		s.pop()
	case s.isAhead:
		*r = s.ahead.Request
		s.isAhead = false
	default:
		return false
	}
	s.given = r.Blocks
	return true
}

// readOn reads one request.
func (s *schedule) readOn() {
	var r Request
	if !s.from.Next(&r) {
		s.ended = true
		return
	}
	if len(r.Blocks) > 0 {
		var own []uint64
		if n := len(s.spare); n > 0 {
			own, s.spare = s.spare[n-1][:0], s.spare[:n-1]
		}
		r.Blocks = append(own, r.Blocks...)
	}
	p := planned{r, s.read}
	s.read++
	if !r.Follows {
		s.ahead, s.isAhead, s.latest = p, true, r.Arrival
		return
	}
	s.latest += r.Gap
	p.Follows, p.Gap, p.Arrival = false, 0, s.latest
	s.push(p)
}

// push puts a turn into its place.
func (s *schedule) push(p planned) {
	s.due = append(s.due, p)
	for at := len(s.due) - 1; at > 0; {
		up := (at - 1) / 2
		if !s.due[at].before(&s.due[up]) {
			return
		}
		s.due[at], s.due[up] = s.due[up], s.due[at]
		at = up
	}
}

// pop takes out the earliest turn.
func (s *schedule) pop() {
	n := len(s.due) - 1
	s.due[0] = s.due[n]
	s.due[n] = planned{}
	s.due = s.due[:n]
	for at := 0; ; {
		down := 2*at + 1
		if down >= n {
			return
		}
		if down+1 < n && s.due[down+1].before(&s.due[down]) {
			down++
		}
		if !s.due[down].before(&s.due[at]) {
			return
		}
		s.due[at], s.due[down] = s.due[down], s.due[at]
		at = down
	}
}
