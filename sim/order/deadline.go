package order

import "math"

// deadline lets the request stand first whose client is the first to have waited for long enough (earliest
// deadline first; Liu and Layland 1973). Requests whose clients wait for ever stand behind all others.
func deadline(q *Request, t *Basis) int64 {
	if t.Patience == nil {
		return math.MaxInt64
	}
	wait := t.Patience(q.Number)
	if wait == 0 || wait > math.MaxInt64-q.Arrival {
		return math.MaxInt64
	}
	return int64(q.Arrival + wait)
}
