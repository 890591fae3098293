package router

import "github.com/roofserve/roofserve/internal/hash"

// sessionSticky sends all requests of a session to one replica, which has what earlier turns left in its
// cache, whatever else that has to do. A request without a session is one by itself.
type sessionSticky struct{ replicas uint64 }

func newSessionSticky(s *Terms) Router { return &sessionSticky{uint64(len(s.Replicas))} }

// Choose is the replica that the session's number says.
func (s *sessionSticky) Choose(q *Request) int {
	session := q.Session
	if session == 0 {
		session = uint64(q.Index) + 1
	}
	return int(hash.Scramble(session) % s.replicas)
}
