package replica_test

import (
	"context"
	"strings"
	"testing"

	"github.com/roofserve/roofserve/sim/contract"
	"github.com/roofserve/roofserve/sim/internal/fixture"
	"github.com/roofserve/roofserve/sim/internal/fleet"
	"github.com/roofserve/roofserve/sim/internal/replica"
	"github.com/roofserve/roofserve/sim/order"
	"github.com/roofserve/roofserve/sim/router"
	"github.com/roofserve/roofserve/workloads"
)

// checked is the standard configuration of one replica, with checks.
func checked(w workloads.Source, blocks int) contract.Config {
	c := fixture.Standard(w, blocks)
	c.Replicas, c.DP, c.Stages, c.Check = 1, 1, 1, true
	c.Policy, c.Order, c.Router = "vllm", order.FCFS, router.RoundRobin
	return c
}

// TestAuditsFindWhatIsWrong spoils a run under way, each time another of the things that are kept in two
// ways.
func TestAuditsFindWhatIsWrong(t *testing.T) {
	for _, s := range replica.Spoils {
		c := checked(fixture.NewPoisson(300, 20), 27_000)
		var f *fleet.Fleet
		finished := 0
		c.OnFinish = func(*contract.Finished) {
			if finished++; finished == 100 {
				s.Spoil(f.Pools[0].Replicas[0])
			}
		}
		f, err := fleet.New(&c)
		if err != nil {
			t.Fatal(err)
		}
		if err = f.Run(context.Background()); err == nil {
			err = f.Audit()
		}
		if err == nil || !strings.Contains(err.Error(), s.Says) {
			t.Errorf("%s: got %v, want %q", s.What, err, s.Says)
		}
	}
}

// TestAuditsOfACacheAreAffordable counts what the looks at a large cache see: no more than the steps have
// earned.
func TestAuditsOfACacheAreAffordable(t *testing.T) {
	requests := make([]workloads.Request, 40_000)
	for i := range requests { // every prompt a run of its own
		requests[i] = workloads.Request{Input: 16, Output: 2, Blocks: []uint64{uint64(i)}}
	}
	c := checked(&fixture.List{Requests: requests, Chunk: 16}, 50_000)
	c.PrefixCaching = true
	f, err := fleet.New(&c)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	p := f.Pools[0].Replicas[0]
	if n := p.Entries(); n < 30_000 {
		t.Fatalf("the cache holds only %d entries", n)
	}
	// Were every step looked at, each would see tens of thousands of entries.
	if looks, most := p.Looks(), int(p.Account.Steps)/10; looks < 2 || looks > most {
		t.Errorf("%d looks in %d steps, want 2 to %d", looks, p.Account.Steps, most)
	}
}
