package sim

import (
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/sim/metrics"
)

// latency is a latency as one replica measures it, in picoseconds; the sketch is shared with other replicas.
type latency struct {
	sketch *metrics.Sketch
	metrics.Moments
}

func (l *latency) add(t units.Picoseconds, n int64) {
	l.sketch.Add(float64(t), n)
	l.Moments.Add(float64(t), n)
}

func (l *latency) addProgression(first, growth units.Picoseconds, k, n int64) {
	if k == 1 {
		l.add(first, n)
		return
	}
	l.sketch.AddProgression(int64(first), int64(growth), k, n)
	l.Moments.AddProgression(float64(first), float64(growth), k, n)
}

// account is what one replica reports.
type account struct {
	journal              *journal
	window               *metrics.Interval // of the journal's series, at the instant of the landing
	config               *Config
	ttft, tpot, itl, e2e latency
	completed, failed    int
	input, output        int64
	emitted              int64 // output tokens computed, of unfinished requests too
	preemptions, steps   int64
	maxContext           int
	lastToken            units.Picoseconds
	prefix               PrefixStats
	byStep               int64
	queue                queueLengths
	block                int                 // tokens of a cached block; 0 without prefix caching
	answers              []units.Picoseconds // when clients see the answers that nobody has taken yet

	// Sums over pure decode steps.
	decodeSteps, decodeSequences int64
	decodeKeys                   [arch.MaxReaches]float64
}

func newAccount(c *Config, j *journal) *account {
	block := 0
	if c.caches() {
		block = c.Layout.BlockTokens
	}
	return &account{
		journal: j, config: c, block: block,
		ttft: latency{sketch: j.ttft}, tpot: latency{sketch: j.tpot}, itl: latency{sketch: j.itl}, e2e: latency{sketch: j.e2e},
	}
}

// measures tells whether a request's latencies count.
func (a *account) measures(arrival units.Picoseconds) bool { return arrival >= a.config.Warmup }

// begin opens the books for what ends at an instant: what is decoded, begun and finished.
func (a *account) begin(end units.Picoseconds) { a.window = a.journal.series.At(end) }

// decoded counts output tokens.
func (a *account) decoded(tokens int64) {
	a.emitted += tokens
	a.window.Add(metrics.OutputTokens, tokens)
}

func (a *account) firstToken(s *sequence, end units.Picoseconds) {
	a.window.Add(metrics.InputTokens, int64(s.input))
	if a.measures(s.arrival) {
		a.ttft.add(end+s.lag+a.config.TokenDelay-s.arrival, 1)
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
	seen := end + s.lag + a.config.TokenDelay
	a.answers = append(a.answers, seen)
	a.completed++
	a.input += int64(s.input)
	a.output += int64(s.output)
	a.maxContext = max(a.maxContext, int(s.input+s.output))
	a.lastToken = max(a.lastToken, seen)
	a.window.Add(metrics.Completions, 1)
	a.journal.finished(end)
	if a.measures(s.arrival) {
		a.e2e.add(seen-s.arrival, 1)
		if s.output > 1 {
			tpot := float64(end-s.first) / float64(s.output-1)
			a.tpot.sketch.Add(tpot, 1)
			a.tpot.Moments.Add(tpot, 1)
		}
	}
	if a.config.OnFinish != nil {
		a.config.OnFinish(&Finished{
			Index: int(s.index), Arrival: s.arrival, FirstToken: s.first + s.lag + a.config.TokenDelay, LastToken: seen,
			Input: int(s.input), Output: int(s.output), Cached: int(s.cached), Preemptions: int(s.preemptions),
		})
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
	a.answers = append(a.answers, now+a.config.TokenDelay)
	if a.config.OnFinish != nil {
		a.config.OnFinish(&Finished{Index: int(q.index), Arrival: q.arrival, Input: int(q.input), Output: int(q.output), Failed: true})
	}
}

// cruised counts a flight of pure decode steps of a rank, given as it was at the beginning.
func (a *account) cruised(f *flight, d *decoders) {
	a.decodeSequences += f.steps * int64(d.n)
	k := float64(f.steps)
	for reach := range d.shape.reaches {
		a.decodeKeys[reach] += float64(k*float64(d.keys[reach])) + float64(float64(d.growth(reach))*(k*(k-1)/2))
	}
}
