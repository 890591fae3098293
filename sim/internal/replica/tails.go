package replica

import (
	"slices"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/internal/decode"
	"github.com/roofserve/roofserve/sim/sched"
)

// tails follows the times between the tokens of every request by itself, where a result is to say how long
// the longest of each were. A rank's decode steps are kept as the runs that flights have, and a sequence
// knows with which it began.
type tails struct {
	runs    []run
	dropped int                 // runs before those
	most    int                 // of runs, before those are dropped that nobody needs
	of      []tail              // by Seq
	values  []units.Picoseconds // reused
}

// run is decode steps of a rank, each of which gave every sequence that took part a token.
type run struct {
	before       units.Picoseconds // end of the decode step before them
	first        units.Picoseconds // end of the first
	next, growth units.Picoseconds // duration of the second, and by how much each further one is longer
	steps        int64
}

// tail is what is known of a sequence.
type tail struct {
	from int               // number of the run with which it began to decode; negative while it does not
	last units.Picoseconds // end of the step of its token before that; negative where it has none
	gaps []progression
}

// progression is n gaps, each growth longer than the one before.
type progression struct {
	first, growth units.Picoseconds
	n             int64
}

// none is when the latest token came of a sequence without any.
const none units.Picoseconds = -1

// fewestRuns are kept whether somebody needs them or not.
const fewestRuns = 1024

// at is what is known of a sequence.
func (t *tails) at(id sched.Seq) *tail {
	for int(id) >= len(t.of) {
		t.of = append(t.of, tail{from: -1})
	}
	return &t.of[id]
}

// begin lets a sequence decode with the next run, whose latest token came at an instant; negative for none.
// A fresh one has had no gap.
func (t *tails) begin(id sched.Seq, last units.Picoseconds, fresh bool) {
	x := t.at(id)
	if fresh {
		x.gaps = x.gaps[:0]
	}
	x.from, x.last = t.dropped+len(t.runs), last
}

// computed takes note that the pass which ends now has given a sequence a token, its first or, once it was
// driven out, a further one.
func (t *tails) computed(id sched.Seq, s *Sequence, end units.Picoseconds) {
	if s.generated > 0 {
		x := t.at(id)
		x.gaps = append(x.gaps, progression{first: end - s.last, n: 1})
	}
	t.begin(id, end, s.generated == 0)
}

// decoded takes note of a flight's decode steps; before is the end of the decode step before them.
func (t *tails) decoded(f *decode.Flight, before units.Picoseconds) {
	t.runs = append(t.runs, run{before, f.End(1), f.First + f.Growth, f.Growth, f.Steps})
}

// pause lets a sequence decode no longer.
func (t *tails) pause(id sched.Seq) {
	x := t.at(id)
	if x.from < 0 {
		return
	}
	last := x.last
	for i := x.from - t.dropped; i < len(t.runs); i++ {
		r := &t.runs[i]
		if last >= 0 {
			x.gaps = append(x.gaps, progression{first: r.first - last, n: 1})
		}
		if r.steps > 1 {
			x.gaps = append(x.gaps, progression{r.next, r.growth, r.steps - 1})
		}
		if i+1 < len(t.runs) {
			last = t.runs[i+1].before
		}
	}
	x.from = -1
}

// longest is the mean of the longest tenth of a sequence's gaps, which is done with; 0 without any.
func (t *tails) longest(id sched.Seq) units.Picoseconds {
	t.pause(id)
	t.values = t.values[:0]
	x := t.at(id)
	for _, p := range x.gaps {
		for i := range p.n {
			t.values = append(t.values, p.first+units.Picoseconds(i)*p.growth)
		}
	}
	x.gaps = x.gaps[:0]
	if len(t.values) == 0 {
		return 0
	}
	slices.Sort(t.values)
	n := units.CeilDiv(len(t.values), 10)
	sum := units.Picoseconds(0)
	for _, gap := range t.values[len(t.values)-n:] {
		sum += gap
	}
	return sum / units.Picoseconds(n)
}

// tidy drops runs that no sequence needs any more.
func (t *tails) tidy() {
	if len(t.runs) < max(t.most, fewestRuns) {
		return
	}
	oldest := t.dropped + len(t.runs)
	for i := range t.of {
		if from := t.of[i].from; from >= 0 {
			oldest = min(oldest, from)
		}
	}
	t.runs = slices.Delete(t.runs, 0, oldest-t.dropped)
	t.dropped, t.most = oldest, 2*len(t.runs)
}
