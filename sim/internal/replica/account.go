package replica

import (
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/sim/contract"
	"github.com/roofserve/roofserve/sim/drafts"
	"github.com/roofserve/roofserve/sim/internal/decode"
	"github.com/roofserve/roofserve/sim/metrics"
)

// Account is what one replica reports.
type Account struct {
	Journal              *Journal
	Window               *metrics.Window // of the journal's series, in which the present landing falls
	config               *contract.Config
	warmup, tokenDelay   units.Picoseconds // the configuration's
	TTFT, TPOT, ITL, E2E Latency
	Completed, Failed    int
	Input, Output        int64
	Preemptions, Steps   int64
	MaxContext           int
	WarmupE2E            float64 // sum of the end-to-end latencies that do not count, in ps
	LastToken            units.Picoseconds
	Prefix               contract.PrefixStats
	Drafts               drafts.Counts
	ByStep               int64
	Queue                QueueLengths
	waiting              int      // requests, now
	block                int      // tokens of a cached block; 0 without prefix caching
	answers              []Answer // that nobody has taken yet; kept where the fleet listens
	Listened             bool
	begun                []uint32 // requests with a first token, likewise; kept where a router follows them
	Reports              bool
	Found, Taken         int               // see contract.RouterStats
	leavers              []leaver          // of whom the scheduler is yet to hear, in order
	Wasted               int64             // tokens of those who left
	LongGaps             units.Picoseconds // of the request that finishes: see contract.Finished
	// requests that arrive from then on have their first token counted when it comes; where clients may leave,
	// others have it counted when they are answered
	atOnce units.Picoseconds

	// Sums over pure decode steps.
	DecodeSteps, DecodeSequences int64
	DecodeKeys                   [arch.MaxReaches]float64
}

// NewAccount is the account of a replica that records into a journal.
func NewAccount(c *contract.Config, j *Journal) Account {
	block := 0
	if c.Caches() {
		block = c.Layout.BlockTokens
	}
	atOnce := c.Warmup
	if c.Admission != nil && c.Admission.GivesUp() {
		atOnce = units.Forever
	}
	return Account{
		Journal: j, atOnce: atOnce, config: c, warmup: c.Warmup, tokenDelay: c.TokenDelay, block: block,
		TTFT: Latency{sketch: j.TTFT}, TPOT: Latency{sketch: j.TPOT}, ITL: Latency{sketch: j.ITL},
		E2E: Latency{sketch: j.E2E},
	}
}

// measures tells whether a request's latencies count.
func (a *Account) measures(arrival units.Picoseconds) bool { return arrival >= a.warmup }

// arrived counts a request that a scheduler takes.
func (a *Account) arrived(now units.Picoseconds) {
	a.Queue.Add(a.waiting)
	a.wait(now, 1)
	a.Journal.Arrived(now)
}

// wait changes the number of waiting requests.
func (a *Account) wait(now units.Picoseconds, by int) {
	a.waiting += by
	a.Journal.Wait(now, by)
}

// Decoded counts output tokens.
func (a *Account) Decoded(tokens int64) { a.Window.Add(metrics.OutputTokens, tokens) }

func (a *Account) firstToken(s *Sequence, end units.Picoseconds) {
	a.Window.Add(metrics.InputTokens, int64(s.Input))
	if a.Reports {
		a.report(s)
	}
	if s.Arrival >= a.atOnce {
		a.TTFT.Add(float64(end+s.Lag+a.tokenDelay-s.Arrival), 1)
	}
}

// looked counts what a prompt found in the prefix cache.
func (a *Account) looked(s *Sequence, blocks int) {
	s.Cached = s.computed
	if a.block == 0 {
		return
	}
	a.Prefix.Tokens += int64(s.Input)
	a.Prefix.HitTokens += int64(s.Cached)
	a.Prefix.Blocks += int64(int(s.Input) / a.block)
	a.Prefix.HitBlocks += int64(blocks)
}

// Preempted counts a preemption.
func (a *Account) Preempted(now units.Picoseconds) {
	a.Preemptions++
	a.Journal.Series.At(now).Add(metrics.Preemptions, 1)
}

// Finished counts an answered request whose last token a step gave that ends now.
func (a *Account) Finished(s *Sequence, end units.Picoseconds) {
	if len(a.leavers) > 0 && a.unheard(s, end) {
		return
	}
	seen := end + s.Lag + a.tokenDelay
	a.answer(Answer{At: seen, Index: s.Index, Arrival: s.Arrival, First: s.First + s.Lag + a.tokenDelay})
	a.Completed++
	a.Input += int64(s.Input)
	a.Output += int64(s.Output)
	a.MaxContext = max(a.MaxContext, int(s.Input+s.Output))
	a.LastToken = max(a.LastToken, seen)
	a.Window.Add(metrics.Completions, 1)
	a.Journal.finished(end)
	if a.measures(s.Arrival) {
		a.E2E.Add(float64(seen-s.Arrival), 1)
		if s.Arrival < a.atOnce {
			a.TTFT.Add(float64(s.First+s.Lag+a.tokenDelay-s.Arrival), 1)
		}
		if s.Output > 1 {
			a.TPOT.Add(float64(end-s.First)/float64(s.Output-1), 1)
		}
	} else {
		a.WarmupE2E += float64(seen - s.Arrival)
	}
	if a.config.OnFinish != nil {
		a.config.OnFinish(&contract.Finished{
			Index: int(s.Index), Arrival: s.Arrival, FirstToken: s.First + s.Lag + a.tokenDelay, LastToken: seen,
			Input: int(s.Input), Output: int(s.Output), Cached: int(s.Cached), Preemptions: int(s.Preemptions),
			LongGaps: a.LongGaps,
		})
	}
}

// Answer is when a client sees the answer to a request.
type Answer struct {
	At      units.Picoseconds
	Index   uint32            // of the request
	Arrival units.Picoseconds // of the request
	First   units.Picoseconds // when a client saw its first token; 0 where it was refused
}

// answer tells who listens that a client sees an answer.
func (a *Account) answer(to Answer) {
	if a.Listened {
		a.answers = append(a.answers, to)
	}
}

// TakeBegun is the requests that have had their first token since it was taken last; it is valid until the
// next one has.
func (a *Account) TakeBegun() []uint32 {
	list := a.begun
	a.begun = list[:0]
	return list
}

// TakeAnswers is valid until the next request is answered.
func (a *Account) TakeAnswers() []Answer {
	list := a.answers
	a.answers = list[:0]
	return list
}

// Refused counts a request that can never run.
func (a *Account) Refused(q *Request, now units.Picoseconds) {
	a.Failed++
	a.answer(Answer{At: now + a.tokenDelay, Index: q.Index, Arrival: q.Arrival})
	if a.config.OnFinish != nil {
		a.config.OnFinish(&contract.Finished{Index: int(q.Index), Arrival: q.Arrival, Input: int(q.Input),
			Output: int(q.Output), Failed: true})
	}
}

// cruised counts a flight of pure decode steps of a rank, given as it was at the beginning.
func (a *Account) cruised(f *decode.Flight, d *decode.Decoders) {
	a.DecodeSequences += f.Steps * d.N
	d.AddKeys(f.Steps, &a.DecodeKeys)
}
