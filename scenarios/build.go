package scenarios

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim"
	"github.com/roofserve/roofserve/sim/cost"
	"github.com/roofserve/roofserve/sim/drafts"
	"github.com/roofserve/roofserve/sim/engines"
	"github.com/roofserve/roofserve/sim/order"
	"github.com/roofserve/roofserve/workloads"
)

// Built is a scenario that is ready to run, once.
type Built struct {
	Scenario *Scenario // resolved
	Parts    *Parts
	cost     *cost.Model
	source   workloads.Source
	system   *system     // whose cost and meters serve others too; nil where they are b's own
	meter    *cost.Meter // nil until it is needed
	lent     lent
	pools    []*Built // of a scenario that has several, in their order, b among them
}

// Build resolves the scenario, checks that it fits in memory, compiles its cost model and opens its workload.
// Close the result where it is not run.
func (s *Scenario) Build() (*Built, error) {
	r, p, err := s.Resolve()
	if err != nil {
		return nil, err
	}
	if !p.Memory.Fits() {
		return nil, r.NoFit(p)
	}
	b := &Built{Scenario: r, Parts: p, system: p.system}
	if len(r.Pool) > 0 {
		err = s.buildPools(b)
	} else {
		b.cost, err = p.system.model(r, p)
	}
	if err != nil {
		return nil, err
	}
	if b.source, err = r.open(); err != nil {
		return nil, err
	}
	p.warnOfUncached(r, b.source)
	return b, nil
}

// NoFit says that the plan of a resolved scenario leaves no room, and what would.
func (s *Scenario) NoFit(p *Parts) *NoFit {
	e := &NoFit{Model: p.Model.Name, Device: p.Device.Name, GPUs: p.Plan.GPUs(), Memory: p.Memory}
	if plan, ok := s.SmallestPlan(p, 0); ok {
		e.Smallest = &plan
	}
	return e
}

// CostModel compiles a resolved scenario, whether it fits in memory or not, and adds warnings of efficiencies
// that rest on no measurement to its parts.
func (s *Scenario) CostModel(p *Parts) (*cost.Model, error) {
	set, origins, err := p.Engine.KernelsOn(p.Device, s.Engine.Version)
	if err != nil {
		return nil, err
	}
	p.Kernels = set
	routing, err := s.Routing.build(p)
	if err != nil {
		return nil, err
	}
	config := cost.Config{Model: p.Model, Device: p.Device, Plan: p.Plan, Kernels: p.Engine.Serving.Apply(set),
		Overhead: p.Engine.Cost(*s.Engine.AsyncScheduling), Routing: routing, Fusion: p.Engine.Fuses.Fusion(),
		Gathers:     p.Engine.Gathers.On(p.Device),
		Speculation: p.Speculation.cost(), Graphs: s.graphs(p),
		TwoBatches: s.twoBatches(p)}
	m, err := cost.New(config)
	if err != nil {
		return nil, err
	}
	p.origins = origins
	p.warnOfOrigins(m)
	return m, nil
}

// Requests is the number of requests to come; 0 where the workload does not know.
func (b *Built) Requests() int {
	if counted, ok := b.source.(workloads.Counted); ok {
		return counted.Len()
	}
	return 0
}

// Source is the requests to come.
func (b *Built) Source() workloads.Source { return b.source }

// Serve lets other requests come than the scenario's.
func (b *Built) Serve(w workloads.Source) error {
	err := workloads.Close(b.source)
	b.source = w
	return err
}

// Close lets go of the workload's files.
func (b *Built) Close() error {
	return workloads.Close(b.source)
}

// Hooks are what a caller may do while a scenario runs.
type Hooks struct {
	OnFinish   func(*sim.Finished)
	OnClass    func(request int, class string) // of each request as it is read; class is empty for none
	OnProgress func(requests int)
	Watching   sim.Watching
	Check      bool // verify conservation laws
	// NumbersOnly leaves out of the result what figures alone show: the series, and the curves of
	// distributions.
	NumbersOnly bool
}

