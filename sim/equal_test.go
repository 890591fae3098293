package sim

import (
	"context"
	"math"
	"reflect"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/sim/cost"
	"github.com/roofserve/roofserve/sim/internal/fixture"
	"github.com/roofserve/roofserve/sim/internal/fleet"
	"github.com/roofserve/roofserve/sim/internal/summary"
	"github.com/roofserve/roofserve/sim/kv"
	"github.com/roofserve/roofserve/sim/router"
	"github.com/roofserve/roofserve/sim/sched"
	"github.com/roofserve/roofserve/workloads"
)

// scenario draws everything that the engine can be asked to do, small and contentious.
func scenario(t *rapid.T) (c Config, fresh func() workloads.Source) {
	c, fresh = former(t)
	c.Order, c.LongGaps = rapid.SampledFrom(formerOrders).Draw(t, "order"), true
	if rapid.Bool().Draw(t, "any router") {
		c.Router = rapid.SampledFrom(router.Names()).Draw(t, "of all routers")
	}
	c.StatsInterval = units.Picoseconds(rapid.SampledFrom([]int{5000, 40_000, 300_000}).Draw(t, "statistics"))
	if rapid.SampledFrom([]bool{false, false, true}).Draw(t, "pools") {
		for range rapid.IntRange(1, 2).Draw(t, "further pools") {
			c.Others = append(c.Others, another(t, c.Pool))
		}
	}
	routing(t, &c)
	for _, p := range poolsOf(&c) {
		p.Balancer = rapid.SampledFrom(router.Balancers()).Draw(t, "balancer")
	}
	if c.PrefixCaching && rapid.SampledFrom([]bool{false, false, true}).Draw(t, "snapshots") {
		for _, p := range poolsOf(&c) {
			p.Layout.Snapshot = 1
			if rapid.Bool().Draw(t, "aligned") {
				p.Limits.SnapshotTokens = p.Layout.BlockTokens
			}
		}
	}
	for _, p := range poolsOf(&c) {
		if rapid.Bool().Draw(t, "any policy") {
			p.Policy = rapid.SampledFrom(sched.Names()).Draw(t, "of all policies")
		}
		p.Limits.Reservation = rapid.SampledFrom(sched.Reservations()).Draw(t, "reservation")
		p.Limits.MaxUtilization = rapid.Bool().Draw(t, "most used")
		wholePages(p)
	}
	for _, p := range poolsOf(&c) {
		p.Verify = verification(t, p)
		capturing(t, p.Step.(*fixture.Affine))
		p.Limits.LongestPrefix = rapid.SampledFrom([]bool{true, true, true, false}).Draw(t, "longest prefix")
		ordering(t, p)
	}
	return c, fresh
}

// capturing draws CUDA graphs: how many sequences fill one, and how many the largest holds.
func capturing(t *rapid.T, a *fixture.Affine) {
	if a.Rows = rapid.SampledFrom([]int{0, 0, 1, 4, 8}).Draw(t, "rows of graphs"); a.Rows > 0 {
		a.Graph = a.Rows * rapid.IntRange(0, 4).Draw(t, "graphs")
		a.PerRow = units.Picoseconds(rapid.IntRange(0, 80).Draw(t, "per row"))
		a.Launch = units.Picoseconds(rapid.IntRange(0, 5000).Draw(t, "launch"))
	}
}

// routing draws what routers know, and their options.
func routing(t *rapid.T, c *Config) {
	if rapid.SampledFrom([]bool{false, false, false, true}).Draw(t, "live") {
		c.StatsInterval = router.Live
	}
	c.EventsDelay = units.Picoseconds(rapid.SampledFrom([]int{0, 0, 1, 3000, 100_000}).Draw(t, "events after"))
	weight := func(label string) float64 {
		return rapid.SampledFrom([]float64{0, 0.3, 1, 2}).Draw(t, label)
	}
	c.Options = router.Options{
		OverlapWeight: weight("overlap"), Temperature: weight("temperature"),
		MaxLoadRatio: rapid.SampledFrom([]float64{1, 1.25, 3}).Draw(t, "ratio"),
		Scorers:      router.ScoreWeights{PrefixCache: weight("prefixes"), QueueDepth: weight("queues"), KVUtilization: weight("caches")},
	}
}

