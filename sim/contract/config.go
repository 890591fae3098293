package contract

import (
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/cost"
	"github.com/roofserve/roofserve/sim/kv"
	"github.com/roofserve/roofserve/sim/sched"
	"github.com/roofserve/roofserve/workloads"
)

// Config is everything that a simulation needs. It is not changed by running it.
type Config struct {
	Workload workloads.Source // consumed by the run
	Replicas int              // independent copies behind a router; 1 where unset
	Router   string           // one of package router's
	Seed     uint64           // of what a router draws at random
	// StatsInterval is how often replicas publish what they have to do, where a router subscribes to that; 0: as
	// often as it says.
	StatsInterval units.Picoseconds
	DP            int // data-parallel ranks of a replica, in lockstep
	Stages        int // pipeline stages of a replica, with as many microbatches in flight; 1 where unset
	Step          cost.Stepper
	// NewStep, where set, makes a Stepper like Step for one goroutine's use. It allows replicas to be simulated
	// in parallel.
	NewStep func() cost.Stepper
	Layout  kv.Layout
	Blocks  int // num_gpu_blocks of one data-parallel rank: vLLM's with the null block, which holds nothing
	Policy  string
	Order   string // of the waiting requests, one of package order's; first come, first served where unset
	Limits  sched.Limits
	// PrefixCaching looks up prompts' full blocks in the cache of earlier ones.
	PrefixCaching bool

	// AsyncScheduling plans a step when the one before it begins, so that the accelerator never waits for the
	// plan: a request that arrives meanwhile joins one step later (vLLM's async scheduling, SGLang's and
	// TensorRT-LLM's overlap schedulers). That a sequence reaches its last token is known beforehand. With
	// several stages a microbatch is planned while the others run, so that no round is planned ahead.
	AsyncScheduling bool

	// Frontend latencies outside the step loop, as an engine's profile gives them.
	RequestDelay units.Picoseconds // from arrival until the scheduler sees a request (API, tokenise)
	// RequestService is how long a replica's API server is busy with each request, one after the other, before
	// that.
	RequestService units.Picoseconds
	TokenDelay     units.Picoseconds // from the end of a step until a client sees its token

	// Warmup leaves requests that arrive before it out of the latency metrics.
	Warmup units.Picoseconds
	// Check verifies conservation laws while running, at some cost.
	Check bool
	// OnFinish, where set, is called for every finished request, in the order in which their last rounds end.
	OnFinish func(*Finished)
	// OnProgress, where set, is called now and then with the number of requests taken from the workload so far.
	OnProgress func(requests int)
	// SeriesInterval is the width of the windows of Result.Series; 0: chosen so that there are at most 1,000
	// windows.
	SeriesInterval units.Picoseconds
}

// PlansAhead tells whether a step is planned when the one before it begins.
func (c *Config) PlansAhead() bool { return c.AsyncScheduling && c.Stages == 1 }

// Caches tells whether prompts are looked up. Where no layer keeps its whole context there is nothing to
// find.
func (c *Config) Caches() bool { return c.PrefixCaching && c.Layout.Full > 0 }

// Finished is the life of one request.
type Finished struct {
	Index               int // in order of arrival
	Arrival, FirstToken units.Picoseconds
	LastToken           units.Picoseconds
	Input, Output       int
	Cached              int // prompt tokens found in the prefix cache
	Preemptions         int
	// refused: longer than MaxModelLen, than the whole pool, or than a step of an engine that cuts no prompts
	Failed bool
}
