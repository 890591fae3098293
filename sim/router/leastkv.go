package router

// leastKV takes the replica whose sequences hold the smallest share of its cache, of equal ones the first, in
// figures that are published from time to time. Until then the prompts that it sends count as held.
type leastKV struct {
	replicas []Member
	stats    []Notice
}

func newLeastKV(s *Terms) Router {
	return &leastKV{s.Replicas, make([]Notice, len(s.Replicas))}
}

// Publish replaces a replica's figures.
func (l *leastKV) Publish(replica int, s Notice) { l.stats[replica] = s }

// Choose is the replica with the smallest share.
func (l *leastKV) Choose(q *Request) int {
	least := 0
	for i := range l.stats {
		if used(&l.stats[i], l.replicas[i]) < used(&l.stats[least], l.replicas[least]) {
			least = i
		}
	}
	send(&l.stats[least], l.replicas[least], q)
	return least
}
