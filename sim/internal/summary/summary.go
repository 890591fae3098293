package summary

import (
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/contract"
	"github.com/roofserve/roofserve/sim/internal/replica"
	"github.com/roofserve/roofserve/sim/metrics"
)

// Of sums up what the pools' replicas recorded in a finished run.
func Of(c *contract.Config, pools []*replica.Pool) *contract.Result {
	r := &contract.Result{SketchError: metrics.RelativeError}
	var replicas []*replica.Replica
	for _, pool := range pools {
		replicas = append(replicas, pool.Replicas...)
	}
	var ttft, tpot, itl, e2e metrics.Moments
	warmup := 0.0
	for _, p := range replicas {
		a := &p.Account
		r.Completed += a.Completed
		r.Failed += a.Failed
		r.InputTokens += a.Input
		r.OutputTokens += a.Output
		r.Preemptions += a.Preemptions
		r.Steps += a.Steps
		r.ByStep += a.ByStep
		add(&r.Prefix, &a.Prefix)
		r.Router.PerReplica = append(r.Router.PerReplica, a.Completed+a.Failed)
		r.Router.Found += a.Found
		r.Router.Taken += a.Taken
		for n, steps := range a.Drafts {
			r.Drafts[n] += steps
		}
		r.Duration = max(r.Duration, a.LastToken)
		r.MaxContext = max(r.MaxContext, a.MaxContext)
		ttft.Merge(&a.TTFT.Sum)
		tpot.Merge(&a.TPOT.Sum)
		itl.Merge(&a.ITL.Sum)
		e2e.Merge(&a.E2E.Sum)
		warmup += a.WarmupE2E
	}
	for _, p := range replicas {
		if r.Duration > p.Since {
			p.Rested(r.Duration)
		}
	}
	blocks := 0.0 // of all replicas
	for i, pool := range pools {
		own := poolResult(pool)
		if i == 0 {
			r.PoolResult = own
		} else {
			r.Others = append(r.Others, own)
		}
		blocks += float64(pool.Config.DP * pool.Config.Blocks * len(pool.Replicas))
	}
	j := pools[0].Journals[0]
	for _, pool := range pools[1:] {
		j.Join(pool.Journals[0])
	}
	distribution := contract.DistributionOf
	if c.NumbersOnly {
		distribution = contract.NumbersOf
	}
	r.TTFT, r.TPOT = distribution(j.TTFT, &ttft), distribution(j.TPOT, &tpot)
	r.ITL, r.E2E = distribution(j.ITL, &itl), distribution(j.E2E, &e2e)
	r.WarmupE2E = warmup / contract.PsPerMs
	queueLengthsOf(r, replicas)
	r.MeanDecode = meanDecode(len(c.Step.Reaches()), replicas)
	if !c.NumbersOnly {
		r.Series = windows(j, r.Duration, max(1, blocks))
	}
	r.SystemSequences, r.SystemKVUsage = r.ConcurrentSequences, r.KVUsage
	if j.System != nil {
		r.SystemSequences = ofSystem(j, metrics.Running, r.Duration, 1)
		r.SystemKVUsage = ofSystem(j, metrics.Held, r.Duration, max(1, blocks))
	}
	return r
}

// poolResult joins the journals of a pool into the first and says what its replicas gave.
func poolResult(pool *replica.Pool) contract.PoolResult {
	j := pool.Journals[0]
	for _, o := range pool.Journals[1:] {
		j.Merge(o)
	}
	blocks := float64(max(1, pool.Config.DP*pool.Config.Blocks)) // a pool of the null block alone is never used
	return contract.PoolResult{
		Role:                pool.Config.Role,
		Utilization:         j.Running.Busy(),
		Waiting:             j.Running.Mean(j.Series.Total(metrics.Waiting)), // over the time of all replicas
		ConcurrentSequences: levels(&j.Running, j.Series.Total(metrics.Running), 1),
		KVUsage:             levels(&j.Held, j.Series.Total(metrics.Held), blocks),
	}
}

// queueLengthsOf adds up how many requests waited at each replica when it was sent its last one, and the one
// in the middle.
func queueLengthsOf(r *contract.Result, replicas []*replica.Replica) {
	grown, arrived := 0.0, 0.0
	for _, p := range replicas {
		q := &p.Account.Queue
		r.QueueEnd += q.Last
		r.QueueHalf += q.Half()
		grown += q.Growth()
		arrived += float64(float64(q.Seen) / 4)
	}
	if arrived > 0 {
		r.QueueGrowth = grown / arrived
	}
}

func add(p, o *contract.PrefixStats) {
	p.Tokens += o.Tokens
	p.HitTokens += o.HitTokens
	p.Blocks += o.Blocks
	p.HitBlocks += o.HitBlocks
}

func levels(l *metrics.Levels, total metrics.Area, unit float64) contract.Levels {
	return contract.Levels{Mean: l.Mean(total) / unit, P50: l.Quantile(0.5) / unit, P99: l.Quantile(0.99) / unit,
		Max: l.Max() / unit}
}

// meanDecode averages over the pure decode steps of all replicas.
func meanDecode(reaches int, replicas []*replica.Replica) contract.MeanStep {
	m := contract.MeanStep{Keys: make([]float64, reaches)}
	var steps, sequences int64
	for _, p := range replicas {
		steps += p.Account.DecodeSteps
		sequences += p.Account.DecodeSequences
		for i := range reaches {
			m.Keys[i] += p.Account.DecodeKeys[i]
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
func windows(j *replica.Journal, last units.Picoseconds, blocks float64) []contract.Window {
	list := make([]contract.Window, 0, j.Series.Len())
	j.Series.Each(last, func(start, end units.Picoseconds, w *metrics.Window) {
		list = append(list, contract.Window{
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

// ofSystem are the levels of a whole system up to the last token.
func ofSystem(j *replica.Journal, kind metrics.Level, last units.Picoseconds, unit float64) contract.Levels {
	if metrics.At(last) == 0 {
		return contract.Levels{}
	}
	shares, highest := j.System.Quantiles(kind, last, 0.5, 0.99)
	return contract.Levels{Mean: j.Series.Total(kind).Over(metrics.At(last)) / unit, P50: shares[0] / unit,
		P99: shares[1] / unit, Max: highest / unit}
}