// finished lets something happen, before all that does already, when a request finishes.
func (h *Hooks) finished(first func(*sim.Finished)) {
	next := h.OnFinish
	h.OnFinish = func(f *sim.Finished) {
		first(f)
		if next != nil {
			next(f)
		}
	}
}

// Run is a scenario that was simulated.
type Run struct {
	Scenario  *Scenario // resolved
	Parts     *Parts
	Result    *sim.Result
	Breakdown []cost.OperatorTime // of the mean decode step
	Intervals []Interval          // where they were asked for, with what they rest on
	Sureness  *Sureness
	Good      int // requests that met every limit of the scenario's [slo]; 0 where it has none
	// AnswerHits is how many tokens of earlier answers prompts of the same session have found in caches.
	AnswerHits int64
	Classes    []ClassResult // of the scenario's [[slo.class]], and of requests of no class where there are any
	Warnings   []string
	Verdicts   []Verdict // on the scenario's expectations; nil where Judge was not asked
	// Evidence is what the mean decode step rests on, found when it is asked for; nil where there is no such
	// step.
	Evidence func() *Evidence
}

// Notes are what a reader must know before trusting the numbers: what the time of a step rests on, and the
// warnings.
func (r *Run) Notes() []string {
	if r.Evidence == nil {
		return r.Warnings
	}
	return append([]string{r.Evidence().String()}, r.Warnings...)
}

// Run simulates the scenario.
func (b *Built) Run(ctx context.Context, hooks Hooks) (*Run, error) {
	s, p := b.Scenario, b.Parts
	good, last, classes := s.SLO.watch(&hooks), s.Workload.watchWarmup(&hooks), b.watchClasses(&hooks)
	if hooks.OnClass != nil {
		note := func(i int, r *workloads.Request) { hooks.OnClass(i, r.Class.String()) }
		b.source = workloads.Watch(b.source, note)
	}
	answers, waits := b.watchAnswers(&hooks), b.watchPatience()
	laws, err := b.watchDrafts(&hooks)
	if err != nil {
		return nil, err
	}
	pools, err := b.simPools()
	if err != nil {
		return nil, err
	}
	laws.tell(pools)
	waits.tell(pools)
	config := sim.Config{
		Pool: pools[0], Others: pools[1:], Exchange: b.exchange(), Workload: b.source, Seed: s.Workload.Seed,
		Admission:      s.admission(),
		RequestService: p.Engine.Overhead.RequestService().Picoseconds(),
		TokenService:   p.Engine.Overhead.TokenService().Picoseconds(),
		RequestDelay:   s.requestDelay(&p.Engine.Overhead),
		TokenDelay:     p.Engine.Overhead.TokenDelay().Picoseconds(),
		Warmup:         units.Seconds(s.Workload.Warmup).Picoseconds(),
		Check:          hooks.Check, NumbersOnly: hooks.NumbersOnly,
		OnFinish: hooks.OnFinish, LongGaps: s.SLO.asksForGaps(), OnProgress: hooks.OnProgress,
		Watching: hooks.Watching,
	}
	s.route(&config)
	result, err := sim.Run(ctx, config)
	for _, pool := range b.all() {
		pool.giveBack()
	}
	if err != nil {
		return nil, s.blame("workload", err)
	}
	if err := cmp.Or(s.emptyWindow(result), s.overslept(last)); err != nil {
		return nil, err
	}
	r := &Run{Scenario: s, Parts: p, Result: result, Breakdown: b.breakdown(result),
		Warnings: slices.Clone(p.Warnings), Good: *good, AnswerHits: answers.tokens()}
	if classes != nil {
		r.Classes, r.Good = classes.results(result.Duration)
		r.Warnings = append(r.Warnings, r.classWarnings()...)
	}
	r.Warnings = append(r.Warnings, laws.warnings()...)
	if loads := b.decodeLoads(result); loads != nil {
		model := b.cost
		r.Evidence = sync.OnceValue(func() *Evidence { return p.Evidence(model, loads, "mean decode step") })
	}
	r.Warnings = append(r.Warnings, r.outcomeWarnings()...)
	r.Warnings = append(r.Warnings, workloads.Notes(b.source)...)
	return r, nil
}

