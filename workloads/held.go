package workloads

import (
	"cmp"
	"fmt"
	"slices"
)

// heldRows are the rows of a file that is not in order of arrival.
type heldRows struct {
	rows []heldRow
	next int
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

// maxHeld is how many rows are held at most: 128 MB of them.
const maxHeld = 2_000_000

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
	ranks, _ := t.rows.(ranked)
	for {
		at, ok := t.scan(r)
		if !ok {
			break
		}
		row := heldRow{at: at, line: t.records.line(), input: int32(r.Input), output: int32(r.Output),
			maxOutput: int32(r.MaxOutput), priority: r.Priority, session: r.Session, class: r.Class}
		if ranks != nil {
			row.rank = ranks.rank()
		}
		if h.rows = append(h.rows, row); len(h.rows) > maxHeld {
			return &mistake{"", fmt.Sprintf("is beyond the first %d rows, which are put in order of arrival in memory", maxHeld), "cut the file"}
		}
	}
	h.sort()
	return nil
}

// sort puts the rows in order of arrival.
func (h *heldRows) sort() {
	slices.SortStableFunc(h.rows, func(a, b heldRow) int {
		return cmp.Or(cmp.Compare(a.at.seconds, b.at.seconds), cmp.Compare(a.at.picoseconds, b.at.picoseconds),
			cmp.Compare(a.rank, b.rank))
	})
}

// take is the next of the rows.
func (h *heldRows) take(r *Request) (at instant, line int, ok bool) {
	if h.next == len(h.rows) {
		return at, 0, false
	}
	row := &h.rows[h.next]
	h.next++
	*r = Request{Input: int(row.input), Output: int(row.output), MaxOutput: int(row.maxOutput),
		Priority: row.priority, Session: row.session, Class: row.class}
	return row.at, row.line, true
}
