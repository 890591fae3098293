package planning

import (
	"context"
	"math"
	"strings"
	"testing"

	"github.com/roofserve/roofserve/internal/study/capacity"
	"github.com/roofserve/roofserve/scenarios"
	"github.com/roofserve/roofserve/sim"
)

// Trying every pair of plans with every number of replicas of each finds no pools with fewer GPUs, or for
// less, than the search.
func TestNoPoolsAreBetterThanTheOnesFound(t *testing.T) {
	for name, c := range map[string]struct {
		text, slo string
		goal      Goal
		devices   []string
		most      int
	}{
		"chat, tight":     {chat, "ttft_p99=200ms,tpot_p99=9ms", FewestGPUs, []string{"h100"}, 7},
		"chat, loose":     {chat, "ttft_p99=2s,tpot_mean=40ms", FewestGPUs, []string{"h100"}, 5},
		"long prompts":    {documents, "ttft_p99=900ms,tpot_p99=9ms", FewestGPUs, []string{"h100"}, 7},
		"for less":        {chat, "ttft_p99=1s,tpot_p99=20ms", LeastPrice, []string{"h100", "l40s"}, 5},
		"what none meets": {chat, "ttft_p99=30ms", FewestGPUs, []string{"h100"}, 3},
	} {
		r := request(t, c.text, c.slo)
		r.Pools, r.Devices, r.MaxGPUs, r.Goal = true, c.devices, c.most, c.goal
		answer, err := Find(context.Background(), r)
		if err != nil {
			t.Fatal(err)
		}
		best := math.Inf(1)
		for i := range answer.Plans {
			if p := &answer.Plans[i]; p.Prefill != nil {
				best = min(best, r.Goal.cost(p))
			}
		}
		if want := cheapestPools(t, r); math.Abs(best-want) > rounding && best != want {
			t.Errorf("%s: pools for %g are found, and some serve the load for %g", name, best, want)
		}
		t.Logf("%s: %g, %d simulations", name, best, len(answer.Trials)+answer.Bounding)
	}
}

const documents = `[model]
name = "llama-3.1-8b"
[workload.synthetic]
requests = 100
seed = 5
arrival = { process = "poisson", rate = 12.0 }
input = { distribution = "lognormal", mean = 4000, std = 2000, min = 100, max = 12000 }
output = { distribution = "fixed", value = 150 }
`

// cheapestPools is the least that any pools cost that serve the load.
func cheapestPools(t *testing.T, r *Question) float64 {
	t.Helper()
	best := math.Inf(1)
	var choices []choice
	for _, device := range r.Devices {
		list, _, err := r.gather(group{device: device}, sim.Prefill)
		if err != nil {
			t.Fatal(err)
		}
		choices = append(choices, list...)
	}
	for _, p := range choices {
		for _, d := range choices {
			for n := 1; n*p.PerReplica() < r.MaxGPUs; n++ {
				for m := 1; n*p.PerReplica()+m*d.PerReplica() <= r.MaxGPUs; m++ {
					a := together(Arrangement{Choice: p.Choice, Replicas: n}, Arrangement{Choice: d.Choice, Replicas: m})
					usd := p.price*float64(n*p.PerReplica()) + d.price*float64(m*d.PerReplica())
					cost := r.Goal.cost(&Sizing{Arrangement: a, USDPerHour: usd})
					if cost >= best {
						continue
					}
					trial, err := r.simulate(t.Context(), &a)
					if err != nil {
						t.Fatal(err)
					}
					if trial.Met() {
						best = cost
					}
				}
			}
		}
	}
	return best
}

// Where a scenario has pools, these are what is planned, and their own keys stay.
func TestPoolsOfAScenarioAreTheOnesPlanned(t *testing.T) {
	text := chat + `[[pool]]
role = "decode"
device = "l40s"
[[pool]]
role = "prefill"
device = "h100"
engine = { max_num_batched_tokens = 4096 }
`
	r := request(t, text, "ttft_p99=2s,tpot_mean=60ms")
	a, err := Find(context.Background(), r)
	if err != nil || len(a.Plans) == 0 {
		t.Fatalf("%d plans, %v", len(a.Plans), err)
	}
	p := &a.Plans[0]
	if !strings.HasPrefix(p.GPU, "l40s") || !strings.HasPrefix(p.Prefill.GPU, "h100") {
		t.Errorf("answers on %s, prompts on %s", p.GPU, p.Prefill.GPU)
	}
	pools := p.Trial.Run.Scenario.Pool
	replicas := [2]int{pools[0].Replicas, pools[1].Replicas}
	if pools[1].Engine.MaxNumBatchedTokens != 4096 || replicas != [2]int{p.Replicas, p.Prefill.Replicas} {
		t.Errorf("%+v", pools)
	}
	if math.IsNaN(p.Probability) || p.Trial.GPUs != p.GPUs() {
		t.Errorf("met in %v of the draws, %d GPUs where %d are arranged", p.Probability, p.Trial.GPUs, p.GPUs())
	}
	found, err := Fewest(context.Background(), &capacity.Search{Objectives: r.Objectives}, r.Scenario)
	if err != nil || found.Best == nil || found.Best.GPUs != p.GPUs() {
		t.Errorf("the search for the fewest GPUs finds %d, %d are planned: %v", found.Best.GPUs, p.GPUs(), err)
	}
	r = request(t, chat+"[[pool]]\n[[pool]]\ndevice = \"l40s\"\n", "ttft_p99=2s")
	if _, err := Find(context.Background(), r); err == nil || !strings.Contains(err.Error(), "a prefill and a decode pool") {
		t.Errorf("two pools of whole requests: %v", err)
	}
}

