package contract

import (
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/router"
	"github.com/roofserve/roofserve/workloads"
)

// Config is everything that a simulation needs. It is not changed by running it.
type Config struct {
	Pool                      // the first, and in most fleets the only one
	Others   []Pool           // further ones behind the same router, of the same model
	Workload workloads.Source // consumed by the run
	Exchange *Exchange        // of prefill and decode pools; nil where all are aggregated
	// Admission is the gateway before the router; nil where every request is let in and waited for.
	Admission *Admission
	Router    string // one of package router's
	Seed      uint64 // of what a router draws at random
	// Options are the router's; their zero values have no meaning to those that have any.
	Options router.Options
	// StatsInterval is how often replicas publish what they have to do, where a router subscribes to that; 0: as
	// often as it says; router.Live: whenever it is asked.
	StatsInterval units.Picoseconds
	// EventsDelay is how long it takes until a router that looks for prompts in caches knows of changes there.
	EventsDelay units.Picoseconds

	// Frontend latencies outside the step loop, as an engine's profile gives them.
	RequestDelay units.Picoseconds // from arrival until the scheduler sees a request (API, tokenise)
	// RequestService is how long a replica's API server is busy with each request, one after the other, before
	// that.
	RequestService units.Picoseconds
	TokenService   units.Picoseconds // more for every token of its prompt (to tokenise it)
	TokenDelay     units.Picoseconds // from the end of a step until a client sees its token

	// Warmup leaves requests that arrive before it out of the latency metrics.
	Warmup units.Picoseconds
	// Check verifies conservation laws while running, at some cost.
	Check bool
	// NumbersOnly leaves out of the result what figures alone show: the series, and the curves of
	// distributions.
	NumbersOnly bool
	// OnFinish, where set, is called for every finished request, in the order in which their last rounds end.
	OnFinish func(*Finished)
	LongGaps bool // Finished has them
	Watching Watching
	// OnProgress, where set, is called now and then with the number of requests taken from the workload so far.
	OnProgress func(requests int)
	// SeriesInterval is the width of the windows of Result.Series; 0: chosen so that there are at most 1,000
	// windows.
	SeriesInterval units.Picoseconds
}

// Pools are the configurations of each pool as if it were the only one.
func (c *Config) Pools() []Config {
	alone := *c
	alone.Others = nil
	list := []Config{alone}
	for _, p := range c.Others {
		alone.Pool = p
		list = append(list, alone)
	}
	return list
}

// Copies is the number of replicas of all pools.
func (c *Config) Copies() int {
	n := c.Replicas
	for i := range c.Others {
		n += c.Others[i].Replicas
	}
	return n
}

// Finished is the life of one request.
type Finished struct {
	Index               int // in order of arrival
	Arrival, FirstToken units.Picoseconds
	LastToken           units.Picoseconds
	Input, Output       int
	Cached              int // prompt tokens found in the prefix cache
	Preemptions         int
	// LongGaps is the mean of the longest tenth of the times between its tokens, of which one at least counts; 0
	// where it has no two, or Config does not ask for it. Tokens that a step gives together have no gap.
	LongGaps units.Picoseconds
	// refused: longer than MaxModelLen, than the whole pool, or than a step of an engine that cuts no prompts
	Failed bool
	// Rejected and TimedOut are a gateway's: it did not let the request in, or gave it up. Latencies of a
	// request that was sent anew count from when it was sent first.
	Rejected, TimedOut bool
}

// Answered tells whether the request was answered to its last token.
func (f *Finished) Answered() bool { return !f.Failed && !f.Rejected && !f.TimedOut }