// requestDelay is the time before a request reaches the scheduler, its client's included.
func (s *Scenario) requestDelay(o *engines.Overhead) units.Picoseconds {
	delay := o.RequestDelay()
	if s.Workload.Client == clientBenchmark {
		delay += o.ClientDelay()
	}
	return delay.Picoseconds()
}

// pool is the replicas of b's plan, whose steps verify drafts where that is said.
func (b *Built) pool(verify *drafts.Verification) sim.Pool {
	s, p := b.Scenario, b.Parts
	return sim.Pool{
		Replicas: s.Hardware.Replicas, DP: p.Plan.DP, Stages: p.Plan.PP,
		Step: b.stepper(), NewStep: func() cost.Stepper { return b.newMeter() },
		Layout: p.Memory.Layout, Blocks: p.Memory.Blocks,
		Balancer: p.Engine.Balancer,
		Policy:   p.Engine.Policy, Order: s.Engine.Order, Limits: p.Limits,
		Basis:  order.Basis{Token: s.Engine.token()},
		Verify: verify, Plain: b.plain(), SwapBlock: b.swapBlock(),
		PrefixCaching: *s.Engine.PrefixCaching, AsyncScheduling: *s.Engine.AsyncScheduling,
	}
}

// Simulate builds the scenario, runs it, and lets go of its files.
func (s *Scenario) Simulate(ctx context.Context) (*Run, error) {
	b, err := s.Build()
	if err != nil {
		return nil, err
	}
	r, err := b.Run(ctx, Hooks{})
	return r, cmp.Or(err, b.Close())
}

// SurenessOf is how far a run of the scenario may be off.
func (s *Scenario) SurenessOf(r *Run) (*Sureness, error) {
	b, err := s.Build()
	if err != nil {
		return nil, err
	}
	defer b.Close()
	return b.Sureness(r)
}

// growingShare is the share of all requests that must wait at the end for a queue to count as growing.
const growingShare = 0.01

// Overloaded tells whether the queue still grew when the last request arrived: latencies then depend on the
// length of the workload.
func (r *Run) Overloaded() bool {
	return QueueGrew(r.Result.QueueHalf, r.Result.QueueEnd, r.Result.Requests(), r.Scenario.copies(),
		r.Scenario.Workload.Synthetic.Arrival.Process)
}

// QueueGrew tells it of the requests that waited at half and at the end of all, by the process of arrivals;
// empty for a trace. At each replica one may wait for the end of a step, which is no queue. Users of a closed
// loop wait for their answers, so their queue cannot grow.
func QueueGrew(half, end, all, replicas int, process string) bool {
	few := max(growingShare*float64(all), float64(replicas))
	return process != "closed" && float64(end) > few && end > half
}

// outcomeWarnings are what a reader must know before trusting the numbers.
func (r *Run) outcomeWarnings() []string {
	var list []string
	if r.Overloaded() {
		list = append(list, fmt.Sprintf("the queue still grew when the last request arrived (%d waited, %d at half the requests): "+
			"the load is more than this system serves, and latencies depend on the length of the workload", r.Result.QueueEnd, r.Result.QueueHalf))
	}
	if r.Result.Failed > 0 {
		list = append(list, fmt.Sprintf("%d %s failed: longer than max_model_len, than the whole cache, or, where prompts are not cut, than a step", r.Result.Failed, units.Plural(int(r.Result.Failed), "request")))
	}
	return list
}
