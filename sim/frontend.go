package sim

import "github.com/roofserve/roofserve/hw/units"

// frontend is what requests pass between their arrival and a scheduler's queue: an API server for each replica that
// handles one request at a time (Config.RequestService), and a delay that they do not wait for each other in
// (Config.RequestDelay). Requests take the servers in turn, so that they leave in the order in which they came.
type frontend struct {
	service, delay units.Picoseconds
	free           []units.Picoseconds // by server: when it has handled its last request
	turn           int
}

func newFrontend(c *Config) frontend {
	return frontend{service: c.RequestService, delay: c.RequestDelay, free: make([]units.Picoseconds, max(1, c.Replicas))}
}

// ready is when a scheduler sees the next request, if it is sent at an instant.
func (f *frontend) ready(sent units.Picoseconds) units.Picoseconds {
	return max(sent, f.free[f.turn]) + f.service + f.delay
}

// pass lets the next request, sent at an instant, through, and returns when a scheduler sees it.
func (f *frontend) pass(sent units.Picoseconds) units.Picoseconds {
	seen := f.ready(sent)
	f.free[f.turn] = seen - f.delay
	if f.turn++; f.turn == len(f.free) {
		f.turn = 0
	}
	return seen
}
