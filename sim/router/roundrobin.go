package router

// roundRobin takes the replicas in turn, whatever happens there.
type roundRobin struct{ next, replicas int }

func newRoundRobin(s *Terms) Router { return &roundRobin{replicas: len(s.Replicas)} }

// Choose is the replica after the last one.
func (r *roundRobin) Choose(*Request) int {
	i := r.next
	if r.next++; r.next == r.replicas {
		r.next = 0
	}
	return i
}
