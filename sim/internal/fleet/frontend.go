package fleet

import (
	"github.com/roofserve/roofserve/hw/units"

	"github.com/roofserve/roofserve/sim/contract"
)

// Frontend is what requests pass between their arrival and a scheduler's queue: an API server for each
// replica that handles one request at a time (Config.RequestService), and a delay that they do not wait for
// each other in (Config.RequestDelay). Requests take the servers in turn, so that they leave in the order in
// which they came.
type Frontend struct {
	service, delay units.Picoseconds
	free           []units.Picoseconds // by server: when it has handled its last request
	turn           int
}

// NewFrontend is the front end of all replicas, with nothing to handle.
func NewFrontend(c *contract.Config) Frontend {
	return Frontend{service: c.RequestService, delay: c.RequestDelay,
		free: make([]units.Picoseconds, max(1, c.Copies()))}
}

// Ready is when a scheduler sees the next request, if it is sent at an instant.
func (f *Frontend) Ready(sent units.Picoseconds) units.Picoseconds {
	return max(sent, f.free[f.turn]) + f.service + f.delay
}

// Pass lets the next request, sent at an instant, through, and returns when a scheduler sees it.
func (f *Frontend) Pass(sent units.Picoseconds) units.Picoseconds {
	seen := f.Ready(sent)
	f.free[f.turn] = seen - f.delay
	if f.turn++; f.turn == len(f.free) {
		f.turn = 0
	}
	return seen
}
