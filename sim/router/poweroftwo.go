package router

import "math/rand/v2"

// powerOfTwo draws two replicas and takes the one with fewer outstanding requests, of equal ones the first
// drawn. It needs to ask two replicas only, and comes close to asking all (M. Mitzenmacher, The Power of Two
// Choices in Randomized Load Balancing, IEEE TPDS 12(10), 2001).
type powerOfTwo struct {
	random *rand.Rand
	loads  []int
}

func newPowerOfTwo(s *Terms) Router {
	return &powerOfTwo{random: rand.New(rand.NewPCG(s.Seed, 0)), loads: make([]int, len(s.Replicas))}
}

// Choose is the better of two different replicas; where there is one, that.
func (p *powerOfTwo) Choose(*Request) int {
	n := len(p.loads)
	if n == 1 {
		return 0
	}
	first, second := p.random.IntN(n), p.random.IntN(n-1)
	if second >= first {
		second++
	}
	if p.loads[second] < p.loads[first] {
		return second
	}
	return first
}

// Load adds to a replica's number.
func (p *powerOfTwo) Load(replica, by int) { p.loads[replica] += by }
