package fleet

import (
	"github.com/roofserve/roofserve/hw/units"

	"github.com/roofserve/roofserve/sim/contract"
)

// Frontend is what requests pass between their arrival and a scheduler's queue: an API server for each
// replica that handles one request at a time (Config.RequestService, and TokenService for every token of its
// prompt), and a delay that they do not wait for each other in (Config.RequestDelay). Requests take the
// servers in turn, and leave in the order in which they came: one that is done with earlier waits.
type Frontend struct {
	service, token, delay units.Picoseconds
	free                  []units.Picoseconds // by server: when it has handled its last request
	left                  units.Picoseconds   // when the last request left
	turn                  int
}

// NewFrontend is the front end of all replicas, with nothing to handle.
func NewFrontend(c *contract.Config) Frontend {
	return Frontend{service: c.RequestService, token: c.TokenService, delay: c.RequestDelay,
		free: make([]units.Picoseconds, max(1, c.Copies()))}
}

// Ready is when a scheduler sees the next request, if it is sent at an instant with a prompt of some tokens.
func (f *Frontend) Ready(sent units.Picoseconds, tokens int32) units.Picoseconds {
	return max(f.served(sent, tokens)+f.delay, f.left)
}

// served is when a server is done with the next request.
func (f *Frontend) served(sent units.Picoseconds, tokens int32) units.Picoseconds {
	return max(sent, f.free[f.turn]) + f.service + units.Picoseconds(tokens)*f.token
}

// Pass lets the next request, sent at an instant with a prompt of some tokens, through, and returns when a
// scheduler sees it.
func (f *Frontend) Pass(sent units.Picoseconds, tokens int32) units.Picoseconds {
	done := f.served(sent, tokens)
	seen := max(done+f.delay, f.left)
	f.free[f.turn], f.left = done, seen
	if f.turn++; f.turn == len(f.free) {
		f.turn = 0
	}
	return seen
}
