package kv

import "github.com/roofserve/roofserve/internal/hash"

// Strand is a number for a strand of content: what contexts have in common from some place on. A context
// lies on one strand up to where it parts from all that were seen before it, there it begins one of its
// own. So equal blocks of equal contexts are one block of one strand, and a cache can speak of many at
// once.
type Strand int32

// noStrand is where a context begins.
const noStrand Strand = -1

// Strands are the contents that somebody may ask for, as a tree whose edges are strands. Content is given
// by ids, of which equal ones at one place, after equal ones, mean equal content.
type Strands struct {
	all    []strand
	vacant []Strand
	places []Strand // first of each list of the strands by where they begin
}

// strand is one of them. Of those that part from it, each begins before its end.
type strand struct {
	ids    []uint64
	parent Strand
	start  int32  // number of ids before it
	refs   int32  // strands that part from it, and who else speaks of it
	next   Strand // in its place
	// Those that part from it, the last first, are a list.
	child, before, after Strand
}

// Turn is where a context comes to lie on a strand: after so many ids.
type Turn struct {
	Strand Strand
	After  int32
}

// NewStrands is none.
func NewStrands() *Strands {
	l := &Strands{}
	l.spread(64)
	return l
}

func (l *Strands) spread(size int) {
	l.places = make([]Strand, size)
	for i := range l.places {
		l.places[i] = noStrand
	}
}

// Follow appends to a path, which is empty, the strands on which a context lies, some of which may begin
// with it. The last is held for the caller, until it lets it go.
func (l *Strands) Follow(path []Turn, ids []uint64) []Turn {
	on := noStrand
	for at := 0; at < len(ids); {
		on = l.branch(on, at, ids[at:])
		path = append(path, Turn{on, int32(at)})
		x := &l.all[on]
		same := common(x.ids, ids[at:])
		if at += same; at < len(ids) && same == len(x.ids) {
			x.ids = append(x.ids, ids[at:]...)
			break
		}
	}
	l.Hold(on)
	return path
}

// glance is how many ids are compared at once.
const glance = 16

// common is how many ids two contents have in common.
func common(a, b []uint64) (n int) {
	most := min(len(a), len(b))
	for n+glance <= most && *(*[glance]uint64)(a[n:]) == *(*[glance]uint64)(b[n:]) {
		n += glance
	}
	for n < most && a[n] == b[n] {
		n++
	}
	return n
}

// branch finds the strand that parts from another with the first of some ids, or begins it with all of
// them.
func (l *Strands) branch(from Strand, at int, ids []uint64) Strand {
	id := ids[0]
	for n := *l.place(from, at, id); n != noStrand; n = l.all[n].next {
		if x := &l.all[n]; x.parent == from && int(x.start) == at && x.ids[0] == id {
			return n
		}
	}
	if len(l.all)-len(l.vacant) == len(l.places) {
		l.grow()
	}
	n := Strand(len(l.all))
	if last := len(l.vacant) - 1; last >= 0 {
		n, l.vacant = l.vacant[last], l.vacant[:last]
	} else {
		l.all = append(l.all, strand{})
	}
	x := &l.all[n]
	*x = strand{ids: append(x.ids[:0], ids...), parent: from, start: int32(at), child: noStrand,
		before: noStrand, after: noStrand}
	l.enter(n)
	if from != noStrand {
		l.Hold(from)
		l.adopt(from, n)
	}
	return n
}

// adopt lets a strand be the first of those that part from another.
func (l *Strands) adopt(from, n Strand) {
	first := l.all[from].child
	if l.all[n].after = first; first != noStrand {
		l.all[first].before = n
	}
	l.all[from].child = n
}

// orphan takes a strand out of the list of those that part from its parent.
func (l *Strands) orphan(x *strand) {
	if x.before != noStrand {
		l.all[x.before].after = x.after
	} else if x.parent != noStrand {
		l.all[x.parent].child = x.after
	}
	if x.after != noStrand {
		l.all[x.after].before = x.before
	}
}

// Partings visits the strands that part from one, each with the number of ids before it, until it is told
// to stop.
func (l *Strands) Partings(from Strand, visit func(n Strand, after int) bool) {
	for n := l.all[from].child; n != noStrand; n = l.all[n].after {
		if !visit(n, int(l.all[n].start)) {
			return
		}
	}
}

// place is where the list begins of those that part from a strand with an id.
func (l *Strands) place(from Strand, at int, id uint64) *Strand {
	key := hash.Scramble(id + (uint64(from)<<32+uint64(at))*hash.Golden)
	return &l.places[key&uint64(len(l.places)-1)]
}

func (l *Strands) enter(n Strand) {
	x := &l.all[n]
	p := l.place(x.parent, int(x.start), x.ids[0])
	x.next, *p = *p, n
}

// grow doubles the table, in which all strands are.
func (l *Strands) grow() {
	l.spread(2 * len(l.places))
	for n := range l.all {
		l.enter(Strand(n))
	}
}

// Hold keeps a strand for one who speaks of it.
func (l *Strands) Hold(n Strand) { l.all[n].refs++ }

// LetGo lets go of a strand, which is forgotten when nobody speaks of it any more.
func (l *Strands) LetGo(n Strand) {
	for n != noStrand {
		x := &l.all[n]
		if x.refs--; x.refs > 0 {
			return
		}
		p := l.place(x.parent, int(x.start), x.ids[0])
		for *p != n {
			p = &l.all[*p].next
		}
		*p = x.next
		l.orphan(x)
		l.vacant = append(l.vacant, n)
		n = x.parent
	}
}
