package router

// prefixAffinity takes the replica that has most of the prompt in its cache, of equal ones that with the
// fewest outstanding requests, and then the first. One whose outstanding requests are more than ratio times
// the mean of all is passed over.
type prefixAffinity struct {
	ratio float64
	loads []int
	sum   int
}

func newPrefixAffinity(s *Terms) Router {
	return &prefixAffinity{ratio: s.MaxLoadRatio, loads: make([]int, len(s.Replicas))}
}

// Probes is true.
func (p *prefixAffinity) Probes() bool { return true }

// Load adds to a replica's number.
func (p *prefixAffinity) Load(replica, by int) {
	p.loads[replica] += by
	p.sum += by
}

// Choose is the best of those that are not passed over. The one with the fewest requests never is, as the
// ratio is at least 1.
func (p *prefixAffinity) Choose(q *Request) int {
	best := -1
	most := p.ratio * float64(p.sum) / float64(len(p.loads))
	for i, load := range p.loads {
		if float64(load) > most {
			continue
		}
		if best < 0 || q.Overlap[i] > q.Overlap[best] ||
			q.Overlap[i] == q.Overlap[best] && load < p.loads[best] {
			best = i
		}
	}
	return best
}
