package replica

import (
	"cmp"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/sched"
)

// Remote is a request whose prompt one replica computes, its source, and another one decodes, its
// destination. The fleet takes it from one to the other; each side notes when what happened.
type Remote struct {
	Request     // as the destination has it: with its own content, if any
	Ticket  int // the fleet's number for it

	// At the source.
	Cached, Preemptions int32
	Begun               units.Picoseconds // when the prompt's first step begins
	Done                units.Picoseconds // when the prompt has left the pipeline
	Computed            bool
	seq                 sched.Seq // which holds the prompt's blocks until they have been fetched
	rank                *rank
	tokens              int // for which it holds blocks
	begun               bool
	anew                *Remote // the same request, sent anew to the same rank
	exported            bool    // the source holds its blocks
	pinned, fetched     bool    // it has left the running ones; nobody needs its blocks any more

	// At the destination.
	There  int // tokens that it has cached
	Parked bool
	Since  units.Picoseconds // when blocks were set aside
	Moving bool              // the transfer goes on
	Joined units.Picoseconds // when it runs
	First  units.Picoseconds // end of the step of its first token there; Dropped where it was preempted before
	told   bool              // it counts as waiting: its prompt is computed
	home   *rank
	place  sched.Seq // which holds the blocks
	number int64     // in the order in which remotes came to the rank
}

// Dropped is when the first token comes of a request that is preempted before.
const Dropped units.Picoseconds = -1

// after compares when a request came to its rank with a number.
func (m *Remote) after(number int64) int { return cmp.Compare(m.number, number) }
