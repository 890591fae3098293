package order

import (
	"math"

	"github.com/roofserve/roofserve/hw/units"
)

// shortestJob lets requests that declare short answers stand before those that declare long ones. Each token
// counts as if the request had been sent so much later, so that a long one is overtaken only by those that
// come within a bounded time of it; without such a time it waits for as long as shorter ones come.
func shortestJob(q *Request, t *Basis) int64 {
	declared := units.Picoseconds(q.MaxOutput)
	switch {
	case t.Token == 0:
		return int64(declared)
	case declared > (math.MaxInt64-q.Arrival)/t.Token:
		return math.MaxInt64
	default:
		return int64(q.Arrival + declared*t.Token)
	}
}
