package decode

import "github.com/roofserve/roofserve/sim/sched"

// Nobody is no sequence.
const Nobody sched.Seq = -1

// calendar holds decoding sequences by the tick at which they finish, in a ring of lists.
type calendar struct {
	first []sched.Seq // of each slot's list
	marks marks
	links []link // by sequence
	next  int64  // the first tick with a sequence, never where there is none
}

type link struct{ before, after sched.Seq }

func newCalendar() calendar {
	c := calendar{next: Never}
	c.resize(64)
	return c
}

func (c *calendar) resize(size int) {
	c.first = make([]sched.Seq, size)
	for i := range c.first {
		c.first[i] = Nobody
	}
	c.marks = newMarks(size)
}

func (c *calendar) slot(tick int64) int { return int(tick) & (len(c.first) - 1) }

// add enters a sequence at a tick after now.
func (c *calendar) add(now, tick int64, s sched.Seq) {
	for tick-now >= int64(len(c.first)) {
		c.grow(now)
	}
	for int(s) >= len(c.links) {
		c.links = append(c.links, link{})
	}
	i := c.slot(tick)
	head := c.first[i]
	c.links[s] = link{before: Nobody, after: head}
	if head != Nobody {
		c.links[head].before = s
	}
	c.first[i] = s
	c.marks.set(i)
	c.next = min(c.next, tick)
}

// remove takes out a sequence that was entered at a tick.
func (c *calendar) remove(now, tick int64, s sched.Seq) {
	l := c.links[s]
	if l.after != Nobody {
		c.links[l.after].before = l.before
	}
	if l.before != Nobody {
		c.links[l.before].after = l.after
		return
	}
	i := c.slot(tick)
	c.first[i] = l.after
	if l.after == Nobody {
		c.marks.clear(i)
		c.seek(now)
	}
}

// take removes the sequences of the tick that is now and appends them to list.
func (c *calendar) take(now int64, list []sched.Seq) []sched.Seq {
	i := c.slot(now)
	for s := c.first[i]; s != Nobody; s = c.links[s].after {
		list = append(list, s)
	}
	c.first[i] = Nobody
	c.marks.clear(i)
	c.seek(now)
	return list
}

func (c *calendar) seek(now int64) {
	size := len(c.first)
	c.next = Never
	if d := c.marks.ahead(c.slot(now), size); d < size {
		c.next = now + int64(d)
	}
}

// grow doubles the ring.
func (c *calendar) grow(now int64) {
	old, size := c.first, len(c.first)
	c.resize(2 * size)
	for d := range size {
		tick := now + int64(d)
		if head := old[int(tick)&(size-1)]; head != Nobody {
			c.first[c.slot(tick)] = head
			c.marks.set(c.slot(tick))
		}
	}
}
