package fleet

import (
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/contract"
	"github.com/roofserve/roofserve/sim/internal/register"
	"github.com/roofserve/roofserve/sim/internal/replica"
	"github.com/roofserve/roofserve/sim/metrics"
)

// sessions follows the chains of requests of which one follows the answer to another.
type sessions struct {
	warmup       units.Picoseconds
	open         register.Register[chain] // by the request to be answered next, but for first ones
	count, turns int                      // of sessions that have ended
	whole        observed                 // from a session's first request to its last answer
	first        []observed               // times to first token, by turn
}

// chain is how far a session has come.
type chain struct {
	began units.Picoseconds
	turns int // answered
}

// observed is a latency, in picoseconds.
type observed struct {
	sketch *metrics.Sketch
	sum    metrics.Moments
}

func newObserved() observed { return observed{sketch: metrics.NewSketch()} }

func (o *observed) add(t units.Picoseconds) {
	o.sketch.Add(float64(t), 1)
	o.sum.Add(float64(t), 1)
}

// turnsApart is how many turns of a session are told apart; those after them count as one.
const turnsApart = 32

func newSessions(warmup units.Picoseconds) *sessions {
	return &sessions{warmup: warmup, whole: newObserved()}
}

// heard takes note of an answer, which another request may follow.
func (s *sessions) heard(a replica.Answer, followed bool) {
	c := chain{began: a.Arrival}
	if open := s.open.At(int(a.Index)); open != nil {
		c = *open
		s.open.Drop(int(a.Index))
	}
	served := a.First > 0
	if served && a.Arrival >= s.warmup {
		turn := min(c.turns, turnsApart-1)
		for len(s.first) <= turn {
			s.first = append(s.first, newObserved())
		}
		s.first[turn].add(a.First - a.Arrival)
	}
	c.turns++
	if followed {
		*s.open.Put(int(a.Index) + 1) = c
		return
	}
	s.count++
	s.turns += c.turns
	if served && c.began >= s.warmup {
		s.whole.add(a.At - c.began)
	}
}

// Sessions is what a result says of sessions; nil where the workload has none.
func (f *Fleet) Sessions() *contract.SessionStats {
	if f.arrivals.turns == nil {
		return nil
	}
	s := f.arrivals.turns.sessions
	r := &contract.SessionStats{Count: s.count, Turns: s.turns,
		E2E: contract.DistributionOf(s.whole.sketch, &s.whole.sum)}
	for i := range s.first {
		r.ByTurn = append(r.ByTurn, contract.DistributionOf(s.first[i].sketch, &s.first[i].sum))
	}
	return r
}
