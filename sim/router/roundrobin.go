package router

// roundRobin takes the replicas in turn, whatever happens there.
type roundRobin struct{ next, replicas int }

func newRoundRobin(replicas int, _ uint64) Router { return &roundRobin{replicas: replicas} }

// Choose is the replica after the last one.
func (r *roundRobin) Choose(*Request) int {
	i := r.next
	if r.next++; r.next == r.replicas {
		r.next = 0
	}
	return i
}
