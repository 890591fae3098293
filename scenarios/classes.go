package scenarios

import (
	"fmt"
	"math"
	"slices"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim"
	"github.com/roofserve/roofserve/sim/metrics"
	"github.com/roofserve/roofserve/workloads"
)

// ClassResult is what the requests of one class of clients saw.
type ClassResult struct {
	Name   string // empty of requests that belong to no class of the scenario
	Limits SLO    // on each of them
	Share  float64
	// Completed, Failed and Lost count them all, Good those within every limit. A gateway rejected or gave up
	// what is lost.
	Completed, Failed, Lost   int
	Good                      int
	InputTokens, OutputTokens int64 // of completed ones
	latencies                 map[string]sim.Distribution
	duration                  units.Picoseconds // of the run
}

// all is the number of the class's requests.
func (c *ClassResult) all() int { return c.Completed + c.Failed + c.Lost }

// Attainment is the share of the requests that met every limit; NaN where there is no request, or no limit.
func (c *ClassResult) Attainment() float64 {
	all := c.all()
	if all == 0 || !c.Limits.limits() {
		return math.NaN()
	}
	return float64(c.Good) / float64(all)
}

// Met tells whether as many requests met the limits as the class asks for.
func (c *ClassResult) Met() bool { return c.Attainment() >= c.Share }

// attainment is the metric of a class that its share is about.
const attainment = "attainment"

// classMetric defines a number that a class of clients has: a system's metric of its requests alone.
type classMetric struct {
	Definition
	of func(*ClassResult) float64
}

// classMetrics are all of them, in the order of a class's JSON object.
var classMetrics = defineClassMetrics()

func defineClassMetrics() []classMetric {
	list := []classMetric{
		{of: func(c *ClassResult) float64 { return float64(c.Completed) }, Definition: *Define("completed")},
		{of: func(c *ClassResult) float64 { return float64(c.Failed) }, Definition: *Define("failed")},
		{of: func(c *ClassResult) float64 { return float64(c.all()) }, Definition: *Define("num_prompts")},
		{of: func(c *ClassResult) float64 { return float64(c.InputTokens) }, Definition: *Define("total_input_tokens")},
		{of: func(c *ClassResult) float64 { return float64(c.OutputTokens) }, Definition: *Define("total_output_tokens")},
		{of: func(c *ClassResult) float64 { return c.each(float64(c.Completed)) }, Definition: *Define("request_throughput")},
		{of: func(c *ClassResult) float64 { return c.each(float64(c.OutputTokens)) }, Definition: *Define("output_throughput")},
		{of: func(c *ClassResult) float64 {
			if !c.Limits.limits() {
				return math.NaN()
			}
			return c.each(float64(c.Good))
		}, Definition: *Define(Goodput)},
		{of: (*ClassResult).Attainment, Definition: Definition{
			Key: attainment, Title: "attainment", Unit: "share", Scope: OfSystem, Better: Higher,
			Meaning: "Share of the class's requests, failed and lost ones included, that met every limit on them.",
		}},
	}
	for i := range Latencies {
		l := &Latencies[i]
		if l.Request == nil {
			continue
		}
		for _, s := range Statistics {
			list = append(list, classMetric{Definition: *Define(l.Metric(s.Key)), of: func(c *ClassResult) float64 {
				d := c.latencies[l.Key]
				if d.Count == 0 {
					return math.NaN()
				}
				return s.of(&d)
			}})
		}
	}
	return list
}

// each is an amount for each second of the run; NaN where it took no time.
func (c *ClassResult) each(amount float64) float64 {
	if c.duration == 0 {
		return math.NaN()
	}
	return amount / float64(c.duration.Seconds())
}

// Metrics are the class's numbers.
func (c *ClassResult) Metrics() []Metric {
	var list []Metric
	for i := range classMetrics {
		d, missing := &classMetrics[i], ""
		value := d.of(c)
		switch {
		case !math.IsNaN(value):
		case c.all() == 0:
			missing = "no request is of the class"
		case !c.Limits.limits() && (d.Key == Goodput || d.Key == attainment):
			missing = "the class has no limit"
		default:
			missing = "no request of the class has one"
		}
		list = append(list, statistic(d.Key, value, missing))
	}
	return list
}

// ClassMetricNames lists the metrics of a class.
func ClassMetricNames() []string {
	list := make([]string, len(classMetrics))
	for i := range classMetrics {
		list[i] = classMetrics[i].Key
	}
	return list
}

// DefineClass is the definition of a class's metric with a key; nil where there is none.
func DefineClass(key string) *Definition {
	i := slices.IndexFunc(classMetrics, func(m classMetric) bool { return m.Key == key })
	if i < 0 {
		return nil
	}
	return &classMetrics[i].Definition
}