// poolsOf are the pools of a configuration.
func poolsOf(c *Config) []*Pool {
	list := []*Pool{&c.Pool}
	for i := range c.Others {
		list = append(list, &c.Others[i])
	}
	return list
}

// another draws a pool of the same model with another engine.
func another(t *rapid.T, p Pool) Pool {
	step := stepper(t)
	step.Reach = p.Step.Reaches()
	p.Step, p.Limits = step, limits(t)
	p.Replicas = rapid.SampledFrom([]int{1, 1, 2}).Draw(t, "its replicas")
	p.DP = rapid.SampledFrom([]int{1, 1, 2}).Draw(t, "its dp")
	p.Stages = rapid.SampledFrom([]int{1, 1, 2}).Draw(t, "its stages")
	p.Policy = rapid.SampledFrom([]string{"sglang", "trtllm", "vllm", "vllm0"}).Draw(t, "its policy")
	p.Order = rapid.SampledFrom(formerOrders).Draw(t, "its order")
	p.Blocks = rapid.IntRange(1, 60).Draw(t, "its blocks")
	p.AsyncScheduling = rapid.Bool().Draw(t, "its async")
	p.PrefixCaching = p.PrefixCaching && rapid.SampledFrom([]bool{false, false, true}).Draw(t, "it caches")
	wholePages(&p)
	return p
}

// former draws what scenarios were when the seeds of regressions were found. What is new is drawn after it.
func former(t *rapid.T) (c Config, fresh func() workloads.Source) {
	c.DP = rapid.SampledFrom([]int{1, 1, 1, 2, 3}).Draw(t, "dp")
	c.Stages = rapid.SampledFrom([]int{1, 1, 1, 2, 3}).Draw(t, "stages")
	c.Replicas = rapid.SampledFrom([]int{1, 1, 1, 2, 4}).Draw(t, "replicas")
	c.Router = rapid.SampledFrom([]string{router.RoundRobin, router.LeastOutstanding, router.PowerOfTwo}).
		Draw(t, "router")
	c.Seed = rapid.Uint64Range(0, 3).Draw(t, "seed")
	c.Policy = rapid.SampledFrom([]string{"sglang", "trtllm", "vllm", "vllm0"}).Draw(t, "policy")
	c.Step = stepper(t)
	c.Layout = layout(t)
	c.Limits = limits(t)
	c.Blocks = rapid.IntRange(1, 60).Draw(t, "blocks")
	c.RequestDelay = units.Picoseconds(rapid.SampledFrom([]int{0, 0, 700, 5000}).Draw(t, "request delay"))
	c.RequestService = units.Picoseconds(rapid.SampledFrom([]int{0, 0, 300, 5000}).Draw(t, "request service"))
	c.TokenService = units.Picoseconds(rapid.SampledFrom([]int{0, 0, 3, 40}).Draw(t, "token service"))
	c.TokenDelay = units.Picoseconds(rapid.SampledFrom([]int{0, 0, 300, 5000}).Draw(t, "token delay"))
	c.Warmup = units.Picoseconds(rapid.SampledFrom([]int{0, 0, 20_000}).Draw(t, "warm-up"))
	c.SeriesInterval = units.Picoseconds(rapid.SampledFrom([]int{0, 10_000, 100_000}).Draw(t, "interval"))
	c.AsyncScheduling = rapid.Bool().Draw(t, "async")
	c.Check = true
	requests := requests(t)
	if rapid.IntRange(0, 11).Draw(t, "huge") == 11 {
		enlarge(t, &c, requests)
	}
	chunk := 0
	if rapid.Bool().Draw(t, "caching") {
		c.PrefixCaching = true
		// the oracle's cache knows no wider blocks
		c.Layout.Full = rapid.SampledFrom([]int{0, 1, 1, 1, 1}).Draw(t, "cached")
		for i := range c.Layout.Windows {
			c.Layout.Windows[i].Blocks = 1
		}
		chunk = rapid.SampledFrom([]int{0, 1, 4, 16, 20}).Draw(t, "content tokens")
		shareContent(t, requests, chunk)
	}
	if rapid.IntRange(0, 2).Draw(t, "tight") == 2 {
		tighten(t, &c, requests)
	}
	wholePages(&c.Pool)
	users := 0
	if rapid.Bool().Draw(t, "closed") {
		users = rapid.IntRange(1, 20).Draw(t, "users")
	}
	return c, func() workloads.Source {
		if users > 0 {
			return &fixture.ClosedList{List: fixture.List{Requests: requests, Chunk: chunk}, Users: users}
		}
		return &fixture.List{Requests: requests, Chunk: chunk}
	}
}

