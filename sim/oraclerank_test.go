package sim

import (
	"cmp"
	"math"
	"slices"

	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/sim/order"
	"github.com/roofserve/roofserve/sim/sched"
)

func (r *oracleRank) Running() int { return len(r.running) }

func (r *oracleRank) count(decoding bool) (n int) {
	for _, j := range r.running {
		if j.decoding == decoding {
			n++
		}
	}
	return n
}

func (r *oracleRank) Decoding() int { return r.count(true) }

func (r *oracleRank) id(j *job) sched.Seq { return sched.Seq(slices.Index(r.jobs, j)) }

func (r *oracleRank) Partial() (list []sched.Seq) {
	for _, j := range r.running {
		if !j.decoding {
			list = append(list, r.id(j))
		}
	}
	return list
}

func (r *oracleRank) Remaining(s sched.Seq) int { return r.jobs[s].known() - r.jobs[s].computed }

func (r *oracleRank) Last() sched.Seq { return r.id(r.running[len(r.running)-1]) }

func (r *oracleRank) AppendDecoding(list []sched.Decoding) []sched.Decoding {
	for _, j := range r.running {
		if j.decoding {
			list = append(list, sched.Decoding{Seq: r.id(j), Input: j.Input, Generated: j.generated,
				MaxOutput: j.maxOutput})
		}
	}
	return list
}

func (r *oracleRank) Blocks() int { return r.pool.c.Blocks }

func (r *oracleRank) held() (n int) {
	if r.cache != nil {
		return r.Blocks() - len(r.cache.free)
	}
	for _, j := range r.running {
		if tokens := j.computed + j.chunk; tokens > 0 {
			n += r.Footprint(tokens)
		}
	}
	return n
}

func (r *oracleRank) Free() int { return r.Blocks() - r.held() }

func (r *oracleRank) DecodeBlocks() (n int) {
	for _, j := range r.running {
		if j.decoding {
			n += r.Footprint(j.computed+1) - r.Footprint(j.computed)
		}
	}
	return n
}

func (r *oracleRank) ExtendBlocks(s sched.Seq, n int) int {
	return r.Footprint(r.jobs[s].computed+n) - r.Footprint(r.jobs[s].computed)
}

func (r *oracleRank) Footprint(tokens int) int { return r.pool.c.Layout.Blocks(tokens) }

func (r *oracleRank) GrowthBlocks(tokens int) int {
	return int(math.Ceil(float64(tokens*r.pool.c.Layout.Full) / float64(r.pool.c.Layout.BlockTokens)))
}

func (r *oracleRank) Reserved() (n int) {
	for _, j := range r.running {
		n += r.Footprint(j.Input + j.maxOutput - 1)
	}
	return n
}

func (r *oracleRank) Waiting() int { return len(r.waiting) }

func (r *oracleRank) Head() sched.Request {
	j := r.waiting[0]
	cached := 0
	if r.cache != nil {
		cached = len(r.cache.find(j)) * r.pool.c.Layout.BlockTokens
	}
	return sched.Request{Known: j.known(), Cached: cached, Generated: j.generated, MaxOutput: j.maxOutput}
}

func (r *oracleRank) AdmitBlocks(tokens int) int {
	n := r.Footprint(tokens)
	if r.cache != nil {
		for _, b := range r.cache.find(r.waiting[0]) {
			if b.refs > 0 {
				n--
			}
		}
	}
	return n
}

func (r *oracleRank) Decode() {
	r.decodes = true
	for _, j := range r.running {
		if j.decoding {
			j.chunk = 1
			r.cache.grow(j)
		}
	}
}

func (r *oracleRank) Extend(s sched.Seq, n int) {
	r.jobs[s].chunk = n
	r.cache.grow(r.jobs[s])
}

func (r *oracleRank) Admit(n int) {
	j := r.waiting[0]
	r.waiting = r.waiting[1:]
	r.pool.journal.Wait(r.pool.now, -1)
	j.running = true
	r.cache.admit(j, &r.pool.account)
	j.chunk = n
	r.cache.grow(j)
	r.running = append(r.running, j)
	if !slices.Contains(r.jobs, j) {
		r.jobs = append(r.jobs, j)
	}
}

func (r *oracleRank) Preempt(s sched.Seq, where sched.End) {
	j := r.jobs[s]
	r.running = slices.DeleteFunc(r.running, func(k *job) bool { return k == j })
	r.cache.release(j)
	j.running, j.decoding, j.computed, j.chunk = false, false, 0, 0
	if j.generated == 0 {
		j.lag = 0
	}
	j.Preemptions++
	if where == sched.Head {
		r.waiting = slices.Insert(r.waiting, 0, j)
	} else {
		r.waiting = append(r.waiting, j)
	}
	r.stand()
	r.pool.account.Preempted(r.pool.now)
	r.pool.journal.Wait(r.pool.now, 1)
}

// stand puts the waiting ones into their order.
func (r *oracleRank) stand() {
	switch by := cmp.Compare[int]; r.pool.c.Order {
	case order.Priority:
		slices.SortFunc(r.waiting, func(a, b *job) int {
			return cmp.Or(by(a.priority, b.priority), by(a.Index, b.Index))
		})
	case order.ShortestPrompt:
		slices.SortFunc(r.waiting, func(a, b *job) int {
			return cmp.Or(by(a.Input, b.Input), by(a.Index, b.Index))
		})
	}
}

// steps

func (r *oracleRank) plan() {
	r.decodes = false
	if r.pool.literal {
		walks[r.pool.c.Policy](r)
	} else {
		r.policy.Plan(r)
	}
}

func (r *oracleRank) load() (l arch.Load) {
	for _, j := range r.running {
		switch {
		case j.chunk == 0:
		case j.decoding:
			l.AddDecode(r.pool.c.Step.Reaches(), j.known())
		default:
			for from, left := j.computed, j.chunk; left > 0; {
				n := min(left, r.policy.Piece())
				from, left = from+n, left-n
				l.AddChunk(r.pool.c.Step.Reaches(), from-n, n, from == j.known())
			}
		}
	}
	return l
}
