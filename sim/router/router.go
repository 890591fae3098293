package router

import (
	"fmt"
	"strings"

	"github.com/roofserve/roofserve/hw/units"
)

// Request is what a router sees of a request.
type Request struct {
	Index   int    // in order of arrival
	Session uint64 // a number for the session that it is a turn of; 0 where it is of none
}

// Router chooses replicas, by their numbers from 0.
type Router interface {
	// Choose is the replica that a request goes to. Requests are asked for in order of arrival.
	Choose(q *Request) int
}

// Watcher is a Router that goes by how many requests each replica has outstanding: sent to it and not yet
// answered.
type Watcher interface {
	Router
	// Load adds to the number of a replica's outstanding requests.
	Load(replica, by int)
}

// Subscriber is a Router that goes by what replicas publish from time to time.
type Subscriber interface {
	Router
	// Publish tells how many requests wait at a replica, and how many run there. What was published before, none
	// of both at first, stands until then.
	Publish(replica, waiting, running int)
}

// StatsInterval is how often replicas publish, where a configuration does not say: every 100 ms, as vLLM's
// do.
const StatsInterval = units.Picoseconds(100e9)

// The routers.
const (
	RoundRobin       = "round-robin"
	LeastOutstanding = "least-outstanding"
	PowerOfTwo       = "power-of-two"
	VLLMDP           = "vllm-dp"
	SessionSticky    = "session-sticky"
)

var routers = []struct {
	name string
	make func(replicas int, seed uint64) Router
}{
	{RoundRobin, newRoundRobin},
	{LeastOutstanding, newLeastOutstanding},
	{PowerOfTwo, newPowerOfTwo},
	{VLLMDP, newVLLMDP},
	{SessionSticky, newSessionSticky},
}

// Names lists the routers.
func Names() []string {
	var list []string
	for _, r := range routers {
		list = append(list, r.name)
	}
	return list
}

// Balancers lists the routers that may divide a replica's requests among its data-parallel ranks.
func Balancers() []string { return []string{LeastOutstanding, RoundRobin, VLLMDP} }

// New is a router of so many replicas, none of which has a request. What it draws, it draws under the seed.
func New(name string, replicas int, seed uint64) (Router, error) {
	for _, r := range routers {
		if r.name == name {
			return r.make(replicas, seed), nil
		}
	}
	return nil, fmt.Errorf("unknown router %q; one of %s", name, strings.Join(Names(), ", "))
}
