package sim

import (
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/sim/metrics"
)

// account is what one replica reports.
type account struct {
	journal              *journal
	window               *metrics.Interval // of the journal's series, in which the present landing falls
	config               *Config
	warmup, tokenDelay   units.Picoseconds // the configuration's
	ttft, tpot, itl, e2e latency
	completed, failed    int
	input, output        int64
	preemptions, steps   int64
	maxContext           int
	warmupE2E            float64 // sum of the end-to-end latencies that do not count, in ps
	lastToken            units.Picoseconds
	prefix               PrefixStats
	byStep               int64
	queue                queueLengths
	waiting              int                 // requests, now
	block                int                 // tokens of a cached block; 0 without prefix caching
	answers              []units.Picoseconds // when clients see the answers that nobody has taken yet; kept where the fleet listens
	listened             bool

	// Sums over pure decode steps.
	decodeSteps, decodeSequences int64
	decodeKeys                   [arch.MaxReaches]float64
}

func newAccount(c *Config, j *journal) account {
	block := 0
	if c.caches() {
		block = c.Layout.BlockTokens
	}
	return account{
		journal: j, config: c, warmup: c.Warmup, tokenDelay: c.TokenDelay, block: block,
		ttft: latency{sketch: j.ttft}, tpot: latency{sketch: j.tpot}, itl: latency{sketch: j.itl}, e2e: latency{sketch: j.e2e},
	}
}

// measures tells whether a request's latencies count.
func (a *account) measures(arrival units.Picoseconds) bool { return arrival >= a.warmup }

// arrived counts a request that a scheduler takes.
func (a *account) arrived(now units.Picoseconds) {
	a.queue.add(a.waiting)
	a.wait(now, 1)
	a.journal.arrived(now)
}

// wait changes the number of waiting requests.
func (a *account) wait(now units.Picoseconds, by int) {
	a.waiting += by
	a.journal.wait(now, by)
}

// decoded counts output tokens.
func (a *account) decoded(tokens int64) { a.window.Add(metrics.OutputTokens, tokens) }

func (a *account) firstToken(s *sequence, end units.Picoseconds) {
	a.window.Add(metrics.InputTokens, int64(s.input))
	if a.measures(s.arrival) {
		a.ttft.add(float64(end+s.lag+a.tokenDelay-s.arrival), 1)
	}
}

// looked counts what a prompt found in the prefix cache.
func (a *account) looked(s *sequence, blocks int) {
	s.cached = s.computed
	if a.block == 0 {
		return
	}
	a.prefix.Tokens += int64(s.input)
	a.prefix.HitTokens += int64(s.cached)
	a.prefix.Blocks += int64(int(s.input) / a.block)
	a.prefix.HitBlocks += int64(blocks)
}

func (a *account) preempted(now units.Picoseconds) {
	a.preemptions++
	a.journal.series.At(now).Add(metrics.Preemptions, 1)
}

func (a *account) finished(s *sequence, end units.Picoseconds) {
	seen := end + s.lag + a.tokenDelay
	a.answer(seen)
	a.completed++
	a.input += int64(s.input)
	a.output += int64(s.output)
	a.maxContext = max(a.maxContext, int(s.input+s.output))
	a.lastToken = max(a.lastToken, seen)
	a.window.Add(metrics.Completions, 1)
	a.journal.finished(end)
	if a.measures(s.arrival) {
		a.e2e.add(float64(seen-s.arrival), 1)
		if s.output > 1 {
			a.tpot.add(float64(end-s.first)/float64(s.output-1), 1)
		}
	} else {
		a.warmupE2E += float64(seen - s.arrival)
	}
	if a.config.OnFinish != nil {
		a.config.OnFinish(&Finished{
			Index: int(s.index), Arrival: s.arrival, FirstToken: s.first + s.lag + a.tokenDelay, LastToken: seen,
			Input: int(s.input), Output: int(s.output), Cached: int(s.cached), Preemptions: int(s.preemptions),
		})
	}
}

// answer tells who listens that a client sees an answer.
func (a *account) answer(seen units.Picoseconds) {
	if a.listened {
		a.answers = append(a.answers, seen)
	}
}

// takeAnswers is valid until the next request is answered.
func (a *account) takeAnswers() []units.Picoseconds {
	list := a.answers
	a.answers = list[:0]
	return list
}

// refused counts a request that can never run.
func (a *account) refused(q *request, now units.Picoseconds) {
	a.failed++
	a.answer(now + a.tokenDelay)
	if a.config.OnFinish != nil {
		a.config.OnFinish(&Finished{Index: int(q.index), Arrival: q.arrival, Input: int(q.input), Output: int(q.output), Failed: true})
	}
}

// cruised counts a flight of pure decode steps of a rank, given as it was at the beginning.
func (a *account) cruised(f *flight, d *decoders) {
	a.decodeSequences += f.steps * d.n
	k := float64(f.steps)
	pairs := k * (k - 1) / 2
	a.decodeKeys[0] += float64(k*float64(d.context)) + float64(float64(d.n)*pairs)
	if d.shape.plain {
		return
	}
	for i := range d.shape.limited {
		r := &d.shape.limited[i]
		a.decodeKeys[r.index] += float64(k*float64(d.keys[r.index])) + float64(float64(d.growth(r))*pairs)
	}
}
