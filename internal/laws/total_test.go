package laws

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/roofserve/roofserve/sim"
)

// checkTotals adds the requests' lives up and compares with what the result says of all of them.
func (f *faults) checkTotals(s *draw, o *outcome) {
	r := o.Result
	var input, output, last int64
	var ttft, tpot, e2e []float64
	completed := 0
	for i := range o.finished {
		q := &o.finished[i]
		if q.Failed {
			continue
		}
		completed++
		input += int64(q.Input)
		output += int64(q.Output)
		last = max(last, int64(q.LastToken))
		ttft = append(ttft, float64(q.FirstToken-q.Arrival)/1e9)
		e2e = append(e2e, float64(q.LastToken-q.Arrival)/1e9)
		if q.Output > 1 && s.pp == 1 {
			tpot = append(tpot, float64(q.LastToken-q.FirstToken)/1e9/float64(q.Output-1))
		}
	}
	if completed != r.Completed || r.Completed+r.Failed != s.requests {
		f.add("%d of %d requests completed; reported are %d and %d failed", completed, s.requests, r.Completed, r.Failed)
	}
	if input != r.InputTokens || output != r.OutputTokens {
		f.add("completed requests have %d and %d tokens; reported are %d and %d", input, output, r.InputTokens, r.OutputTokens)
	}
	if int64(r.Duration) != last {
		f.add("the last token comes at %d ps, reported is %d", last, r.Duration)
	}
	f.checkDistribution("ttft", &r.TTFT, ttft, r.SketchError)
	f.checkDistribution("e2e", &r.E2E, e2e, r.SketchError)
	if s.pp == 1 {
		f.checkDistribution("tpot", &r.TPOT, tpot, r.SketchError)
	}
	f.checkLittle(s, o, e2e)
	f.checkSeries(o)
	f.checkJSON(o)
}

// checkDistribution compares a latency's summary with the values themselves, in ms.
func (f *faults) checkDistribution(name string, d *sim.Distribution, values []float64, tolerance float64) {
	if int(d.Count) != len(values) {
		f.add("%s: %d values, reported are %d", name, len(values), d.Count)
		return
	}
	if len(values) == 0 {
		return
	}
	slices.Sort(values)
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	n := len(values)
	if mean := sum / float64(n); !near(mean, d.Mean, 1e-9) || !near(values[0], d.Min, 1e-9) ||
		!near(values[n-1], d.Max, 1e-9) {
		f.add("%s: mean %v, min %v, max %v; reported are %v, %v, %v", name, mean, values[0], values[n-1], d.Mean, d.Min, d.Max)
	}
	for _, q := range []struct{ share, value float64 }{{0.5, d.Median}, {0.9, d.P90}, {0.95, d.P95},
		{0.99, d.P99}} {
		at := q.share * float64(n-1)
		low, high := values[int(at)], values[min(int(at)+1, n-1)]
		if q.value < low*(1-tolerance)-1e-9 || q.value > high*(1+tolerance)+1e-9 {
			f.add("%s: the %v quantile of %d values lies between %v and %v; reported is %v", name, q.share, n, low, high, q.value)
		}
	}
}

// checkLittle: what is in the system, averaged over time, is the residence of all requests over the duration.
// What runs is less than that and more than what decodes.
func (f *faults) checkLittle(s *draw, o *outcome, e2e []float64) {
	r := o.Result
	seconds := float64(r.Duration) / 1e12
	if seconds == 0 {
		return
	}
	inside, decoding := 0.0, 0.0
	for _, v := range e2e {
		inside += v / 1e3 / seconds
	}
	preempted := false
	for i := range o.finished {
		q := &o.finished[i]
		preempted = preempted || q.Preemptions > 0
		if !q.Failed {
			decoding += float64(q.LastToken-q.FirstToken) / 1e12 / seconds
		}
	}
	if got := o.metric("concurrency"); !near(got, inside, 1e-6) {
		f.add("requests are %v in the system on average, concurrency says %v", inside, got)
	}
	if s.users > 0 && inside > float64(s.users)*(1+1e-9) {
		f.add("%v requests of %d users are in the system", inside, s.users)
	}
	running := r.SystemSequences.Mean
	if running > inside*(1+1e-6)+1e-9 {
		f.add("%v sequences run, %v requests are in the system", running, inside)
	}
	if s.pp == 1 && !preempted && running < decoding*(1-1e-6)-1e-9 {
		f.add("%v sequences run, %v decode", running, decoding)
	}
}

// metric is a number of the result by its name.
func (o *outcome) metric(name string) float64 {
	for _, m := range o.Metrics() {
		if m.Name == name {
			return m.Value
		}
	}
	panic("no metric " + name)
}

// checkSeries: the windows of the time series follow each other, and add up to the totals.
func (f *faults) checkSeries(o *outcome) {
	r := o.Result
	var output, input, arrivals, completions, preempted int64
	at := int64(0)
	for i, w := range r.Series {
		if int64(w.Start) != at || w.End < w.Start {
			f.add("window %d lasts from %d to %d ps, the one before ended at %d", i, w.Start, w.End, at)
			return
		}
		at = int64(w.End)
		if w.Running < 0 || w.Waiting < 0 || w.KVUsage < 0 || w.KVUsage > 1+1e-9 {
			f.add("window %d: %+v", i, w)
			return
		}
		output += w.OutputTokens
		input += w.InputTokens
		arrivals += w.Arrivals
		completions += w.Completions
		preempted += w.Preempted
	}
	if output != r.OutputTokens || input != r.InputTokens || int(arrivals) != r.Completed ||
		int(completions) != r.Completed ||
		preempted != r.Preemptions {
		f.add("windows add up to %d and %d tokens, %d arrivals, %d completions, %d preemptions; there were %d, %d, %d, %d",
			input, output, arrivals, completions, preempted, r.InputTokens, r.OutputTokens, r.Completed, r.Preemptions)
	}
}

// checkJSON: the JSON has no negative number, and every share is one.
func (f *faults) checkJSON(o *outcome) {
	var v any
	if err := json.Unmarshal(o.json, &v); err != nil {
		f.add("the JSON cannot be read: %v", err)
		return
	}
	f.checkNumbers("", v)
	for _, name := range []string{"kv_cache_usage.mean", "kv_cache_usage.p50", "kv_cache_usage.p99", "kv_cache_usage.max",
		"prefix_cache.hit_rate", "prefix_cache.block_hit_rate"} {
		if share := o.metric(name); share > 1+1e-12 {
			f.add("%s is %v", name, share)
		}
	}
	for _, l := range []sim.Levels{o.Result.KVUsage, o.Result.ConcurrentSequences, o.Result.SystemKVUsage,
		o.Result.SystemSequences} {
		if l.Mean > l.Max*(1+1e-9) || l.P50 > l.P99 || l.P99 > l.Max {
			f.add("a level's mean %v, p50 %v, p99 %v, max %v", l.Mean, l.P50, l.P99, l.Max)
		}
	}
}

func (f *faults) checkNumbers(path string, v any) {
	switch x := v.(type) {
	case map[string]any:
		for key, inner := range x {
			f.checkNumbers(path+"."+key, inner)
		}
	case []any:
		for i, inner := range x {
			f.checkNumbers(fmt.Sprintf("%s[%d]", path, i), inner)
		}
	case float64:
		if x < 0 {
			f.add("%s is %v", path, x)
		}
	}
}
