package sim

import (
	"slices"
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"

	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/sim/sched"
)

// Where the token budget cuts the rows of a job, it verifies as many drafts as it has rows beside the first
// (Scheduler.schedule: num_new_tokens is cut to the budget, and spec_token_ids to that).

func (r *oracleRank) RowBlocks(s sched.Seq, rows int) (blocks int, ok bool) {
	j := r.jobs[s]
	if j.ended || slices.ContainsFunc(r.fresh, func(f *ferry) bool { return f.job == j }) {
		return 0, false
	}
	more := r.Footprint(j.computed+rows+r.pool.c.Verify.Lookahead) - r.Footprint(j.holds)
	return max(0, more), true
}

// cuts is how often rows were cut.
var cuts atomic.Int64

func (r *oracleRank) ComputeRows(s sched.Seq, rows int) {
	cuts.Add(1)
	j := r.jobs[s]
	j.rows, j.holds = rows, max(j.holds, j.computed+rows+r.pool.c.Verify.Lookahead)
	r.cache.grow(j)
}

// loadRows is what a job brings of which some rows are computed.
func (r *oracleRank) loadRows(j *job, l *arch.Load) {
	rows := j.rows
	if r.plain {
		rows = 1
	}
	l.AddChunk(r.pool.c.Step.Reaches(), j.known()-1, rows, true)
}

// verifySome gives a job what its rows have verified.
func (r *oracleRank) verifySome(j *job) {
	gained := 1
	if !j.bare && !r.plain && j.rows > 1 {
		accepted := r.pool.c.Verify.LawOf(uint64(j.Index)).Accepted(uint64(j.Index), j.done)
		accepted = min(accepted, j.rows-1)
		r.pool.account.Drafts[accepted]++
		j.done++
		gained += accepted
	}
	gained = min(gained, j.Output-j.generated)
	j.bare, j.rows = false, 0
	j.computed += gained
	j.intervals = append(j.intervals, r.pool.now-j.last)
	if j.Arrival >= r.pool.c.Warmup {
		r.pool.account.ITL.Add(float64(r.pool.now-j.last), 1)
		r.pool.written.gaps = append(r.pool.written.gaps, float64(r.pool.now-j.last)/1e9)
	}
	r.pool.account.Decoded(int64(gained))
	j.generated += gained
	j.last = r.pool.now
	r.cache.accepted(j)
	if j.generated == j.Output {
		if r.overruns(j) {
			r.starts(j)
		}
		j.sits, r.changed = false, true
	}
}

// TestRowsEqualOracle holds steps that verify a part of somebody's drafts against the rule, job by job.
func TestRowsEqualOracle(t *testing.T) {
	before := cuts.Load()
	rapid.Check(t, func(t *rapid.T) {
		c, fresh := scenario(t)
		if rapid.Bool().Draw(t, "crowded") {
			d := crowded.Draw(t, "crowd")
			c, fresh = d.c, d.fresh
			c.PrefixCaching = false
		}
		for _, p := range poolsOf(&c) {
			p.Policy = "vllm"
			for p.Verify == nil {
				p.Verify = verification(t, p)
			}
			q := p.Verify.Queries()
			p.Limits.MaxNumBatchedTokens = rapid.IntRange(q, 4*q).Draw(t, "rows of a step")
			p.Limits.ChunkedPrefill = true
			p.Limits.LongPrefillThreshold, p.Limits.SnapshotTokens = 0, 0 // see vllmcrowd.go
		}
		want, wantFinished := outcome(t, c, fresh(), simulate)
		got, gotFinished := outcome(t, c, fresh(), engine)
		if d := sameRun(want, got, wantFinished, gotFinished); d != "" {
			t.Fatalf("oracle (-) and engine (+) differ:\n%s", d)
		}
		if slices.ContainsFunc(poolsOf(&c), func(p *Pool) bool { return p.Caches() }) {
			return // the rules preempt before they allocate, so that another cached block may live
		}
		rules := func(c Config) (*Result, error) { return (&oracle{c: c, literal: true}).run() }
		again, finished := outcome(t, c, fresh(), rules)
		if d := sameRun(again, got, finished, gotFinished); d != "" {
			t.Fatalf("rules (-) and engine (+) differ:\n%s", d)
		}
	})
	if cuts.Load() == before {
		t.Error("nobody's rows are cut")
	}
}
