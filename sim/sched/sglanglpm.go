package sched

import "slices"

// Longest prefix match (schedule_policy.py, SchedulePolicy.calc_priority with schedule_policy = lpm): before
// a step of prompts is formed, waiting requests are sorted by how much of them is cached, the most first. Of
// those that share a beginning nobody has computed yet all but the first go last: they find it cached when
// that one has run. A long queue is not sorted, and stands as the last sort left it.
const (
	longestSorted = 128 // waiting requests
	// Thresholds of in-batch prefix caching, in tokens: of a request with no more cached it is asked whether it
	// begins as an earlier one, and with as much in common it goes last.
	inBatchCheck   = 32 // IN_BATCH_PREFIX_CACHING_CHECK_THRESHOLD
	inBatchPutLast = 32 // IN_BATCH_PREFIX_CACHING_DEPRIORITIZE_THRESHOLD
)

// contender is a waiting request and what of it is cached; −1 where it goes last.
type contender struct{ place, cached int }

// arrange sorts the waiting requests by their cached beginnings.
func (p *sglang) arrange(r Rank) {
	n := r.Waiting()
	if n < 2 || n > longestSorted || !r.Deep() {
		return
	}
	p.contenders, p.first = p.contenders[:0], p.first[:0]
	for place := range n {
		c := contender{place, r.Look(place).Cached}
		if c.cached <= inBatchCheck {
			if p.follows(r, place) {
				c.cached = -1
			} else {
				p.first = append(p.first, place)
			}
		}
		p.contenders = append(p.contenders, c)
	}
	slices.SortStableFunc(p.contenders, func(a, b contender) int { return b.cached - a.cached })
	p.places = p.places[:0]
	for _, c := range p.contenders {
		p.places = append(p.places, c.place)
	}
	r.Arrange(p.places)
}

// follows tells whether a waiting request begins as one of the first do.
func (p *sglang) follows(r Rank, place int) bool {
	return slices.ContainsFunc(p.first, func(other int) bool { return r.Common(place, other) >= inBatchPutLast })
}
