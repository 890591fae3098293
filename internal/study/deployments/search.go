package deployments

import (
	"errors"

	"github.com/roofserve/roofserve/scenarios"
)

// Throughput is one of a point's, in tokens a second.
type Throughput func(*Point) float64

// OutputRate counts generated tokens alone.
func OutputRate(p *Point) float64 { return p.Output }

// TotalRate counts prompts too.
func TotalRate(p *Point) float64 { return p.Total }

// Attained is the batch at which a deployment reaches a throughput.
type Attained struct {
	Users  int // smallest closed loop that reaches it; 0: none does
	Best   *Point
	BestAt int // users of the best point tried; where Users is 0, more do not help
}

// mostUsers bounds the search for a batch; no GPU of the catalogue keeps so many sequences.
const mostUsers = 1 << 14

// growth is the least by which twice the users must raise throughput for the search to go on.
const growth = 1.01

// Reach finds the smallest batch at which requests of input and output tokens make the rate at least want
// tokens a second. Throughput rises with the batch until the cache is full or arithmetic is the bound, so the
// search doubles the batch until the rate is reached or throughput no longer grows, and then halves the gap.
func (b *Bench) Reach(d Deployment, rate Throughput, want float64, input, output int) (Attained, error) {
	var best Attained
	low, high := 0, 0
	for users := 1; users <= mostUsers; users *= 2 {
		p, err := b.Run(d, ClosedLoop{Users: users, Input: input, Output: output})
		if err != nil {
			return best, err
		}
		if best.Best != nil && rate(p) < rate(best.Best)*growth {
			break
		}
		best.Best, best.BestAt = p, users
		if rate(p) >= want {
			high = users
			break
		}
		low = users
	}
	if high == 0 {
		return best, nil
	}
	for high-low > 1 {
		middle := (low + high) / 2
		p, err := b.Run(d, ClosedLoop{Users: middle, Input: input, Output: output})
		if err != nil {
			return best, err
		}
		if rate(p) >= want {
			high, best.Best, best.BestAt = middle, p, middle
		} else {
			low = middle
		}
	}
	best.Users = high
	return best, nil
}

// Concurrency compares two ways to say how many sequences of a context a deployment holds at once.
type Concurrency struct {
	Memory    int     // by the memory model: pool ÷ blocks of a sequence, on all data-parallel ranks
	Simulated float64 // most sequences that ran at once when three times as many asked; 0 where Memory is
}

// tail is how many tokens are generated when concurrency is measured: few, so that no sequence grows into a
// new block.
const tail = 2

// mostSimulated bounds a saturation run. Beyond it the memory model's number stands alone.
const mostSimulated = 20_000

// Concurrency measures how many sequences of context tokens run at once under saturation. All prompts are
// computed in one step, and no step is planned ahead, so that memory and neither the pace of prefill nor what
// has just ended decides; the pool stays that of the deployment's own steps, whose activations are smaller.
// Where windowed layers would hold all of such a step, the scheduler is one that lets them keep no more than
// their windows. A plan that does not fit holds none.
func (b *Bench) Concurrency(d Deployment, context int) (Concurrency, error) {
	var c Concurrency
	s, parts, err := d.Resolve()
	if err != nil || !parts.Memory.Fits() {
		return c, err
	}
	c.Memory = parts.Memory.Sequences(context) * s.Parallel.DP
	if c.Memory == 0 || c.Memory > mostSimulated {
		return c, nil
	}
	users := rounds * c.Memory
	load := ClosedLoop{Users: users, Requests: users, Input: context - tail, Output: tail,
		Budget: users * context, Blocks: parts.Memory.Blocks, Planned: true}
	if parts.Memory.Layout.Windows != nil {
		load.Scheduler = "vllm0"
	}
	p, err := b.Run(d, load)
	if err != nil {
		return c, err
	}
	c.Simulated = p.Running
	return c, nil
}

// Fits tells whether a deployment's weights leave room for a cache.
func Fits(d Deployment) (bool, error) {
	_, parts, err := d.Resolve()
	if err != nil {
		return false, err
	}
	return parts.Memory.Fits(), nil
}

// IsNoFit tells whether an error says that a plan does not fit in memory.
func IsNoFit(err error) bool {
	var none *scenarios.NoFit
	return errors.As(err, &none)
}
