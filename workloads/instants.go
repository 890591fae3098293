package workloads

import (
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/internal/fault"
)

// instants takes the times of an arrival process one by one; they are drawn ahead.
type instants struct {
	arrivals  arrivals
	times     [drawAhead]units.Picoseconds
	at, drawn int // of the times
}

// next is the next arrival. It reports false where there is none, with the error that ends them, if one does.
func (i *instants) next() (at units.Picoseconds, ok bool, err error) {
	if i.at == i.drawn {
		i.at = 0
		if i.drawn, err = i.arrivals.fill(i.times[:]); i.drawn == 0 {
			return 0, false, err
		} // an error besides is of the arrivals after those
	}
	if at = i.times[i.at]; at > units.Forever/2 {
		return 0, false, &fault.Error{Key: "arrival", Wrong: "the requests arrive over more than 50 days", Right: "use a higher rate or fewer requests"}
	}
	i.at++
	return at, true, nil
}