func stepper(t *rapid.T) *fixture.Affine {
	ps := func(label string, most int) units.Picoseconds {
		return units.Picoseconds(rapid.IntRange(0, most).Draw(t, label))
	}
	a := &fixture.Affine{
		Shared: 1 + ps("shared", 3000), PerSeq: ps("per sequence", 100), Rank: ps("rank", 500), PerRankSeq: ps("rank's per sequence", 50),
		PerChunkToken: ps("per chunk token", 60), Bend: ps("bend", 2), Least: ps("least", 2000),
	}
	for i := range rapid.IntRange(1, arch.MaxReaches).Draw(t, "reaches") {
		var r arch.Reach // the first is full
		if i > 0 {
			r.Kind = rapid.SampledFrom([]arch.ReachKind{arch.Window, arch.TopK, arch.Chunk}).Draw(t, "kind")
			r.Size = rapid.IntRange(1, 90).Draw(t, "size")
		}
		a.Reach = append(a.Reach, r)
		a.PerKey[i] = ps("per key", 5)
		a.PerPair[i] = ps("per pair", 3)
	}
	return a
}

func layout(t *rapid.T) kv.Layout {
	l := kv.Layout{
		BlockTokens: rapid.SampledFrom([]int{1, 2, 3, 4, 8, 16, 80}).Draw(t, "block"),
		Full:        rapid.IntRange(0, 2).Draw(t, "full"),
		Constant:    rapid.SampledFrom([]int{0, 0, 1}).Draw(t, "constant"),
	}
	for range rapid.IntRange(0, 2).Draw(t, "windows") {
		l.Windows = append(l.Windows, kv.WindowGroup{
			Tokens: rapid.IntRange(1, 50).Draw(t, "window"), Blocks: rapid.IntRange(1, 2).Draw(t, "window's blocks"),
		})
	}
	return l
}

func limits(t *rapid.T) sched.Limits {
	l := sched.Limits{
		MaxNumSeqs:          rapid.IntRange(1, 12).Draw(t, "seqs"),
		MaxNumBatchedTokens: rapid.IntRange(1, 80).Draw(t, "tokens"),
		MaxModelLen:         rapid.IntRange(40, 400).Draw(t, "length"),
		ChunkedPrefill:      rapid.Bool().Draw(t, "chunked"),
		ReserveFullInput:    rapid.Bool().Draw(t, "reserve"),
		Watermark:           rapid.SampledFrom([]float64{0, 0, 0.01, 0.3}).Draw(t, "watermark"),
	}
	l.MaxPrefillTokens = rapid.SampledFrom([]int{0, 1, 100}).Draw(t, "prefill tokens")
	l.ScheduleConservativeness = rapid.SampledFrom([]float64{0, 0.3, 2}).Draw(t, "conservativeness")
	l.MixedChunk = rapid.Bool().Draw(t, "mixed")
	if !l.ChunkedPrefill {
		l.MaxNumBatchedTokens = l.MaxModelLen
	}
	if rapid.Bool().Draw(t, "threshold") {
		l.LongPrefillThreshold = rapid.IntRange(1, 30).Draw(t, "long")
	}
	l.Rules = rulesOf(l.MaxNumSeqs + 12*l.MaxNumBatchedTokens)
	return l
}

