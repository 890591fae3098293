package fleet

import "github.com/roofserve/roofserve/hw/units"

// outbox is turns whose time is known. They stay where they were put, and a heap has their times.
type outbox struct {
	heap   []sending // the earliest first, with up to four below each
	turns  []turn
	vacant []int32 // of turns
}

// sending is when a turn is sent.
type sending struct {
	at    units.Picoseconds
	index uint32 // of its request
	place int32  // of the turn
}

// before tells whether a turn is sent earlier than another, of two at the same instant the one that was read
// earlier.
func (s *sending) before(o *sending) bool { return s.at < o.at || s.at == o.at && s.index < o.index }

func (o *outbox) len() int { return len(o.heap) }

// first is the earliest turn, of which there is one. It is valid until the next is pushed.
func (o *outbox) first() *turn { return &o.turns[o.heap[0].place] }

// push puts a turn into its place.
func (o *outbox) push(t *turn) {
	s := sending{t.at, t.request.Index, o.keep(t)}
	hole := len(o.heap)
	o.heap = append(o.heap, s)
	for hole > 0 {
		up := (hole - 1) / 4
		if !s.before(&o.heap[up]) {
			break
		}
		o.heap[hole] = o.heap[up]
		hole = up
	}
	o.heap[hole] = s
}

// keep finds room for a turn.
func (o *outbox) keep(t *turn) (place int32) {
	if n := len(o.vacant) - 1; n >= 0 {
		place, o.vacant = o.vacant[n], o.vacant[:n]
		o.turns[place] = *t
		return place
	}
	o.turns = append(o.turns, *t)
	return int32(len(o.turns) - 1)
}

// pop takes out the earliest turn.
func (o *outbox) pop() {
	o.vacant = append(o.vacant, o.heap[0].place)
	n := len(o.heap) - 1
	last := o.heap[n]
	o.heap = o.heap[:n]
	hole := 0
	for below := 1; below < n; below = 4*hole + 1 {
		least := below
		for other := below + 1; other < min(below+4, n); other++ {
			if o.heap[other].before(&o.heap[least]) {
				least = other
			}
		}
		if !o.heap[least].before(&last) {
			break
		}
		o.heap[hole] = o.heap[least]
		hole = least
	}
	if n > 0 {
		o.heap[hole] = last
	}
}
