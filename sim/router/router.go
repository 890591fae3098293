package router

import (
	"fmt"
	"slices"
	"strings"

	"github.com/roofserve/roofserve/hw/units"
)

// Request is what a router sees of a request.
type Request struct {
	Index   int    // in order of arrival
	Session uint64 // a number for the session that it is a turn of; 0 where it is of none
	Input   int    // prompt tokens
	// Overlap is how many of those each replica is known to have in its cache, from the first on; nil for a
	// router that does not ask. It is valid until the next request.
	Overlap []int
	// Holders are the replicas of which that is more than nothing, in order; valid as long.
	Holders []int
	// Cached tells how many blocks a replica is known to have in its cache, whatever they hold; nil likewise.
	Cached func(replica int) int
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

// Tracker is a Router that follows what it has sent, from the answers that pass it.
type Tracker interface {
	Router
	// Begun tells that a request has its first token.
	Begun(index int)
	// Ended tells that a request is answered or refused.
	Ended(index int)
}

// Prober is a Router that may go by what replicas have in their caches.
type Prober interface {
	Router
	// Probes tells whether it does.
	Probes() bool
}

// Notice is what a replica publishes of itself.
type Notice struct {
	Waiting, Running int // requests
	Held             int // cache blocks, by sequences
}

// Subscriber is a Router that goes by what replicas publish from time to time.
type Subscriber interface {
	Router
	// Publish tells what a replica has to do. What was published before, nothing at first, stands until then.
	Publish(replica int, s Notice)
}

// Live, as an interval of statistics, has them read whenever a request is to be sent.
const Live = units.Picoseconds(-1)

// StatsInterval is how often a router's replicas publish where a configuration does not say: every 100 ms for
// vLLM's front end (coordinator.py: stats_update_interval_ms), else every 50 ms, as often as llm-d's
// scheduler reads metrics (gateway-api-inference-extension, --refresh-metrics-interval).
func StatsInterval(name string) units.Picoseconds {
	if name == VLLMDP {
		return 100e9
	}
	return 50e9
}

// The routers.
const (
	RoundRobin       = "round-robin"
	LeastOutstanding = "least-outstanding"
	PowerOfTwo       = "power-of-two"
	VLLMDP           = "vllm-dp"
	SessionSticky    = "session-sticky"
	PrefixAffinity   = "prefix-affinity"
	KV               = "kv"
	Weighted         = "weighted"
	LeastKV          = "least-kv"
)

// maker makes routers of one name.
type maker struct {
	name string
	make func(s *Terms) Router
}

var routers = []maker{
	{RoundRobin, newRoundRobin},
	{LeastOutstanding, newLeastOutstanding},
	{PowerOfTwo, newPowerOfTwo},
	{VLLMDP, newVLLMDP},
	{SessionSticky, newSessionSticky},
	{PrefixAffinity, newPrefixAffinity},
	{KV, newKV},
	{Weighted, newWeighted},
	{LeastKV, newLeastKV},
}

// Register adds a router of a program's own, which scenarios then name as engine.router. Build makes one for
// the replicas of a run. Call it before scenarios are read and never beside a simulation; a name that is
// taken is a mistake in the program.
func Register(name string, build func(s *Terms) Router) {
	if name == "" || build == nil || slices.Contains(Names(), name) {
		panic(fmt.Sprintf("router: router %q is registered twice, or is built by nothing", name))
	}
	routers = append(routers, maker{name, build})
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

// New is a router of replicas none of which has a request.
func New(name string, s *Terms) (Router, error) {
	for _, r := range routers {
		if r.name == name {
			return r.make(s), nil
		}
	}
	return nil, fmt.Errorf("unknown router %q; one of %s", name, strings.Join(Names(), ", "))
}