// rulesOf is one of the sets of rules, by a number that is drawn for something else: a draw of its own would
// change the scenarios of all seeds.
func rulesOf(number int) (rules sched.Rules) {
	v := reflect.ValueOf(&rules).Elem()
	for i := range v.NumField() {
		v.Field(i).SetBool(number>>i&1 == 1)
	}
	return rules
}

func requests(t *rapid.T) []workloads.Request {
	var list []workloads.Request
	gap := rapid.SampledFrom([]int{0, 1000, 10_000, 100_000, 400_000}).Draw(t, "gap")
	mostInput := rapid.SampledFrom([]int{1, 20, 100, 200}).Draw(t, "inputs")
	mostOutput := rapid.SampledFrom([]int{1, 20, 100, 200}).Draw(t, "outputs")
	at := units.Picoseconds(0)
	for range rapid.IntRange(0, 60).Draw(t, "requests") {
		at += units.Picoseconds(rapid.IntRange(0, gap).Draw(t, "after"))
		q := workloads.Request{Arrival: at, Input: rapid.IntRange(1, mostInput).Draw(t, "in"),
			Output: rapid.IntRange(1, mostOutput).Draw(t, "out")}
		q.Priority = int32(len(list)*len(list)%7) - 3
		q.Session = []uint64{0, 5, 1 << 40, math.MaxUint64}[len(list)*len(list)/3%4]
		if rapid.Bool().Draw(t, "declared") {
			q.MaxOutput = q.Output + rapid.IntRange(0, 50).Draw(t, "more")
		}
		list = append(list, q)
	}
	return list
}

// enlarge makes a few requests long ones, and the engine one that can hold them.
func enlarge(t *rapid.T, c *Config, requests []workloads.Request) {
	c.Limits.MaxModelLen = 6000
	c.Blocks = rapid.IntRange(60, 3000).Draw(t, "many blocks")
	if !c.Limits.ChunkedPrefill {
		c.Limits.MaxNumBatchedTokens = c.Limits.MaxModelLen
	}
	for i := range min(3, len(requests)) {
		q := &requests[i]
		q.Input = rapid.IntRange(1, 3000).Draw(t, "long in")
		q.Output = rapid.IntRange(1, 3000).Draw(t, "long out")
		q.MaxOutput = max(q.MaxOutput, q.Output)
	}
}

// tighten gives the pool little more than the largest request needs, and most sequences leave to run, so that
// they drive each other out.
func tighten(t *rapid.T, c *Config, requests []workloads.Request) {
	largest := 1
	for _, q := range requests {
		if tokens := q.Input + q.Output; tokens <= c.Limits.MaxModelLen {
			largest = max(largest, c.Layout.Blocks(tokens))
		}
	}
	c.Blocks = usable(c.Policy, largest+rapid.IntRange(0, largest).Draw(t, "spare"))
	c.Limits.MaxNumSeqs = 12
	c.Limits.ReserveFullInput, c.Limits.Watermark = false, 0
	c.Limits.ScheduleConservativeness = 0.05
}

// wholePages makes chunks of whole pages where the engine asks for them.
func wholePages(c *Pool) {
	if (c.Policy == "sglang" || c.Policy == "trtllm") && c.Limits.ChunkedPrefill {
		page := c.Layout.BlockTokens
		c.Limits.MaxNumBatchedTokens = (c.Limits.MaxNumBatchedTokens + page - 1) / page * page
	}
}

