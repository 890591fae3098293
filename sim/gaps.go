package sim

import "github.com/roofserve/roofserve/hw/units"

// gaps follows the times between consecutive tokens of decoding sequences, in groups of those whose latest token came at the same instant.
// Only sequences that are measured count. There is one group, unless a policy lets decodes wait for prompts.
type gaps struct {
	groups []group
	latest units.Picoseconds // end of the latest decode step
}

type group struct {
	since units.Picoseconds
	n     int64
}

// open adds n sequences whose latest token came at an instant, which is not before that of any other.
func (g *gaps) open(since units.Picoseconds, n int64) {
	if last := len(g.groups) - 1; last >= 0 && g.groups[last].since == since {
		g.groups[last].n += n
		return
	}
	g.groups = append(g.groups, group{since, n})
}

// leave takes out a sequence whose latest token came at an instant.
func (g *gaps) leave(since units.Picoseconds) {
	for i := len(g.groups) - 1; i >= 0; i-- {
		if g.groups[i].since == since {
			g.groups[i].n--
			return
		}
	}
}

// close records the gaps that the decode steps of a flight end, and opens the next ones.
func (g *gaps) close(f *flight, end units.Picoseconds, itl *latency) {
	var all int64
	for _, q := range g.groups {
		all += q.n
		if q.n == 0 {
			continue
		}
		if q.since == f.start {
			itl.addProgression(f.first, f.growth, f.steps, q.n)
			continue
		}
		itl.add(f.end(1)-q.since, q.n)
		if f.steps > 1 {
			itl.addProgression(f.first+f.growth, f.growth, f.steps-1, q.n)
		}
	}
	g.groups = append(g.groups[:0], group{end, all})
	g.latest = end
}
