package workloads

import (
	"fmt"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/internal/fault"
)

// Repeat plays a source n times over. Where it is too long to be kept in memory it is opened anew for each
// pass. A pass begins one mean gap between arrivals after the last arrival of the pass before, so that the
// rate stays what it is. Prompts keep their Blocks: every pass asks what the first asked, and finds in a
// prefix cache what that left there.
func Repeat(open func() (Source, error), n int) (Source, error) {
	if n < 1 {
		return nil, &fault.Error{Key: "repeat", Wrong: fmt.Sprintf("%d is not a number of passes", n), Right: "use at least 1"}
	}
	from, err := open()
	if err != nil {
		return nil, err
	}
	total := count(from)
	if total != unknown {
		total *= n
	}
	return preserve(&repeated{derived: derived{from: from}, open: open, left: n - 1}, from, total), nil
}

type repeated struct {
	derived
	open   func() (Source, error)
	first  recording
	passes int
	left   int               // passes after this one
	shift  units.Picoseconds // of this pass
	course course            // of this pass
	notes  []string          // of earlier passes
	failed bool
}

// Next implements Source.
func (p *repeated) Next(r *Request) bool {
	if p.failed {
		return false
	}
	for !p.from.Next(r) {
		if p.from.Err() != nil || p.left == 0 || !p.again() {
			p.failed = true
			return false
		}
	}
	if p.passes == 0 && p.left > 0 {
		p.first.add(r)
	}
	p.course.note(r)
	r.Arrival += p.shift
	return true
}

// again begins the next pass.
func (p *repeated) again() bool {
	period := p.course.last // of a single request, whose only gap is the one before it
	if p.course.taken > 1 {
		period += p.course.gap() - p.course.begin
	}
	if p.shift > units.Forever/2-p.course.last-period {
		p.err = &fault.Error{Key: "repeat", Wrong: "the passes last longer than 50 days", Right: "repeat it less often"}
		return false
	}
	p.notes = append(p.notes, Notes(p.from)...)
	from, err := p.reopen()
	if err != nil {
		p.err = err
		return false
	}
	p.from, p.shift, p.course = from, p.shift+period, course{}
	p.left--
	p.passes++
	return true
}

// reopen is the source from its beginning.
func (p *repeated) reopen() (Source, error) {
	if p.first.rewind() {
		return &p.first, nil
	}
	return p.open()
}

// Notes implements Noted: those of the first pass; the others repeat them.
func (p *repeated) Notes() []string {
	if len(p.notes) > 0 {
		return p.notes
	}
	return Notes(p.from)
}
