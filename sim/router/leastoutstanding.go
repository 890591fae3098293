package router

import "github.com/roofserve/roofserve/sim/internal/agenda"

// leastOutstanding takes the replica with the fewest outstanding requests, of equal ones the first.
type leastOutstanding struct{ loads agenda.Agenda }

func newLeastOutstanding(s *Terms) Router {
	return &leastOutstanding{agenda.New(len(s.Replicas), 0)}
}

// Choose is the replica with the fewest.
func (l *leastOutstanding) Choose(*Request) int {
	i, _ := l.loads.Top()
	return i
}

// Load adds to a replica's number.
func (l *leastOutstanding) Load(replica, by int) {
	l.loads.Set(replica, l.loads.Key(replica)+int64(by))
}
