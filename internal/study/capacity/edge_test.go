package capacity

import (
	"context"
	"fmt"
	"testing"

	"github.com/roofserve/roofserve/scenarios"
)

// TestUsersAgainstEveryNumber finds the most users of a small closed loop by trying every number of them.
func TestUsersAgainstEveryNumber(t *testing.T) {
	limits := objectives(t, "tpot_mean=7.5ms")
	loop := func(users int) *scenarios.Scenario {
		s, err := scenarios.Parse("closed", "", fmt.Appendf(nil, `
model = { name = "llama-3.1-8b" }
[hardware]
gpus = 1
[workload.synthetic]
requests = 60
arrival = { process = "closed", concurrency = %d }
input = { distribution = "fixed", value = 200 }
output = { distribution = "fixed", value = 40 }
`, users))
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	most := 0
	for users := 1; users <= 60; users++ {
		trial, err := Attempt(context.Background(), loop(users), limits, float64(users))
		if err != nil {
			t.Fatal(err)
		}
		if within := trial.Run.Result.TPOT.Mean <= 7.5; within != trial.Met() {
			t.Errorf("%d users: %v ms, met: %v", users, trial.Run.Result.TPOT.Mean, trial.Met())
		}
		if trial.Met() && most == users-1 {
			most = users
		}
	}
	if most < 2 || most > 55 {
		t.Fatalf("%d users: the limit is no test", most)
	}
	for _, start := range []int{1, 5, 50} {
		c := Search{Objectives: limits, Tolerance: 0.001}
		found, err := c.Load(context.Background(), loop(start))
		if err != nil || found.Best == nil || int(found.Best.Load) != most {
			t.Errorf("from %d users: %+v, %v; every number tried says %d", start, found.Best, err, most)
		}
	}
}

// TestALimitIsMetWhereItIsReached: a latency of exactly the limit is within it, one above is not.
func TestALimitIsMetWhereItIsReached(t *testing.T) {
	s := scenario(t, "llama-3.1-8b-h100", "workload.requests=20")
	trial, err := Attempt(context.Background(), s, objectives(t, "ttft_max=1s"), 1)
	if err != nil {
		t.Fatal(err)
	}
	for factor, want := range map[float64]bool{1: true, 1 - 1e-12: false, 1 + 1e-12: true} {
		at := Objective{Metric: "max_ttft_ms", Limit: trial.Run.Result.TTFT.Max * factor}
		again, err := Attempt(context.Background(), s, []Objective{at}, 1)
		if err != nil || again.Met() != want {
			t.Errorf("the limit is %v of the longest: met %v, %v", factor, again.Met(), err)
		}
	}
}

// TestAnOverloadMeetsNothing: however loose the limits are, a system that falls behind does not meet them.
func TestAnOverloadMeetsNothing(t *testing.T) {
	s := scenario(t, "llama-3.1-8b-h100", "workload.requests=2000", "workload.rate_scale=200")
	trial, err := Attempt(context.Background(), s, objectives(t, "ttft_max=100000s,tpot_max=100000s"), 200)
	if err != nil {
		t.Fatal(err)
	}
	r := trial.Run.Result
	if r.QueueEnd <= r.QueueHalf || r.QueueEnd <= 20 {
		t.Fatalf("%d waited at half, %d at the end: no overload", r.QueueHalf, r.QueueEnd)
	}
	if trial.Met() {
		t.Error("an overloaded system meets limits")
	}
}
