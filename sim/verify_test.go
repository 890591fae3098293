package sim

import (
	"context"
	"strings"
	"testing"

	"github.com/roofserve/roofserve/workloads"
)

// TestAuditsFindWhatIsWrong spoils a run under way, each time another of the things that are kept in two ways.
func TestAuditsFindWhatIsWrong(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(*fleet)
		want  string
	}{
		"a block leaks":           {func(f *fleet) { f.replicas[0].lead.pool.Take(1) }, "blocks are held"},
		"a block is given twice":  {func(f *fleet) { f.replicas[0].lead.pool.Give(1) }, "blocks are held"},
		"a sum of contexts":       {func(f *fleet) { f.replicas[0].lead.decoders.context++ }, "decodes see"},
		"a sequence is forgotten": {func(f *fleet) { f.replicas[0].lead.decoders.n++ }, "sequences run"},
		"a running one too many":  {func(f *fleet) { f.replicas[0].lead.roster.running++ }, "sequences run"},
		"time runs back":          {func(f *fleet) { f.replicas[0].auditor.at += 1e15 }, "time runs back"},
		"a token too many":        {func(f *fleet) { f.replicas[0].account.output++ }, "tokens were computed"},
		"a request comes twice":   {func(f *fleet) { f.journals[0].law.inside++ }, "more requests came than went"},
		"a residence is wrong":    {func(f *fleet) { f.journals[0].law.residence++ }, "Little's law"},
		"a reservation is kept":   {func(f *fleet) { f.replicas[0].lead.reserved++ }, "left over"},
	} {
		cfg := standard(newPoisson(300, 20), 27_000)
		cfg.Check = true
		if err := cfg.complete(); err != nil {
			t.Fatal(err)
		}
		f, err := newFleet(&cfg)
		if err != nil {
			t.Fatal(err)
		}
		finished := 0
		cfg.OnFinish = func(*Finished) {
			if finished++; finished == 100 {
				c.spoil(f)
			}
		}
		if err = f.run(context.Background()); err == nil {
			err = f.auditEnd()
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}

// TestAuditsPayTheirWay: looks at large systems are rare, at small ones they follow every step.
func TestAuditsPayTheirWay(t *testing.T) {
	for entries, want := range map[int]int{1: 1000, earning: 1000, 10 * earning: 100, 500 * earning: 2} {
		a, looks := &auditor{}, 0
		for range 1000 {
			if a.due() {
				looks++
				a.spent += entries
			}
		}
		if looks != want {
			t.Errorf("1,000 steps look %d times at %d entries, want %d", looks, entries, want)
		}
	}
}

// TestAuditsOfACacheAreAffordable counts what the looks at a large cache see: no more than the steps have earned.
func TestAuditsOfACacheAreAffordable(t *testing.T) {
	const n = 400
	requests := make([]workloads.Request, n)
	for i := range requests {
		blocks := make([]uint64, 100)
		for j := range blocks {
			blocks[j] = uint64(i*100 + j)
		}
		requests[i] = workloads.Request{Input: 1600, Output: 20, Blocks: blocks}
	}
	c := standard(&list{requests: requests, chunk: 16}, 50_000)
	c.PrefixCaching, c.Check = true, true
	if err := c.complete(); err != nil {
		t.Fatal(err)
	}
	f, err := newFleet(&c)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.run(context.Background()); err != nil {
		t.Fatal(err)
	}
	p := f.replicas[0]
	if entries := p.lead.pool.Entries(); entries < 30_000 {
		t.Fatalf("the cache holds only %d entries", entries)
	}
	// Were every step looked at, each would see tens of thousands of entries.
	if looks, most := int(p.auditor.round)/2, int(p.account.steps)/10; looks < 2 || looks > most {
		t.Errorf("%d looks in %d steps, want 2 to %d", looks, p.account.steps, most)
	}
}

// TestMillionUsersCostAsAThousand counts how many waiting users move in memory while answers come one at a time and all
// other users still queue at the front end.
func TestMillionUsersCostAsAThousand(t *testing.T) {
	const users, answers = 20_000, 60_000
	requests := workloads.Request{Input: 1, Output: 1}
	c := standard(&closedList{list{requests: make([]workloads.Request, users+answers)}, users}, 100)
	w := c.Workload.(*closedList)
	for i := range w.requests {
		w.requests[i] = requests
	}
	c.Replicas = 1
	a, err := newArrivals(&c, nil)
	if err != nil {
		t.Fatal(err)
	}
	moved := 0
	for i := range answers {
		if err := a.pass(); err != nil {
			t.Fatal(err)
		}
		first, capacity := a.first, cap(a.sends)
		a.answered(a.sends[a.first-1 : a.first : a.first])
		if a.first != first || cap(a.sends) != capacity {
			moved += len(a.sends) - a.first
		}
		if waiting := len(a.sends) - a.first; waiting != users {
			t.Fatalf("after %d answers %d users wait", i, waiting)
		}
	}
	if moved > 5*answers+users {
		t.Errorf("%d answers move %d waiting users", answers, moved)
	}
	if cap(a.sends) > 4*users {
		t.Errorf("%d users take room for %d", users, cap(a.sends))
	}
}

// TestInboxMovesLittle is the same for late requests.
func TestInboxMovesLittle(t *testing.T) {
	const waiting, more = 10_000, 100_000
	var b inbox
	for range waiting {
		b.push(lateRequest{})
	}
	moved := 0
	for range more {
		b.pop(0)
		first, capacity := b.first, cap(b.late)
		b.push(lateRequest{})
		if b.first != first || cap(b.late) != capacity {
			moved += len(b.late) - b.first
		}
		if n := len(b.late) - b.first; n != waiting {
			t.Fatalf("%d wait", n)
		}
	}
	if moved > 5*more {
		t.Errorf("%d late requests move %d others", more, moved)
	}
}
