package contract

import (
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/cost"
	"github.com/roofserve/roofserve/sim/drafts"
	"github.com/roofserve/roofserve/sim/kv"
	"github.com/roofserve/roofserve/sim/order"
	"github.com/roofserve/roofserve/sim/router"
	"github.com/roofserve/roofserve/sim/sched"
)

// Pool is replicas that are equal: of one plan on one kind of device, under one scheduler.
type Pool struct {
	Role     Role
	Replicas int // independent copies; 1 where unset
	DP       int // data-parallel ranks of a replica, in lockstep
	// Balancer is how a replica's requests are divided among its data-parallel ranks, one of package router's;
	// where unset, each goes to the rank with the fewest outstanding.
	Balancer string
	Stages   int // pipeline stages of a replica, with as many microbatches in flight; 1 where unset
	Step     cost.Stepper
	// NewStep, where set, makes a Stepper like Step for one goroutine's use. It allows replicas to be simulated
	// in parallel.
	NewStep func() cost.Stepper
	Layout  kv.Layout
	Blocks  int // num_gpu_blocks of one data-parallel rank: vLLM's with the null block, which holds nothing
	Policy  string
	Order   string      // of the waiting requests, one of package order's; first come, first served where unset
	Basis   order.Basis // of the order
	Limits  sched.Limits
	// Link is what the network carries of one data-parallel rank in each direction; 0 is without a bound.
	Link units.BytesPerSecond
	// PrefixCaching looks up prompts' full blocks in the cache of earlier ones.
	PrefixCaching bool
	// SwapBlock is how long a cache block takes to the host's memory or back, where Limits.Swap is set.
	SwapBlock units.Picoseconds
	// Verify, where set, is how decode steps verify drafts, and Plain times those that draft nothing, of the
	// same model: only where there are such.
	Verify *drafts.Verification
	Plain  cost.Stepper

	// AsyncScheduling plans a step when the one before it begins, so that the accelerator never waits for the
	// plan: a request that arrives meanwhile joins one step later (vLLM's async scheduling, SGLang's and
	// TensorRT-LLM's overlap schedulers). That a sequence reaches its last token is known beforehand. With
	// several stages a microbatch is planned while the others run, so that no round is planned ahead.
	AsyncScheduling bool
}

// Publishes tells whether the replicas' ranks publish what they have to do to their balancer.
func (p *Pool) Publishes() bool { return p.DP > 1 && p.Balancer == router.VLLMDP }

// PlansAhead tells whether a step is planned when the one before it begins.
func (p *Pool) PlansAhead() bool { return p.AsyncScheduling && p.Stages == 1 }

// CanVerify tells whether the pool's policy plans steps that verify drafts.
func (p *Pool) CanVerify() bool { return sched.Verifies(p.Policy, &p.Limits) }

// Caches tells whether prompts are looked up. Where no layer keeps its whole context there is nothing to
// find.
func (p *Pool) Caches() bool { return p.PrefixCaching && p.Layout.Full > 0 }