// JainIndex tells how evenly the limits of classes are met: of their attainments x, (Σx)² / (n·Σx²), which
// is 1 where all are alike and 1/n where one class alone is served (Jain, Chiu and Hawe 1984). NaN where no
// class has an attainment.
func JainIndex(classes []ClassResult) float64 {
	n, sum, squares := 0.0, 0.0, 0.0
	for i := range classes {
		if x := classes[i].Attainment(); !math.IsNaN(x) {
			n++
			sum += x
			squares += float64(x * x)
		}
	}
	if squares == 0 {
		return math.NaN()
	}
	return float64(sum*sum) / float64(n*squares)
}

// classWatch counts requests by their classes while a scenario runs.
type classWatch struct {
	names   []workloads.ClassName
	classes []classTally                // of the names, and of requests of none of them
	running map[int]workloads.ClassName // of requests that are not finished, by their number
	warmup  units.Picoseconds
}

// classTally is what is known of a class so far.
type classTally struct {
	ClassResult
	sketches map[string]*metrics.Sketch
	moments  map[string]*metrics.Moments
}

// watchClasses counts the requests of a source by their classes as they finish. It is nil, and costs nothing,
// where the scenario has no classes.
func (b *Built) watchClasses(hooks *Hooks) *classWatch {
	o := &b.Scenario.SLO
	if len(o.Classes) == 0 {
		return nil
	}
	w := &classWatch{running: map[int]workloads.ClassName{},
		warmup: units.Seconds(b.Scenario.Workload.Warmup).Picoseconds()}
	for i := range o.Classes {
		c := &o.Classes[i]
		w.names = append(w.names, workloads.ClassNamed(c.Name))
		w.add(ClassResult{Name: c.Name, Limits: *c.of(o), Share: c.Share})
	}
	w.add(ClassResult{Limits: SLO{TTFT: o.TTFT, TPOT: o.TPOT, TBT: o.TBT, E2E: o.E2E}})
	b.source = workloads.Watch(b.source, func(i int, r *workloads.Request) { w.running[i] = r.Class })
	hooks.finished(w.finish)
	return w
}

func (w *classWatch) add(c ClassResult) {
	t := classTally{ClassResult: c, sketches: map[string]*metrics.Sketch{},
		moments: map[string]*metrics.Moments{}}
	for i := range Latencies {
		if l := &Latencies[i]; l.Request != nil {
			t.sketches[l.Key], t.moments[l.Key] = metrics.NewSketch(), &metrics.Moments{}
		}
	}
	w.classes = append(w.classes, t)
}

// finish counts a request.
func (w *classWatch) finish(f *sim.Finished) {
	i := slices.Index(w.names, w.running[f.Index])
	delete(w.running, f.Index)
	if i < 0 {
		i = len(w.names)
	}
	t := &w.classes[i]
	switch {
	case f.Failed:
		t.Failed++
		return
	case !f.Answered():
		t.Lost++
		return
	}
	t.Completed++
	t.InputTokens += int64(f.Input)
	t.OutputTokens += int64(f.Output)
	if t.Limits.Met(f) {
		t.Good++
	}
	if f.Arrival < w.warmup {
		return
	}
	for i := range Latencies {
		l := &Latencies[i]
		if l.Request == nil {
			continue
		}
		if ms, ok := l.Request(f); ok {
			ps := float64(ms * sim.PsPerMs)
			t.sketches[l.Key].Add(ps, 1)
			t.moments[l.Key].Add(ps, 1)
		}
	}
}

// results are the classes of a run that took so long, and the requests of all that met their limits. Requests
// of no class come last, where there are any.
func (w *classWatch) results(duration units.Picoseconds) (list []ClassResult, good int) {
	for i := range w.classes {
		t := &w.classes[i]
		if i == len(w.names) && t.all() == 0 {
			continue
		}
		t.latencies, t.duration = map[string]sim.Distribution{}, duration
		for key, sketch := range t.sketches {
			t.latencies[key] = sim.DistributionOf(sketch, t.moments[key])
		}
		list = append(list, t.ClassResult)
		if t.Limits.limits() {
			good += t.Good
		}
	}
	return list, good
}

// classWarnings say which classes are of no request.
func (r *Run) classWarnings() []string {
	var list []string
	for i := range r.Classes {
		if c := &r.Classes[i]; c.all() == 0 {
			list = append(list, fmt.Sprintf("no request is of the class %q of [[slo.class]]", c.Name))
		}
	}
	return list
}
