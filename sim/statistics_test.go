package sim

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/metrics"
	"github.com/roofserve/roofserve/sim/sched"
)

// written is what the oracle writes down of every token and step, in figures that no container of metrics
// has seen.
type written struct {
	gaps  []float64 // between tokens of measured requests, in ms
	spans []span
}

// span is how many sequences ran on a replica, and how many blocks they held, from one instant to another,
// in ps.
type span struct {
	running, held int
	from, to      int64
}

// TestStatisticsAreThoseOfEveryTokenAndStep recomputes a result's distributions and levels from what the
// oracle wrote down and from the finished requests.
func TestStatisticsAreThoseOfEveryTokenAndStep(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, fresh := scenario(t)
		c.Others = nil // the oracle does not write down whose levels are whose
		r, finished := outcome(t, c, fresh(), engine)
		c.Workload, c.OnFinish = fresh(), nil
		o := &oracle{c: c}
		if _, err := o.run(); err != nil {
			t.Fatal(err)
		}
		var faults []string
		var ttft, tpot, e2e []float64
		unmeasured := 0.0
		for _, f := range finished {
			if f.Failed {
				continue
			}
			stay := float64(f.LastToken-f.Arrival) / 1e9
			if f.Arrival < c.Warmup {
				unmeasured += stay
				continue
			}
			e2e = append(e2e, stay)
			ttft = append(ttft, float64(f.FirstToken-f.Arrival)/1e9)
			if f.Output > 1 {
				tpot = append(tpot, float64(f.LastToken-f.FirstToken)/1e9/float64(f.Output-1))
			}
		}
		faults = append(faults, unlike("TTFT", &r.TTFT, ttft), unlike("TPOT", &r.TPOT, tpot),
			unlike("ITL", &r.ITL, o.written.gaps), unlike("E2E", &r.E2E, e2e))
		if !close9(r.WarmupE2E, unmeasured) {
			faults = append(faults, fmt.Sprintf("%v ms in the warm-up, want %v", r.WarmupE2E, unmeasured))
		}
		faults = append(faults, unlikeCounts(r, finished))
		blocks := max(1, c.Blocks-sched.NullBlocks(c.Policy))
		spans := o.written.through(r.Duration, o.replicas)
		faults = append(faults,
			unlikeLevel("running", r.ConcurrentSequences, 0, spans, func(s span) float64 { return float64(s.running) }),
			unlikeLevel("held", r.KVUsage, excess(c.DP*blocks), spans,
				func(s span) float64 { return float64(s.held) / float64(c.DP*blocks) }))
		faults = append(faults, unlikeWindows(r, finished, spans, float64(c.DP*blocks*c.Replicas)))
		if list := strings.Join(faults, ""); list != "" {
			t.Fatal(list)
		}
	})
}

// unlikeWindows says where the windows of a result are not what ran and was held in them, of all replicas'
// blocks, in the whole nanoseconds that begin there, or do not add up to what happened in the whole run.
func unlikeWindows(r *Result, finished []Finished, spans []span, blocks float64) (faults string) {
	var sum Window
	for _, w := range r.Series {
		from, to := int64(w.Start)/1000, int64(w.End)/1000
		running, held := 0.0, 0.0
		for _, s := range spans {
			if share := float64(min(s.to/1000, to)-max(s.from/1000, from)) / float64(to-from); share > 0 {
				running += float64(s.running) * share
				held += float64(s.held) * share
			}
		}
		if !close9(w.Running, running) || !close9(w.KVUsage, held/blocks) {
			faults += fmt.Sprintf("from %d to %d ns %v run and %v of the blocks are held, want %v and %v\n",
				from, to, w.Running, w.KVUsage, running, held/blocks)
		}
		sum.InputTokens += w.InputTokens
		sum.OutputTokens += w.OutputTokens
		sum.Arrivals += w.Arrivals
		sum.Completions += w.Completions
		sum.Preempted += w.Preempted
	}
	want := Window{InputTokens: r.InputTokens, OutputTokens: r.OutputTokens, Arrivals: int64(r.Completed),
		Completions: int64(r.Completed), Preempted: int64(r.Preemptions)}
	if len(r.Series) > 0 && sum != want {
		faults += fmt.Sprintf("the windows add up to %+v, want %+v\n", sum, want)
	}
	return faults
}

// unlikeCounts says where a result's counts and duration are not those of the finished requests: it lasts
// until the last client has its last token.
func unlikeCounts(r *Result, finished []Finished) (faults string) {
	var completed, failed, preemptions int
	var input, output int64
	var longest int
	var end units.Picoseconds
	for _, f := range finished {
		if f.Failed {
			failed++
			continue
		}
		completed++
		input += int64(f.Input)
		output += int64(f.Output)
		preemptions += f.Preemptions
		longest = max(longest, f.Input+f.Output)
		end = max(end, f.LastToken)
	}
	for _, figure := range []struct {
		name      string
		got, want int64
	}{
		{"completed", int64(r.Completed), int64(completed)}, {"failed", int64(r.Failed), int64(failed)},
		{"preemptions", int64(r.Preemptions), int64(preemptions)}, {"longest context", int64(r.MaxContext), int64(longest)},
		{"input tokens", r.InputTokens, input}, {"output tokens", r.OutputTokens, output}, {"duration in ps", int64(r.Duration), int64(end)},
	} {
		if figure.got != figure.want {
			faults += fmt.Sprintf("%s: %d, want %d\n", figure.name, figure.got, figure.want)
		}
	}
	return faults
}

