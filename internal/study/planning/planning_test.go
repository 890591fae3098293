package planning

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/roofserve/roofserve/internal/study/capacity"
	"github.com/roofserve/roofserve/scenarios"
)

func request(t *testing.T, text, slo string) *Question {
	t.Helper()
	s, err := scenarios.Parse("s.toml", "", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	objectives, err := capacity.ParseObjectives(slo, "slo")
	if err != nil {
		t.Fatal(err)
	}
	return &Question{Scenario: s, Objectives: objectives, MaxGPUs: 8, Goal: FewestGPUs, Jobs: 2}
}

const chat = `[model]
name = "llama-3.1-8b"
[workload.synthetic]
requests = 150
seed = 7
arrival = { process = "poisson", rate = 40.0 }
input = { distribution = "lognormal", mean = 900, std = 700, min = 10, max = 4000 }
output = { distribution = "lognormal", mean = 200, std = 150, min = 2, max = 800 }
`

const mixture = `[model]
name = "qwen3-30b-a3b"
[workload.synthetic]
requests = 60
seed = 3
arrival = { process = "poisson", rate = 60.0 }
input = { distribution = "fixed", value = 700 }
output = { distribution = "fixed", value = 100 }
`

// Trying everything, with every number of replicas, finds nothing with fewer GPUs than the search.
func TestNoPlanIsBetterThanTheOnesFound(t *testing.T) {
	for name, c := range map[string]struct{ text, slo string }{
		"chat, tight":      {chat, "ttft_p99=250ms,tpot_p99=14ms"},
		"chat, loose":      {chat, "ttft_p99=2s,tpot_mean=40ms"},
		"a mixture, tight": {mixture, "tpot_p90=12ms"},
	} {
		r := request(t, c.text, c.slo)
		r.Devices, r.Policies, r.Budgets = []string{"h100", "l40s"}, []string{"vllm", "trtllm"}, []int{1024}
		answer, err := Find(context.Background(), r)
		if err != nil {
			t.Fatal(err)
		}
		best := exhaustive(t, r)
		switch {
		case len(answer.Plans) == 0:
			if best < math.MaxInt {
				t.Errorf("%s: nothing found, and %d GPUs serve the load", name, best)
			}
		case answer.Plans[0].GPUs() != best:
			t.Errorf("%s: %d GPUs found, and %d serve the load", name, answer.Plans[0].GPUs(), best)
		}
		t.Logf("%s: %d GPUs, %d simulations", name, best, len(answer.Trials))
	}
}

// exhaustive is the fewest GPUs of any plan within any number of replicas.
func exhaustive(t *testing.T, r *Question) int {
	t.Helper()
	best := math.MaxInt
	for _, device := range r.Devices {
		for _, policy := range r.Policies {
			for tp := 1; tp <= 8; tp *= 2 {
				for pp := 1; tp*pp <= min(8, r.MaxGPUs); pp *= 2 {
					for dp := 1; dp*tp*pp <= r.MaxGPUs; dp *= 2 {
						for _, ep := range []int{1, tp * dp} {
							for _, budget := range []int{0, 1024} {
								c := Choice{Device: device, Policy: policy, Nodes: max(1, tp*pp*dp/8), Budget: budget,
									Parallel: scenarios.Parallel{TP: tp, PP: pp, DP: dp, EP: ep}}
								if pp > 1 && dp > 1 {
									continue
								}
								best = min(best, fewestOf(t, r, &c, best))
							}
						}
					}
				}
			}
		}
	}
	return best
}

// fewestOf tries every number of replicas of a choice below a number of GPUs.
func fewestOf(t *testing.T, r *Question, c *Choice, below int) int {
	t.Helper()
	for replicas := 1; replicas*c.PerReplica() <= min(r.MaxGPUs, below-1); replicas++ {
		trial, err := r.simulate(t.Context(), &Arrangement{Choice: *c, Replicas: replicas})
		if err != nil || trial.NoFit {
			return math.MaxInt // a division that the model does not have
		}
		if trial.Met() {
			return replicas * c.PerReplica()
		}
	}
	return math.MaxInt
}

// What a plan is for: so many GPUs, and not one replica fewer.
func TestFewestGPUsAreTheEdge(t *testing.T) {
	r := request(t, chat, "ttft_p99=400ms,tpot_p99=25ms")
	search := &capacity.Search{Objectives: r.Objectives}
	found, err := Fewest(context.Background(), search, r.Scenario)
	if err != nil || found.Best == nil {
		t.Fatalf("%+v, %v", found, err)
	}
	for _, trial := range found.Trials {
		if trial.Met() && trial.GPUs < found.Best.GPUs {
			t.Errorf("%d GPUs meet the limits, and %d are said to be the fewest", trial.GPUs, found.Best.GPUs)
		}
	}
	r.MaxGPUs = 64
	if a, err := Find(context.Background(), r); err != nil || a.Plans[0].GPUs() != found.Best.GPUs {
		t.Errorf("a plan of %d GPUs where the search for the fewest finds %d; %v", a.Plans[0].GPUs(), found.Best.GPUs, err)
	}
}

func TestPlansStandInTheOrderOfTheGoal(t *testing.T) {
	for _, goal := range []Goal{FewestGPUs, LeastPrice, GoodputPerGPU} {
		r := request(t, chat, "ttft_p99=2s,tpot_mean=40ms")
		r.Devices, r.Goal = []string{"a100-sxm-80gb", "h100-sxm-80gb"}, goal
		a, err := Find(context.Background(), r)
		if err != nil {
			t.Fatal(err)
		}
		byCost := func(x, y Sizing) int { return cmp.Compare(goal.cost(&x), goal.cost(&y)) }
		if !slices.IsSortedFunc(a.Plans, byCost) || len(a.Plans) < 2 {
			t.Errorf("%s: %+v", goal, a.Plans)
		}
		for i, p := range a.Plans {
			drawn := !math.IsNaN(p.Probability)
			if drawn != (i < weighed) || drawn && !(p.Probability >= 0 && p.Probability <= 1) {
				t.Errorf("%s: plan %d is met in %v of its draws", goal, i, p.Probability)
			}
			if p.Headroom < 0 || !p.Trial.Met() || p.Trial.GPUs != p.GPUs() {
				t.Errorf("%s: plan %d: %+v", goal, i, p)
			}
		}
	}
}

// The same request gives the same answer however many groups are searched at once.
func TestAnswersDoNotDependOnJobs(t *testing.T) {
	var told [2][]string
	for i, jobs := range []int{1, 4} {
		r := request(t, chat, "ttft_p99=2s,tpot_mean=40ms")
		r.Devices, r.Policies, r.Jobs = []string{"h100", "l40s"}, []string{"vllm", "sglang"}, jobs
		a, err := Find(context.Background(), r)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range a.Plans {
			told[i] = append(told[i], strings.Join([]string{p.GPU, p.Engine, p.Trial.Run.Scenario.Hardware.Device}, " "))
		}
		for _, l := range a.Left {
			told[i] = append(told[i], l.GPU+l.Reason)
		}
	}
	if !slices.Equal(told[0], told[1]) {
		t.Errorf("%q and %q", told[0], told[1])
	}
}

// Where nothing serves the load, the answer says which limit breaks and by how much at best.
func TestWhatStandsInTheWayIsSaid(t *testing.T) {
	r := request(t, chat, "ttft_p99=1ms")
	r.MaxGPUs = 4
	a, err := Find(context.Background(), r)
	if err != nil {
		t.Fatal(err)
	}
	if len(a.Plans) > 0 || a.Nearest == nil || !strings.Contains(a.Worst, "times its limit") {
		t.Errorf("%d plans, %+v: %q", len(a.Plans), a.Nearest, a.Worst)
	}
	r = request(t, chat, "tpot_mean=1ms")
	if a, err = Find(context.Background(), r); err != nil || len(a.Trials) > 0 {
		t.Fatalf("%d simulations of what no step can do, %v", len(a.Trials), err)
	}
	if !slices.ContainsFunc(a.Left, func(l LeftOut) bool { return l.Reason == tooSlow && l.AloneMS > 1 }) {
		t.Errorf("%+v", a.Left)
	}
	for _, l := range a.Left {
		if l.AloneMS > 0 && strings.Contains(a.Worst, fmt.Sprintf("takes %.3g ms", l.AloneMS)) {
			return
		}
	}
	t.Errorf("%q names no step of %+v", a.Worst, a.Left)
}

func TestFrontsLeaveNothingBetterOut(t *testing.T) {
	r := request(t, mixture, "tpot_p90=30ms")
	a, err := Find(context.Background(), r)
	if err != nil {
		t.Fatal(err)
	}
	points := a.Points()
	for _, p := range points {
		if p.Trial.Run.Overloaded() && (p.SpeedFront || p.PriceFront) {
			t.Errorf("%+v is on a front, and its queue grows", p.Arrangement)
		}
	}
	points = slices.DeleteFunc(points, func(p Point) bool { return p.Trial.Run.Overloaded() })
	for i, p := range points {
		undercut := slices.ContainsFunc(points, func(q Point) bool {
			return q.TokensPerSecondGPU >= p.TokensPerSecondGPU && q.TokensPerSecondUser >= p.TokensPerSecondUser &&
				(q.TokensPerSecondGPU > p.TokensPerSecondGPU || q.TokensPerSecondUser > p.TokensPerSecondUser)
		})
		if p.SpeedFront && undercut {
			t.Errorf("point %d is on the front, and another is better", i)
		}
		if !p.SpeedFront && !undercut && !slices.ContainsFunc(points[:i], func(q Point) bool {
			return q.TokensPerSecondGPU == p.TokensPerSecondGPU && q.TokensPerSecondUser == p.TokensPerSecondUser
		}) {
			t.Errorf("point %d is not on the front, and no other is better", i)
		}
	}
}
