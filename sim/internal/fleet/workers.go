package fleet

import (
	"context"
	"runtime"

	"golang.org/x/sync/errgroup"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/contract"
	"github.com/roofserve/roofserve/sim/internal/replica"
	"github.com/roofserve/roofserve/sim/router"
	"github.com/roofserve/roofserve/workloads"
)

// Where requests go round the replicas whatever happens there, replicas know nothing of each other, and
// goroutines can each simulate a part of them. What replicas add up, they add up for themselves or in
// integers, so that the result is the same, to the last bit, for any number of goroutines. Where requests go
// by what happens at the replicas, one goroutine simulates them all, and another reads the workload for it.

// workers is the number of goroutines, besides the one that reads the workload, that a run is divided among;
// 0 where it is not divided.
func workers(c *contract.Config) int {
	_, closed := c.Workload.(workloads.Closed)
	cores := runtime.GOMAXPROCS(0)
	switch {
	case c.NewStep == nil || closed || workloads.HasTurns(c.Workload) || c.Copies() == 1 || cores == 1:
		return 0
	case c.Router != router.RoundRobin || c.OnFinish != nil || len(c.Others) > 0 || c.Admission != nil ||
		c.Watching.Landed != nil:
		return 1
	// what is drawn, or has a deadline, goes by requests' numbers, which every worker counts for itself
	case c.Verify != nil, c.Basis.Patience != nil:
		return 1
	default:
		return min(cores, c.Replicas)
	}
}

// hand is a batch of requests on its way to a worker.
type hand struct {
	requests []workloads.Request
	dues     []units.Picoseconds // when a scheduler sees each; who deals lets them through the front end
	blocks   []uint64            // backing of the requests' content ids
}

// handSize is the number of requests in a full hand, and hands the number of hands for each worker.
const (
	handSize = 512
	hands    = 4
)

// share is the part of a workload that one worker's replicas serve.
type share struct {
	filled chan *hand
	empty  chan *hand
	now    *hand
	at     int
	due    units.Picoseconds // of the last request
	chunk  int               // tokens of a content id
}

func newShare(w workloads.Source) *share {
	s := &share{filled: make(chan *hand, hands), empty: make(chan *hand, hands)}
	for range hands {
		s.empty <- &hand{requests: make([]workloads.Request, 0, handSize)}
	}
	if p, ok := w.(workloads.Prefixed); ok {
		s.chunk = p.BlockTokens()
	}
	return s
}

// Next is the next request of the share.
func (s *share) Next(r *workloads.Request) bool {
	if s.now != nil && s.at == len(s.now.requests) {
		s.empty <- s.now
		s.now = nil
	}
	if s.now == nil {
		s.now, s.at = <-s.filled, 0
		if s.now == nil {
			return false
		}
	}
	*r, s.due = s.now.requests[s.at], s.now.dues[s.at]
	s.at++
	return true
}

// Err is nil: the one who deals reports errors.
func (s *share) Err() error { return nil }

// BlockTokens is that of the workload.
func (s *share) BlockTokens() int { return s.chunk }

// add copies a request, with its content ids, into a hand.
func (h *hand) add(q *workloads.Request, due units.Picoseconds) {
	first := len(h.blocks)
	h.dues = append(h.dues, due)
	h.blocks = append(h.blocks, q.Blocks...)
	h.requests = append(h.requests, *q)
	h.requests[len(h.requests)-1].Blocks = h.blocks[first:len(h.blocks):len(h.blocks)]
}

// clear takes everything out of a hand.
func (h *hand) clear() { h.requests, h.dues, h.blocks = h.requests[:0], h.dues[:0], h.blocks[:0] }

// SimulateOn simulates replica i on worker i mod n, and returns them all as one fleet. Several pools take one
// worker.
func SimulateOn(ctx context.Context, c *contract.Config, n int) (*Fleet, error) {
	parts := make([]*Fleet, n)
	shares := make([]*share, n)
	group, ctx := errgroup.WithContext(ctx)
	for w := range n {
		shares[w] = newShare(c.Workload)
		group.Go(func() error {
			part := *c
			part.Workload, part.Step, part.OnProgress = shares[w], c.NewStep(), nil
			part.Replicas = units.CeilDiv(c.Replicas-w, n)
			f, err := New(&part)
			if err != nil {
				return err
			}
			parts[w] = f
			if c.Replicas > 1 {
				f.watchSystem() // also where a worker has one of its replicas
			}
			return f.Run(ctx)
		})
	}
	group.Go(func() error { return deal(ctx, c, shares) })
	if err := group.Wait(); err != nil {
		return nil, err
	}
	if n == 1 {
		return parts[0], nil
	}
	pool := &replica.Pool{Config: c}
	for i := range c.Replicas {
		pool.Replicas = append(pool.Replicas, parts[i%n].replicas[i/n])
	}
	for _, f := range parts {
		pool.Journals = append(pool.Journals, f.Pools[0].Journals...)
	}
	return &Fleet{config: c, Pools: []*replica.Pool{pool}, replicas: pool.Replicas}, nil
}

// deal reads the workload and hands each request to the worker of its replica.
func deal(ctx context.Context, c *contract.Config, shares []*share) error {
	open := make([]*hand, len(shares))
	pass := func(w int) error {
		select {
		case shares[w].filled <- open[w]:
			open[w] = nil
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	defer func() {
		for _, s := range shares {
			close(s.filled)
		}
	}()
	var q workloads.Request
	var latest units.Picoseconds
	front := NewFrontend(c)
	for i := 0; c.Workload.Next(&q); i++ {
		if err := valid(&q, i, latest); err != nil {
			return err
		}
		latest = q.Arrival
		w := i % c.Replicas % len(shares)
		if open[w] == nil {
			select {
			case open[w] = <-shares[w].empty:
				open[w].clear()
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		if open[w].add(&q, front.Pass(q.Arrival, int32(q.Input))); len(open[w].requests) == handSize {
			if err := pass(w); err != nil {
				return err
			}
		}
		if c.OnProgress != nil && (i+1)%progressEvery == 0 {
			c.OnProgress(i + 1)
		}
	}
	for w := range open {
		if open[w] != nil {
			if err := pass(w); err != nil {
				return err
			}
		}
	}
	return c.Workload.Err()
}
