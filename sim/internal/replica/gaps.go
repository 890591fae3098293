package replica

import (
	"cmp"
	"slices"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/internal/decode"
)

// gaps follows the times between consecutive tokens of decoding sequences, in groups of those whose latest
// token came at the same instant. Only sequences that are measured count. There is one group, unless a policy
// lets decodes wait for prompts.
type gaps struct {
	newest group
	older  []group           // in order of time
	latest units.Picoseconds // end of the latest decode step
}

type group struct {
	since units.Picoseconds
	n     int64
}

// open adds n sequences whose latest token came at an instant, which is not before that of any other.
func (g *gaps) open(since units.Picoseconds, n int64) {
	if g.newest.since != since {
		if g.newest.n > 0 {
			g.older = append(g.older, g.newest)
		}
		g.newest = group{since: since}
	}
	g.newest.n += n
}

// reopen adds a sequence whose latest token came at an instant, maybe before that of others.
func (g *gaps) reopen(since units.Picoseconds) {
	if since >= g.newest.since {
		g.open(since, 1)
		return
	}
	i, found := slices.BinarySearchFunc(g.older, since, func(q group, at units.Picoseconds) int {
		return cmp.Compare(q.since, at)
	})
	if !found {
		g.older = slices.Insert(g.older, i, group{since: since})
	}
	g.older[i].n++
}

// leave takes out a sequence whose latest token came at an instant.
func (g *gaps) leave(since units.Picoseconds) {
	if g.newest.since == since {
		g.newest.n--
		return
	}
	for i := len(g.older) - 1; i >= 0; i-- {
		if g.older[i].since == since {
			g.older[i].n--
			return
		}
	}
}

// close records the gaps that the decode steps of a flight end, and opens the next ones.
func (g *gaps) close(f *decode.Flight, end units.Picoseconds, itl *Latency) {
	if len(g.older) > 0 || g.newest.since != f.Start {
		g.wait(f, itl)
	} else if g.newest.n > 0 {
		if f.Steps == 1 { // addProgression, which would not be in line here
			itl.Add(float64(f.First), g.newest.n)
		} else {
			itl.addSeveral(f.First, f.Growth, f.Steps, g.newest.n)
		}
	}
	g.newest.since, g.latest = end, end
}

// wait records the gaps of groups that waited for prompts, and joins them all to the newest.
func (g *gaps) wait(f *decode.Flight, itl *Latency) {
	all := g.newest.n
	for i := range g.older {
		all += g.older[i].n
		g.older[i].end(f, itl)
	}
	g.newest.end(f, itl)
	g.older, g.newest.n = g.older[:0], all
}

// end records the gaps of a group.
func (q *group) end(f *decode.Flight, itl *Latency) {
	switch {
	case q.n == 0:
	case q.since == f.Start:
		itl.addProgression(f.First, f.Growth, f.Steps, q.n)
	default:
		itl.Add(float64(f.End(1)-q.since), q.n)
		if f.Steps > 1 {
			itl.addProgression(f.First+f.Growth, f.Growth, f.Steps-1, q.n)
		}
	}
}
