package decode

import "math/bits"

// marks is a set of ticks among the next len·64 ones, as a ring of bits.
type marks []uint64

func newMarks(size int) marks { return make(marks, (size+63)/64) }

func (m marks) set(slot int)   { m[slot>>6] |= 1 << (slot & 63) }
func (m marks) clear(slot int) { m[slot>>6] &^= 1 << (slot & 63) }

// ahead is the distance from a slot to the first marked one at or after it, around the ring of size slots;
// size where there is none.
func (m marks) ahead(slot, size int) int {
	word := slot >> 6
	if w := m[word] >> (slot & 63); w != 0 {
		return bits.TrailingZeros64(w)
	}
	for i := word + 1; i < len(m); i++ {
		if m[i] != 0 {
			return i<<6 + bits.TrailingZeros64(m[i]) - slot
		}
	}
	for i := 0; i <= word; i++ {
		if m[i] != 0 {
			// A mark at or after slot would have been found above, so that this one is before it.
			return min(i<<6+bits.TrailingZeros64(m[i])-slot+size, size)
		}
	}
	return size
}

// Never is a tick later than every other.
const Never = int64(1) << 62

// tally counts sequences by the tick at which something happens to them.
type tally struct {
	counts []int32
	marks  marks
	next   int64 // the first tick with a count, never where there is none
}

func newTally() tally { return tally{counts: make([]int32, 64), marks: newMarks(64), next: Never} }

func (t *tally) slot(tick int64) int { return int(tick) & (len(t.counts) - 1) }

// add counts n more at a tick after now.
func (t *tally) add(now, tick int64, n int32) {
	for tick-now >= int64(len(t.counts)) {
		t.grow(now)
	}
	i := t.slot(tick)
	t.counts[i] += n
	if t.counts[i] > 0 {
		t.marks.set(i)
		t.next = min(t.next, tick)
		return
	}
	t.marks.clear(i)
	if tick == t.next {
		t.seek(now)
	}
}

// take empties the counts of the tick that is now.
func (t *tally) take(now int64) int32 {
	i := t.slot(now)
	n := t.counts[i]
	t.counts[i] = 0
	t.marks.clear(i)
	t.seek(now)
	return n
}

func (t *tally) seek(now int64) {
	size := len(t.counts)
	t.next = Never
	if d := t.marks.ahead(t.slot(now), size); d < size {
		t.next = now + int64(d)
	}
}

// grow doubles the ring.
func (t *tally) grow(now int64) {
	old, size := t.counts, len(t.counts)
	t.counts = make([]int32, 2*size)
	t.marks = newMarks(2 * size)
	for d := range size {
		if n := old[int(now+int64(d))&(size-1)]; n != 0 {
			i := t.slot(now + int64(d))
			t.counts[i] = n
			t.marks.set(i)
		}
	}
}

// cycle holds weights by the residue of the tick at which they fall due, again and again.
type cycle struct {
	weights []int64
	marks   marks
	at      int // the residue of the present tick
}

func newCycle(period int) cycle {
	return cycle{weights: make([]int64, period), marks: newMarks(period)}
}

// residue of a moment that many ticks ahead.
func (c *cycle) residue(ahead int) int {
	r := c.at + ahead
	if r >= len(c.weights) {
		r %= len(c.weights)
	}
	return r
}

func (c *cycle) add(residue int, weight int64) {
	sum := c.weights[residue] + weight
	c.weights[residue] = sum
	if sum != 0 {
		c.marks.set(residue)
	} else {
		c.marks.clear(residue)
	}
}

// due is the weight at the present tick.
func (c *cycle) due() int64 { return c.weights[c.at] }

// ahead is the number of ticks until the next weight, 0 where one is due now, never where there is none.
func (c *cycle) ahead() int64 {
	if c.weights[c.at] != 0 {
		return 0
	}
	return c.seek()
}

//go:noinline // so that ahead is, which rarely needs it where many sequences run
func (c *cycle) seek() int64 {
	if d := c.marks.ahead(c.at, len(c.weights)); d < len(c.weights) {
		return int64(d)
	}
	return Never
}

// turn moves on by one tick.
func (c *cycle) turn() {
	if c.at++; c.at == len(c.weights) {
		c.at = 0
	}
}

// pass moves on by one tick. It returns the weight that was due, and whether none is due now.
func (c *cycle) pass() (due int64, idle bool) {
	due = c.due()
	c.turn()
	return due, c.due() == 0
}

func (c *cycle) advance(ticks int64) {
	at := c.at + int(ticks)
	if at >= len(c.weights) {
		if at -= len(c.weights); at >= len(c.weights) {
			at %= len(c.weights)
		}
	}
	c.at = at
}

// clear forgets the weights of the ticks before the present one, so many, of which there are at most as many
// as in the cycle, and returns their sum.
func (c *cycle) clear(ticks int) (sum int64) {
	size := len(c.weights)
	from := c.at - ticks
	if from < 0 {
		from += size
	}
	for ticks > 0 {
		skip := c.marks.ahead(from, size)
		if skip >= ticks {
			break
		}
		i := from + skip
		if i >= size {
			i -= size
		}
		sum += c.weights[i]
		c.weights[i] = 0
		c.marks.clear(i)
		if from = i + 1; from == size {
			from = 0
		}
		ticks -= skip + 1
	}
	return sum
}