// shareContent lets prompts begin alike: each goes on from the beginning of an earlier one. A chunk of 0
// tokens means no content ids.
func shareContent(t *rapid.T, requests []workloads.Request, chunk int) {
	next := uint64(1)
	for i := range requests {
		if chunk == 0 {
			return
		}
		q := &requests[i]
		full := (q.Input + chunk - 1) / chunk
		if i > 0 {
			earlier := requests[rapid.IntRange(0, i-1).Draw(t, "like")]
			most := min(full, earlier.Input/chunk)
			same := most - rapid.IntRange(0, most).Draw(t, "unlike")
			q.Blocks = append(q.Blocks, earlier.Blocks[:same]...)
		}
		for len(q.Blocks) < full {
			q.Blocks = append(q.Blocks, next)
			next++
		}
	}
}

// outcome runs an engine and collects what it reports of each request.
func outcome(t interface{ Fatal(...any) }, c Config, w workloads.Source,
	run func(Config) (*Result, error)) (*Result, []Finished) {
	var finished []Finished
	c.Workload = w
	c.OnFinish = func(f *Finished) { finished = append(finished, *f) }
	r, err := run(c)
	if err != nil {
		t.Fatal(err)
	}
	return r, finished
}

func engine(c Config) (*Result, error) { return Run(context.Background(), c) }

// sameRun compares two runs: every time and count with ==, sums of floats up to rounding.
func sameRun(a, b *Result, x, y []Finished) string {
	order := func(p, q Finished) int { return p.Index - q.Index }
	slices.SortStableFunc(x, order)
	slices.SortStableFunc(y, order)
	if d := cmp.Diff(x, y); d != "" {
		return d
	}
	rounding := cmp.FilterPath(func(p cmp.Path) bool {
		switch p.Last().String() {
		case ".Mean", ".QueueMean", ".PrefillMean", ".DecodeQueueMean", ".TransferMean", ".FirstStepMean", ".ParkedMean", ".Std", ".Keys", ".Running", ".Waiting", ".KVUsage", "[0]", "[1]", "[2]", "[3]":
			return true
		}
		return false
	}, cmp.Comparer(func(a, b float64) bool {
		return math.Abs(a-b) <= 1e-9*max(math.Abs(a),
			math.Abs(b))+1e-15
	}))
	return cmp.Diff(a, b, rounding, cmpopts.IgnoreFields(Result{}, "ByStep", "Sessions"))
}

func TestEngineEqualsOracle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, fresh := scenario(t)
		want, wantFinished := outcome(t, c, fresh(), simulate)
		got, gotFinished := outcome(t, c, fresh(), engine)
		if d := sameRun(want, got, wantFinished, gotFinished); d != "" {
			t.Fatalf("oracle (-) and engine (+) differ:\n%s", d)
		}
	})
}

func TestParallelEqualsSequential(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, fresh := scenario(t)
		c.Replicas = max(2, c.Replicas)
		c.Workload = fresh()
		if _, closed := c.Workload.(workloads.Closed); closed {
			return
		}
		alone, err := Run(context.Background(), c)
		if err != nil {
			t.Fatal(err)
		}
		c.NewStep = func() cost.Stepper { return c.Step }
		workers := []int{1}
		if c.Router == router.RoundRobin && len(c.Others) == 0 && c.Verify == nil && c.Basis.Patience == nil {
			workers = []int{1, 2, min(3, c.Replicas)}
		}
		if err := complete(&c); err != nil {
			t.Fatal(err)
		}
		for _, n := range workers {
			c.Workload = fresh()
			f, err := fleet.SimulateOn(context.Background(), &c, n)
			if err != nil {
				t.Fatal(err)
			}
			if err := f.Audit(); err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(alone, summary.Of(&c, f.Pools)); d != "" {
				t.Fatalf("one goroutine (-) and %d (+) differ:\n%s", n, d)
			}
		}
	})
}