func close9(a, b float64) bool { return math.Abs(a-b) <= 1e-9*math.Abs(b)+1e-18 }

// unlike says where a distribution is not that of some observations; empty where it is.
func unlike(name string, d *Distribution, observed []float64) (faults string) {
	slices.Sort(observed)
	n := float64(len(observed))
	mean, squares, least, most := 0.0, 0.0, 0.0, 0.0
	for _, x := range observed {
		mean += x / n
	}
	for _, x := range observed {
		squares += (x - mean) * (x - mean) / n
	}
	if n > 0 {
		least, most = observed[0], observed[len(observed)-1]
	}
	for _, figure := range []struct {
		name      string
		got, want float64
	}{
		{"count", float64(d.Count), n}, {"mean", d.Mean, mean}, {"min", d.Min, least}, {"max", d.Max, most},
		{"median", d.Median, between(observed, 0.5)}, {"p90", d.P90, between(observed, 0.9)}, {"p95", d.P95, between(observed, 0.95)},
		{"p99", d.P99, between(observed, 0.99)}, {"p99.9", d.P999, between(observed, 0.999)},
	} {
		near := close9(figure.got, figure.want)
		if many := len(observed) > metrics.Exact; many && (figure.name == "median" || figure.name[0] == 'p') {
			near = near || math.Abs(figure.got-figure.want) <= metrics.RelativeError*figure.want
		}
		if !near {
			faults += fmt.Sprintf("%s: %s is %v, want %v\n", name, figure.name, figure.got, figure.want)
		}
	}
	if want := math.Sqrt(squares); math.Abs(d.Std-want) > 1e-6*want+1e-9*mean {
		faults += fmt.Sprintf("%s: std is %v, want %v\n", name, d.Std, want)
	}
	for _, point := range d.CDF {
		if len(observed) > metrics.Exact { // the edges of buckets
			break
		}
		below, _ := slices.BinarySearch(observed, point[0]*(1+1e-12))
		if float64(below)/n != point[1] {
			faults += fmt.Sprintf("%s: %v of the observations are at or below %v, not %v\n", name, float64(below)/n, point[0], point[1])
		}
	}
	if n > 0 && (len(d.CDF) == 0 || d.CDF[len(d.CDF)-1][1] != 1) {
		faults += name + ": the CDF does not end at 1\n"
	}
	return faults
}

// between is the q-quantile of sorted observations by NumPy's default definition; 0 of none.
func between(sorted []float64, q float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	whole, part := math.Modf(q * float64(len(sorted)-1))
	i := int(whole)
	return sorted[i] + part*(sorted[min(i+1, len(sorted)-1)]-sorted[i])
}

// through is all spans up to the run's end; a replica rests after its last step.
func (w *written) through(end units.Picoseconds, replicas []*oracleReplica) []span {
	spans := slices.Clone(w.spans)
	for _, p := range replicas {
		if p.end < end {
			spans = append(spans, span{from: int64(p.end), to: int64(end)})
		}
	}
	return spans
}

// excess is by how much a quantile of a share of so many blocks may be too high: not at all where Levels
// tells them apart.
func excess(blocks int) float64 {
	if blocks < 4096 {
		return 0
	}
	return metrics.LevelError
}

// unlikeLevel says where a level over time is not that of some spans, each as long as the whole nanoseconds
// that begin in it. Its quantiles may be too high by excess.
func unlikeLevel(name string, l Levels, excess float64, spans []span, of func(span) float64) (faults string) {
	slices.SortStableFunc(spans, func(a, b span) int { return cmp.Compare(of(a), of(b)) })
	total, area, most := int64(0), 0.0, 0.0
	for _, s := range spans {
		ns := s.to/1000 - s.from/1000
		total += ns
		area += of(s) * float64(ns)
		most = max(most, of(s))
	}
	exceeded := func(q float64) float64 {
		left := q * float64(total)
		for _, s := range spans {
			ns := float64(s.to/1000 - s.from/1000)
			if left -= ns; ns > 0 && left <= 1e-9*float64(total) {
				return of(s)
			}
		}
		return 0
	}
	mean := 0.0
	if total > 0 {
		mean = area / float64(total)
	}
	for _, figure := range []struct {
		name              string
		got, want, excess float64
	}{{"mean", l.Mean, mean, 0}, {"p50", l.P50, exceeded(0.5), excess}, {"p99", l.P99, exceeded(0.99), excess},
		{"max", l.Max, most, 0}} {
		if over := figure.got - figure.want; !close9(figure.got, figure.want) &&
			(over < 0 || over > figure.excess) {
			faults += fmt.Sprintf("%s: %s is %v, want %v\n", name, figure.name, figure.got, figure.want)
		}
	}
	return faults
}
