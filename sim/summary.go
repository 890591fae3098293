package sim

import (
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/metrics"
)

// psPerMs converts the picoseconds of sketches to the milliseconds of results.
const psPerMs = 1e9

// result sums up a finished run.
func (f *fleet) result() *Result {
	r := &Result{SketchError: metrics.RelativeError}
	var ttft, tpot, itl, e2e metrics.Moments
	warmup := 0.0
	for _, p := range f.replicas {
		a := &p.account
		r.Completed += a.completed
		r.Failed += a.failed
		r.InputTokens += a.input
		r.OutputTokens += a.output
		r.Preemptions += a.preemptions
		r.Steps += a.steps
		r.ByStep += a.byStep
		r.Prefix.add(&a.prefix)
		r.Duration = max(r.Duration, a.lastToken)
		r.MaxContext = max(r.MaxContext, a.maxContext)
		ttft.Merge(&a.ttft.sum)
		tpot.Merge(&a.tpot.sum)
		itl.Merge(&a.itl.sum)
		e2e.Merge(&a.e2e.sum)
		warmup += a.warmupE2E
	}
	for _, p := range f.replicas {
		if r.Duration > p.since {
			p.rested(r.Duration)
		}
	}
	j := f.journals[0]
	for _, o := range f.journals[1:] {
		j.merge(o)
	}
	r.TTFT = distribution(j.ttft, &ttft)
	r.TPOT = distribution(j.tpot, &tpot)
	r.ITL = distribution(j.itl, &itl)
	r.E2E = distribution(j.e2e, &e2e)
	r.WarmupE2E = warmup / psPerMs
	r.ConcurrentSequences = levels(&j.running, j.series.Total(metrics.Running), 1)
	blocks := float64(f.config.DP * f.config.Blocks)
	r.KVUsage = levels(&j.held, j.series.Total(metrics.Held), blocks)
	f.queueLengths(r)
	r.MeanDecode = f.meanDecode()
	r.Series = j.windows(r.Duration, blocks*float64(f.config.Replicas))
	return r
}

// queueLengths adds up how many requests waited at each replica when it was sent its last one, and the one in the middle.
func (f *fleet) queueLengths(r *Result) {
	grown, arrived := 0.0, 0.0
	for _, p := range f.replicas {
		q := &p.account.queue
		r.QueueEnd += q.last
		r.QueueHalf += q.half()
		grown += q.growth()
		arrived += float64(float64(q.seen) / 4)
	}
	if arrived > 0 {
		r.QueueGrowth = grown / arrived
	}
}

func (p *PrefixStats) add(o *PrefixStats) {
	p.Tokens += o.Tokens
	p.HitTokens += o.HitTokens
	p.Blocks += o.Blocks
	p.HitBlocks += o.HitBlocks
}

// cdfPoints bounds Distribution.CDF.
const cdfPoints = 200

// distribution joins what a sketch and exact moments know of one latency.
func distribution(s *metrics.Sketch, m *metrics.Moments) Distribution {
	order := s.Order(m)
	quantile := func(q float64) float64 { return order.Quantile(q) / psPerMs }
	d := Distribution{
		Count: m.Count,
		Mean:  m.Mean() / psPerMs, Std: m.Std() / psPerMs, Min: m.Min / psPerMs, Max: m.Max / psPerMs,
		Median: quantile(0.5), P90: quantile(0.9), P95: quantile(0.95), P99: quantile(0.99), P999: quantile(0.999),
	}
	order.CDF(cdfPoints, func(value, share float64) {
		d.CDF = append(d.CDF, [2]float64{value / psPerMs, share})
	})
	return d
}

func levels(l *metrics.Levels, total metrics.Area, unit float64) Levels {
	return Levels{Mean: l.Mean(total) / unit, P50: l.Quantile(0.5) / unit, P99: l.Quantile(0.99) / unit, Max: l.Max() / unit}
}

// meanDecode averages over the pure decode steps of all replicas.
func (f *fleet) meanDecode() MeanStep {
	reaches := len(f.config.Step.Reaches())
	m := MeanStep{Keys: make([]float64, reaches)}
	var steps, sequences int64
	for _, p := range f.replicas {
		steps += p.account.decodeSteps
		sequences += p.account.decodeSequences
		for i := range reaches {
			m.Keys[i] += p.account.decodeKeys[i]
		}
	}
	if steps == 0 {
		return m
	}
	m.Sequences = float64(sequences) / float64(steps)
	for i := range reaches {
		m.Keys[i] /= float64(steps)
	}
	return m
}

// windows turns the journal's series, up to the last token, into a result's.
func (j *journal) windows(last units.Picoseconds, blocks float64) []Window {
	var list []Window
	j.series.Each(last, func(start, end units.Picoseconds, w *metrics.Interval) {
		list = append(list, Window{
			Start: start, End: end,
			Running:      w.Mean(metrics.Running, start, end),
			Waiting:      w.Mean(metrics.Waiting, start, end),
			KVUsage:      w.Mean(metrics.Held, start, end) / blocks,
			InputTokens:  w.Count(metrics.InputTokens),
			OutputTokens: w.Count(metrics.OutputTokens),
			Arrivals:     w.Count(metrics.Arrivals),
			Completions:  w.Count(metrics.Completions),
			Preempted:    w.Count(metrics.Preemptions),
		})
	})
	return list
}
