package workloads

import (
	"cmp"
	"slices"
)

// heldRows are the rows of a file that is not in order of arrival: all of them, or as many as are held, of
// which the first gives way to the next that is read.
type heldRows struct {
	rows []heldRow // in order; of a file with more a heap, the first in front
	next int
	more bool // the file has more
}

// holder gives rows that are held in memory one after the other, and the line on which each stands.
type holder interface {
	take(r *Request) (at instant, line int, ok bool)
}

// heldRow is a request and where it stands in its file.
type heldRow struct {
	at                       instant
	rank, line               int
	input, output, maxOutput int32
	priority                 int32
	session                  uint64
	class                    ClassName
}

// maxHeld is how many rows are held at most: 45 MB of them. None may stand further behind one that arrives
// after it.
const maxHeld = 500_000

// load reads the whole file into what holds its rows.
func (t *trace) load(r *Request) {
	t.loaded = true
	var wrong *mistake
	switch held := t.held.(type) {
	case *heldRows:
		wrong = held.load(t, r)
	case grouped:
		for wrong == nil && !t.ended {
			record, ok := t.record()
			if !ok {
				break
			}
			wrong = held.group(record, t.records.line())
		}
		if wrong == nil && !t.ended && t.streamFault() == nil {
			wrong = held.arrange()
		}
	}
	if wrong != nil {
		t.failAt(t.records.line(), wrong)
	}
}

// load reads the rows of a file and puts them in order.
func (h *heldRows) load(t *trace, r *Request) *mistake {
	for h.more = true; h.more && len(h.rows) < maxHeld; {
		var row heldRow
		if row, h.more = t.hold(r); h.more {
			h.rows = append(h.rows, row)
		}
	}
	h.sort()
	return nil
}

// hold reads the next row of the file; false at its end, or on an error.
func (t *trace) hold(r *Request) (row heldRow, ok bool) {
	at, ok := t.scan(r)
	if !ok {
		return row, false
	}
	row = heldRow{at: at, line: t.records.line(), input: int32(r.Input), output: int32(r.Output),
		maxOutput: int32(r.MaxOutput), priority: r.Priority, session: r.Session, class: r.Class}
	if ranks, is := t.rows.(ranked); is {
		row.rank = ranks.rank()
	}
	return row, true
}

// before is the order of arrival.
func (a *heldRow) before(b *heldRow) int {
	return cmp.Or(cmp.Compare(a.at.seconds, b.at.seconds), cmp.Compare(a.at.picoseconds, b.at.picoseconds),
		cmp.Compare(a.rank, b.rank), cmp.Compare(a.line, b.line))
}

// sort puts the rows in order of arrival.
func (h *heldRows) sort() {
	slices.SortStableFunc(h.rows, func(a, b heldRow) int { return a.before(&b) })
}

// renew reads a row in place of the first, which was given, and finds the one that is then first.
func (h *heldRows) renew(t *trace, r *Request) {
	if h.rows[0], h.more = t.hold(r); !h.more { // what is left is in order again
		h.rows = h.rows[1:]
		h.sort()
		return
	}
	for i := 0; ; {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(h.rows); child++ {
			if h.rows[child].before(&h.rows[least]) < 0 {
				least = child
			}
		}
		if least == i {
			return
		}
		h.rows[i], h.rows[least] = h.rows[least], h.rows[i]
		i = least
	}
}

// take is the next of the rows.
func (h *heldRows) take(r *Request) (at instant, line int, ok bool) {
	if h.next == len(h.rows) {
		return at, 0, false
	}
	row := &h.rows[h.next]
	if !h.more {
		h.next++
	}
	*r = Request{Input: int(row.input), Output: int(row.output), MaxOutput: int(row.maxOutput),
		Priority: row.priority, Session: row.session, Class: row.class}
	return row.at, row.line, true
}
