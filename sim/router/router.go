package router

import (
	"fmt"
	"strings"
)

// Router chooses replicas, by their numbers from 0.
type Router interface {
	// Choose is the replica that the next request goes to.
	Choose() int
}

// Watcher is a Router that goes by how many requests each replica has outstanding: sent to it and not yet
// answered.
type Watcher interface {
	Router
	// Load adds to the number of a replica's outstanding requests.
	Load(replica, by int)
}

// The routers.
const (
	RoundRobin       = "round-robin"
	LeastOutstanding = "least-outstanding"
	PowerOfTwo       = "power-of-two"
)

var routers = []struct {
	name string
	make func(replicas int, seed uint64) Router
}{
	{RoundRobin, newRoundRobin},
	{LeastOutstanding, newLeastOutstanding},
	{PowerOfTwo, newPowerOfTwo},
}

// Names lists the routers.
func Names() []string {
	var list []string
	for _, r := range routers {
		list = append(list, r.name)
	}
	return list
}

// New is a router of so many replicas, none of which has a request. What it draws, it draws under the seed.
func New(name string, replicas int, seed uint64) (Router, error) {
	for _, r := range routers {
		if r.name == name {
			return r.make(replicas, seed), nil
		}
	}
	return nil, fmt.Errorf("unknown router %q; one of %s", name, strings.Join(Names(), ", "))
}
