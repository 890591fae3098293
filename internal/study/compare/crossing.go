package compare

import (
	"context"
	"math"

	"github.com/roofserve/roofserve/internal/portable"
	"github.com/roofserve/roofserve/internal/study/deployments"
	"github.com/roofserve/roofserve/internal/study/explain"
)

// metric is a number by which two models are ranked as something grows. Zero means that it is out of reach.
type metric struct {
	name       string
	over       string // what grows: "context" or "load"
	moreIsGood bool
	doubt      func(*HalfWidths) float64 // half the width of its interval; nil where what it counts is not timed
	ofContext  func(*ContextPoint) float64
	ofLoad     func(*Outcome) float64
}

// Names of the metrics that crossings are looked for in.
const (
	SequencesAtOnce = "sequences at once"
	BatchTPOT       = "time per output token of the batch"
	SaturatedOutput = "output throughput at saturation"
	MedianTPOT      = "median time per output token"
	MedianTTFT      = "median time to first token"
)

// metrics are what crossings are looked for in.
func metrics() []metric {
	tpot := func(d *HalfWidths) float64 { return d.TPOT }
	ttft := func(d *HalfWidths) float64 { return d.TTFT }
	return []metric{
		{SequencesAtOnce, "context", true, nil, func(p *ContextPoint) float64 { return float64(p.Sequences) }, nil},
		{BatchTPOT, "context", false, tpot, func(p *ContextPoint) float64 { return p.TPOT }, nil},
		{SaturatedOutput, "context", true, tpot, func(p *ContextPoint) float64 { return p.Output }, nil},
		{MedianTPOT, "load", false, tpot, nil, func(o *Outcome) float64 { return stable(o, o.MedianTPOT) }},
		{MedianTTFT, "load", false, ttft, nil, func(o *Outcome) float64 { return stable(o, o.MedianTTFT) }},
	}
}

// stable is a latency where it does not depend on how long the workload is.
func stable(o *Outcome, latency float64) float64 {
	if o.Overloaded {
		return 0
	}
	return latency
}

// pair is two models on one device.
type pair struct {
	one, other     *Entry
	first, second  *candidate
	bench          *deployments.Bench
	requestsPerSec float64 // at a rate scale of 1
}

// crossings finds, for every two models on a device, where one overtakes the other on the same GPUs.
func (s *Study) crossings(work *runner, list []candidate) error {
	var found [][]Crossing
	var jobs []job
	for i := range list {
		for j := i + 1; j < len(list) && s.Entries[j].Device == s.Entries[i].Device; j++ {
			at := len(found)
			found = append(found, nil)
			jobs = append(jobs, func(ctx context.Context) (err error) {
				p := &pair{&s.Entries[i], &s.Entries[j], &list[i], &list[j], deployments.NewBench(ctx),
					s.Workload.Rate / s.Workload.RateScale}
				found[at], err = p.crossings(ctx)
				return err
			})
		}
	}
	err := work.all(jobs)
	for _, f := range found {
		s.Crossings = append(s.Crossings, f...)
	}
	return err
}

func (p *pair) crossings(ctx context.Context) ([]Crossing, error) {
	var list []Crossing
	for _, m := range metrics() {
		xs, leads := p.leads(&m)
		for _, gap := range changes(leads, p.tie(&m)) {
			at, err := p.narrow(ctx, &m, xs[gap[0]], xs[gap[1]], leads[gap[0]])
			if err != nil {
				return nil, err
			}
			if m.over == "load" {
				at *= p.requestsPerSec
			}
			c := Crossing{Device: p.one.Device, Metric: m.name, Over: m.over, At: at, Below: p.one.Model,
				Above: p.other.Model}
			if (leads[gap[0]] > 0) != m.moreIsGood {
				c.Below, c.Above = c.Above, c.Below
			}
			list = append(list, c)
		}
	}
	return list, nil
}

// leads are by how much the first model's metric exceeds the second's, as a logarithm, wherever both have it.
func (p *pair) leads(m *metric) (xs, leads []float64) {
	add := func(x, one, other float64) {
		if one > 0 && other > 0 {
			xs, leads = append(xs, x), append(leads, portable.Log(one/other))
		}
	}
	if m.over == "load" {
		for i := range min(len(p.one.Loads), len(p.other.Loads)) {
			add(p.one.Loads[i].RateScale, m.ofLoad(&p.one.Loads[i]), m.ofLoad(&p.other.Loads[i]))
		}
		return xs, leads
	}
	for i := range min(len(p.one.Contexts), len(p.other.Contexts)) {
		add(float64(p.one.Contexts[i].Context), m.ofContext(&p.one.Contexts[i]), m.ofContext(&p.other.Contexts[i]))
	}
	return xs, leads
}

// tie is the lead in a metric below which two models cannot be told apart.
func (p *pair) tie(m *metric) float64 {
	if m.doubt == nil {
		return explain.LeastLead
	}
	return explain.Tie(m.doubt(&p.one.HalfWidths), m.doubt(&p.other.HalfWidths))
}

// changes are the gaps, by the indices of their ends, over which the lead changes sides by more than a tie.
func changes(leads []float64, tie float64) [][2]int {
	var gaps [][2]int
	last := -1
	for i, lead := range leads {
		if math.Abs(lead) < tie {
			continue
		}
		if last >= 0 && (lead > 0) != (leads[last] > 0) {
			gaps = append(gaps, [2]int{last, i})
		}
		last = i
	}
	return gaps
}

// halvings of a gap: a factor of two becomes 2%.
const halvings = 5

// narrow finds where in a gap the lead changes sides, by simulating both models in its middle, again and
// again.
func (p *pair) narrow(ctx context.Context, m *metric, low, high, leadAtLow float64) (float64, error) {
	for range halvings {
		middle := math.Sqrt(low * high)
		if m.over == "context" {
			middle = math.Round(middle)
		}
		one, err := p.value(ctx, m, p.first, p.one, middle)
		if err != nil {
			return 0, err
		}
		other, err := p.value(ctx, m, p.second, p.other, middle)
		if err != nil {
			return 0, err
		}
		if one > 0 && other > 0 && (one > other) == (leadAtLow > 0) {
			low = middle
		} else {
			high = middle
		}
	}
	return math.Sqrt(low * high), nil
}

// value is one model's metric at a context or a load.
func (p *pair) value(ctx context.Context, m *metric, c *candidate, e *Entry, x float64) (float64, error) {
	if m.over == "load" {
		o, err := c.at(ctx, e.Same, x)
		if err != nil {
			return 0, err
		}
		return m.ofLoad(o), nil
	}
	point, err := c.point(p.bench, e.Same.GPUs, int(x))
	if err != nil {
		return 0, err
	}
	return m.ofContext(&point), nil
}
