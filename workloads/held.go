package workloads

import (
	"cmp"
	"fmt"
	"slices"
)

// heldRows are the rows of a file that is not in order of arrival.
type heldRows struct {
	rows   []heldRow
	next   int
	loaded bool
}

// heldRow is a request and where it stands in its file.
type heldRow struct {
	at                       instant
	rank, line               int
	input, output, maxOutput int32
	priority                 int32
	session                  uint64
}

// maxHeld is how many rows are held at most: 112 MB of them.
const maxHeld = 2_000_000

// hold reads the whole file and puts its rows in order of arrival, those that arrive together by the number
// that the file gives them.
func (t *trace) hold(r *Request) {
	t.held.loaded = true
	ranks, _ := t.rows.(ranked)
	for {
		at, ok := t.scan(r)
		if !ok {
			break
		}
		row := heldRow{at: at, line: t.records.line(), input: int32(r.Input), output: int32(r.Output),
			maxOutput: int32(r.MaxOutput), priority: r.Priority, session: r.Session}
		if ranks != nil {
			row.rank = ranks.rank()
		}
		if t.held.rows = append(t.held.rows, row); len(t.held.rows) > maxHeld {
			t.failAt(row.line, &mistake{"", fmt.Sprintf("is beyond the first %d rows, which are put in order of arrival in memory", maxHeld), "cut the file"})
			return
		}
	}
	t.held.sort()
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
		Priority: row.priority, Session: row.session}
	return row.at, row.line, true
}