// square is twenty replicas of each pool at most, at two and at three each.
func square(replicas [2]int) (cost float64, ok bool) {
	return float64(2*replicas[0] + 3*replicas[1]), max(replicas[0], replicas[1]) <= 20
}

// Of a plane of millions of points only as many are known as are asked for.
func TestLatticesAreNotSpreadOut(t *testing.T) {
	l := &lattice{next: inOrder([2]int{1, 1}, func(replicas [2]int) (float64, bool) {
		return float64(replicas[0] + replicas[1]), replicas[0]+replicas[1] <= MostGPUs
	})}
	found, err := l.cheapest(func(p point) (*capacity.Trial, error) {
		if p.cost < 60 {
			return &capacity.Trial{Failures: []string{"too few"}}, nil
		}
		return &capacity.Trial{}, nil
	})
	if err != nil || found.cost != 60 || len(l.points) > 4096 {
		t.Errorf("%+v of %d points, %v", found, len(l.points), err)
	}
}

// The cheapest point of any lattice whose upper parts serve is found, and not all points are tried.
func TestLatticesAreSearchedByTheirEdges(t *testing.T) {
	for edge := range 40 {
		l := &lattice{next: inOrder([2]int{1, 1}, square)}
		serves := func(p *point) bool { return p.replicas[0]*p.replicas[1] >= 10*edge && p.replicas[1] > edge/4 }
		tried := 0
		found, err := l.cheapest(func(p point) (*capacity.Trial, error) {
			tried++
			if serves(&p) {
				return &capacity.Trial{}, nil
			}
			return &capacity.Trial{Failures: []string{"too few"}}, nil
		})
		if err != nil || found == nil {
			t.Fatalf("%d: %v, %v", edge, found, err)
		}
		if l.reach(401) != 400 {
			t.Fatalf("%d points", len(l.points))
		}
		for i := range l.points {
			if i > 0 && l.points[i-1].cost > l.points[i].cost {
				t.Errorf("%v costs %g, and stands before %v", l.points[i-1].replicas, l.points[i-1].cost, l.points[i])
			}
			if p := &l.points[i]; p.cost < found.cost && serves(p) {
				t.Errorf("%d: %v costs %g, and %v %g", edge, found.replicas, found.cost, p.replicas, p.cost)
			}
		}
		if tried > 100 {
			t.Errorf("%d: %d of %d points were tried", edge, tried, len(l.points))
		}
	}
	alone := func(replicas [2]int) (float64, bool) { return 1, replicas == [2]int{1, 1} }
	none := &lattice{next: inOrder([2]int{1, 1}, alone)}
	vain := func(point) (*capacity.Trial, error) { return &capacity.Trial{NoFit: true}, nil }
	found, err := none.cheapest(vain)
	if found != nil || err != nil {
		t.Errorf("%v, %v", found, err)
	}
}

// A scenario is arranged as a user would write it.
func TestArrangementsAreScenariosWithPools(t *testing.T) {
	r := request(t, chat, "ttft_p99=2s")
	one := scenarios.Parallel{TP: 1, PP: 1, DP: 1, EP: 1}
	two := scenarios.Parallel{TP: 2, PP: 1, DP: 1, EP: 1}
	a := together(Arrangement{Choice: Choice{Device: "a100", Parallel: one, Nodes: 1, Budget: 2048}, Replicas: 3},
		Arrangement{Choice: Choice{Device: "h100", Policy: "sglang", Weights: "fp8", Parallel: two, Nodes: 1}, Replicas: 2})
	s, err := a.on(r.Scenario)
	if err != nil {
		t.Fatal(err)
	}
	written := request(t, chat+`[[pool]]
role = "prefill"
device = "a100"
gpus = 1
nodes = 1
replicas = 3
parallel = { tp = 1, pp = 1, dp = 1, ep = 1 }
engine = { max_num_batched_tokens = 2048 }
[[pool]]
role = "decode"
device = "h100"
gpus = 2
nodes = 1
replicas = 2
parallel = { tp = 2, pp = 1, dp = 1, ep = 1 }
precision = { weights = "fp8" }
engine = { policy = "sglang" }
`, "ttft_p99=2s").Scenario
	got, err := s.Simulate(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	want, err := written.Simulate(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if a.GPUs() != 7 || got.Result.Duration != want.Result.Duration {
		t.Errorf("%d GPUs, %v, want %v", a.GPUs(), got.Result.Duration, want.Result.Duration)
	}
}
