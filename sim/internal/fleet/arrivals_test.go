package fleet

import (
	"testing"

	"github.com/roofserve/roofserve/sim/internal/fixture"
	"github.com/roofserve/roofserve/sim/internal/replica"
	"github.com/roofserve/roofserve/workloads"
)

// TestMillionUsersCostAsAThousand counts how many waiting users move in memory while answers come one at a
// time and all other users still queue at the front end.
func TestMillionUsersCostAsAThousand(t *testing.T) {
	const users, answers = 20_000, 60_000
	requests := workloads.Request{Input: 1, Output: 1}
	c := fixture.Standard(&fixture.ClosedList{List: fixture.List{Requests: make([]workloads.Request,
		users+answers)}, Users: users}, 100)
	w := c.Workload.(*fixture.ClosedList)
	for i := range w.Requests {
		w.Requests[i] = requests
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
		a.answered([]replica.Answer{{At: a.sends[a.first-1]}})
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
