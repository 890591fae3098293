package compare

import (
	"cmp"
	"context"
	"fmt"
	"runtime"

	"golang.org/x/sync/errgroup"

	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/internal/study/capacity"
	"github.com/roofserve/roofserve/internal/study/deployments"
	"github.com/roofserve/roofserve/internal/study/explain"
	"github.com/roofserve/roofserve/workloads"
)

// job measures one thing of one candidate and writes it into its own place.
type job func(context.Context) error

// runner carries out the jobs of a study, several at once.
type runner struct {
	ctx    context.Context
	onDone func(done int)
	done   int
}

// all runs jobs on all cores. What they find does not depend on their order.
func (r *runner) all(jobs []job) error {
	group, ctx := errgroup.WithContext(r.ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	finished := make(chan struct{}, len(jobs))
	for _, j := range jobs {
		group.Go(func() error {
			defer func() { finished <- struct{}{} }()
			return j(ctx)
		})
	}
	counted := make(chan struct{})
	go func() {
		defer close(counted)
		for range jobs {
			<-finished
			r.done++
			if r.onDone != nil {
				r.onDone(r.done)
			}
		}
	}()
	err := group.Wait()
	<-counted
	return err
}

// parts of a candidate's measurements, for the count of what is to do.
const partsPerCandidate = 5

// Parts is how many parts the study has.
func (r *Question) Parts() int {
	models := len(r.Models)
	return len(r.Devices) * (partsPerCandidate*models + models*(models-1)/2)
}

// Run carries out the study. onDone, where set, is called with the number of parts that are done after each.
func Run(ctx context.Context, r *Question, onDone func(done int)) (*Study, error) {
	list := r.candidates()
	s := &Study{Workload: Workload{Name: r.Workload, RateScale: r.RateScale}, Objectives: r.Objectives,
		Batch: r.Batch, Rule: r.Plan, Entries: make([]Entry, len(list))}
	if r.divides() {
		s.Rule = explain.AsGiven
	}
	work := &runner{ctx: ctx, onDone: onDone}
	for i := range list {
		e, err := list[i].describe()
		if err != nil {
			return nil, err
		}
		s.Entries[i] = *e
	}
	if err := s.sameGPUs(r, list); err != nil {
		return nil, err
	}
	if err := s.findEdges(work, list); err != nil {
		return nil, err
	}
	if err := s.measure(work, list); err != nil {
		return nil, err
	}
	return s, s.crossings(work, list)
}

// sameGPUs gives every model on a device as many GPUs as the request says, or as the largest of them needs,
// and the plan that is chosen for the workload's mean context.
func (s *Study) sameGPUs(r *Question, list []candidate) error {
	if err := list[0].count(s.Entries[0].Smallest, &s.Workload); err != nil {
		return err
	}
	mean := s.Workload.MeanContext()
	for _, e := range s.Entries {
		i := s.device(e.Device)
		if i < 0 {
			d, err := hw.Lookup(e.Device)
			if err != nil {
				return err
			}
			s.Devices = append(s.Devices, Device{Name: e.Device, PricePerHour: float64(d.PricePerHour)})
			i = len(s.Devices) - 1
		}
		s.Devices[i].GPUs = cmp.Or(r.gpus(), max(s.Devices[i].GPUs, e.Smallest.GPUs))
	}
	for i := range s.Entries {
		e := &s.Entries[i]
		p, err := list[i].divided(r.Plan, s.Devices[s.device(e.Device)].GPUs, mean)
		if err != nil {
			return err
		}
		e.Same = p.Placement
	}
	return nil
}

// underRules are the plans that every rule chooses; none where the request says how to divide the models.
func (c *candidate) underRules(gpus, context int) (list []RulePlan, err error) {
	if c.request.divides() {
		return []RulePlan{}, nil
	}
	for _, rule := range explain.Rules {
		p, err := c.divided(rule, gpus, context)
		if err != nil {
			return nil, err
		}
		list = append(list, p)
	}
	return list, nil
}

// count counts the requests of the workload and their tokens as they come: on a plan, since what is served
// does not matter.
func (c *candidate) count(p Placement, w *Workload) error {
	s, err := c.under(c.on(p), c.request.RateScale)
	if err != nil {
		return err
	}
	b, err := s.Build()
	if err != nil {
		return err
	}
	defer b.Close()
	var r workloads.Request
	for b.Source().Next(&r) {
		w.Requests++
		w.MeanInput += float64(r.Input)
		w.MeanOutput += float64(r.Output)
	}
	if w.Requests == 0 {
		return fmt.Errorf("%s has no requests", c.request.Workload)
	}
	w.MeanInput /= float64(w.Requests)
	w.MeanOutput /= float64(w.Requests)
	return b.Source().Err()
}

func (s *Study) device(name string) int {
	for i := range s.Devices {
		if s.Devices[i].Name == name {
			return i
		}
	}
	return -1
}

// findEdges finds the largest load of every candidate on the same GPUs, the fewest GPUs for the workload's
// own load, and the rate of its requests.
func (s *Study) findEdges(work *runner, list []candidate) error {
	trials := make([]*capacity.Trial, len(list))
	var jobs []job
	for i := range list {
		e, c := &s.Entries[i], &list[i]
		jobs = append(jobs, func(ctx context.Context) (err error) {
			if trials[i], err = c.edge(ctx, e); err == nil {
				e.HalfWidths, err = doubt(trials[i])
			}
			return err
		}, func(ctx context.Context) (err error) {
			e.Enough, e.Load, err = c.enough(ctx, e.Smallest)
			return err
		})
	}
	if err := work.all(jobs); err != nil {
		return err
	}
	for i, t := range trials {
		if t.Run != nil {
			// with those about what was not measured
			s.Entries[i].Warnings = append([]string{}, t.Run.Parts.Warnings...)
		}
	}
	for _, t := range trials {
		if t.Metrics["completed"] > 0 {
			s.Workload.Rate = s.Workload.RateScale * arrivalRate(t.Run.Result) / t.Load
			return nil
		}
	}
	longest := 0
	for i := range s.Entries {
		longest = max(longest, s.Entries[i].MaxContext)
	}
	return fmt.Errorf("no request of %s can be served by any of the models: they have %.0f tokens in the mean, and the longest context is %d",
		s.Workload.Name, s.Workload.MeanInput+s.Workload.MeanOutput, longest)
}

// measure carries out the other comparisons of every candidate.
func (s *Study) measure(work *runner, list []candidate) error {
	mean := s.Workload.MeanContext()
	var jobs []job
	for i := range list {
		e, c := &s.Entries[i], &list[i]
		for _, p := range []*Placement{&e.Smallest, &e.Same, e.Enough} {
			if p == nil {
				continue
			}
			if err := c.divide(p, mean); err != nil {
				return err
			}
		}
		rates := s.rates(e.Device)
		jobs = append(jobs, func(ctx context.Context) error {
			bench := deployments.NewBench(ctx)
			for _, length := range contexts(e.MaxContext) {
				point, err := c.point(bench, e.Same.GPUs, length)
				if err != nil {
					return err
				}
				e.Contexts = append(e.Contexts, point)
			}
			return nil
		}, func(ctx context.Context) error {
			for _, rate := range rates {
				o, err := c.at(ctx, e.Same, rate)
				if err != nil {
					return err
				}
				e.Loads = append(e.Loads, *o)
			}
			return nil
		}, func(context.Context) (err error) {
			if e.Rules, err = c.underRules(e.Same.GPUs, mean); err != nil {
				return err
			}
			e.TPOT, e.Levers, err = c.levers(e.Same, mean)
			return err
		})
	}
	return work.all(jobs)
}

// loadShares of the largest capacity on a device are the loads at which its models are compared.
var loadShares = []float64{0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.85, 1}

// rates are the loads at which the models on a device are compared, without those at which the requests would
// arrive over more time than the clock counts, by twice their mean span.
func (s *Study) rates(device string) []float64 {
	most := 0.0
	for i := range s.Entries {
		if e := &s.Entries[i]; e.Device == device && e.Edge != nil {
			most = max(most, e.Edge.RateScale)
		}
	}
	var list []float64
	for _, share := range loadShares {
		rate := share * most
		perSecond := rate * s.Workload.Rate / s.Workload.RateScale
		if perSecond > 0 && 2*float64(s.Workload.Requests)/perSecond < workloads.MaxSpan {
			list = append(list, rate)
		}
	}
	return list
}
