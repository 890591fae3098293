package workloads

import (
	"math"

	"github.com/roofserve/roofserve/hw/units"
)

// Stats describe a workload.
type Stats struct {
	Format      string        `json:"format,omitempty"` // of the file that it is read from
	Requests    int           `json:"requests"`
	Concurrency int           `json:"concurrency,omitempty"` // users of a closed loop, whose requests have no times of arrival
	Duration    units.Seconds `json:"duration"`              // from the first arrival to the last
	Rate        float64       `json:"request_rate"`          // requests a second: gaps between arrivals over the duration
	Input       LengthStats   `json:"input"`
	Output      LengthStats   `json:"output"`
	// GapVariation is the standard deviation of the gaps between arrivals, relative to their mean: 0 for a
	// constant rate, 1 for a Poisson process, more for bursts.
	GapVariation float64     `json:"gap_variation"`
	PerMinute    []int       `json:"requests_per_minute"` // by minute since time 0, the last one perhaps partial
	Minutes      MinuteStats `json:"minutes"`
	// Turns are the requests that follow answers, and count in no rate or gap.
	Turns    int          `json:"turns,omitempty"`
	Sessions int          `json:"sessions,omitempty"` // of requests that are of one
	Prefix   *PrefixStats `json:"prefix,omitempty"`   // nil where requests carry no blocks
	Notes    []string     `json:"notes,omitempty"`
}

// LengthStats summarise lengths in tokens, exactly.
type LengthStats struct {
	Total int64   `json:"total"`
	Mean  float64 `json:"mean"`
	Std   float64 `json:"std"` // of the population
	Min   int     `json:"min"`
	P50   float64 `json:"p50"`
	P90   float64 `json:"p90"`
	P99   float64 `json:"p99"`
	Max   int     `json:"max"`
}

// MinuteStats summarise a load, in requests a minute.
type MinuteStats struct {
	Mean float64 `json:"mean"`
	Std  float64 `json:"std"` // of the population
	P50  float64 `json:"p50"`
	P99  float64 `json:"p99"`
	Max  float64 `json:"max"`
}

// PrefixStats say how much of the prompts an unbounded prefix cache would find.
type PrefixStats struct {
	BlockTokens int     `json:"block_tokens"`
	Blocks      int64   `json:"blocks"`     // full blocks of prompts
	HitBlocks   int64   `json:"hit_blocks"` // of them, those in the longest beginning of a prompt that was seen before
	HitRate     float64 `json:"hit_rate"`   // HitBlocks as a share of Blocks
}

// Measure reads a source to its end and describes it. Memory grows with the number of distinct lengths and
// blocks, not with the number of requests.
func Measure(source Source) (Stats, error) {
	m := meter{input: histogram{}, output: histogram{}, sessions: map[uint64]struct{}{}}
	if prefixed, ok := source.(Prefixed); ok {
		m.prefix = &PrefixStats{BlockTokens: prefixed.BlockTokens()}
		m.seen = map[uint64]struct{}{}
	}
	var r Request
	for source.Next(&r) {
		m.add(&r)
	}
	if err := source.Err(); err != nil {
		return Stats{}, err
	}
	s := m.stats()
	s.Format = Recognised(source)
	if closed, ok := source.(Closed); ok {
		s.Concurrency = closed.Concurrency()
	}
	s.Notes = Notes(source)
	return s, nil
}

// meter takes the measures of one request after the other.
type meter struct {
	input, output histogram
	requests      int // that follow no answer
	turns         int
	sessions      map[uint64]struct{}
	first, last   units.Picoseconds
	gapMean       float64 // in s
	gapSquares    float64 // sum of squared deviations from gapMean
	perMinute     []int
	prefix        *PrefixStats
	seen          map[uint64]struct{}
}

func (m *meter) add(r *Request) {
	m.input[r.Input]++
	m.output[r.Output]++
	if m.prefix != nil {
		m.addBlocks(r)
	}
	if r.Session != 0 && len(m.sessions) < maxSessions {
		m.sessions[r.Session] = struct{}{}
	}
	if r.Follows {
		m.turns++
		return
	}
	if m.requests == 0 {
		m.first = r.Arrival
	} else {
		m.addGap(float64((r.Arrival - m.last).Seconds()))
	}
	m.last = r.Arrival
	m.requests++
	minute := int(r.Arrival / (60 * second))
	for len(m.perMinute) <= minute {
		m.perMinute = append(m.perMinute, 0)
	}
	m.perMinute[minute]++
}

// maxSessions is how many are counted at most: 100 MB of them.
const maxSessions = 2_000_000

// addGap updates mean and squared deviations of the gaps (Welford, "Note on a method for calculating
// corrected sums of squares and products", Technometrics 4(3), 1962). m.requests is the number of gaps, this
// one included.
func (m *meter) addGap(gap float64) {
	deviation := gap - m.gapMean
	m.gapMean += deviation / float64(m.requests)
	m.gapSquares += float64(deviation * (gap - m.gapMean))
}

// addBlocks looks the prompt's full blocks up in all that were seen before, from the front until one is new.
func (m *meter) addBlocks(r *Request) {
	full := r.Blocks[:min(len(r.Blocks), r.Input/m.prefix.BlockTokens)]
	m.prefix.Blocks += int64(r.Input / m.prefix.BlockTokens)
	known := 0
	for known < len(full) {
		if _, ok := m.seen[full[known]]; !ok {
			break
		}
		known++
	}
	m.prefix.HitBlocks += int64(known)
	left := full
	if r.Beyond { // the last token of an answer is not computed
		left = r.Blocks[:min(len(r.Blocks), (r.Input+r.Output-1)/m.prefix.BlockTokens)]
	}
	for _, block := range left[min(known, len(left)):] {
		m.seen[block] = struct{}{}
	}
}

// stats sums up.
func (m *meter) stats() Stats {
	s := Stats{
		Requests: m.requests + m.turns, Turns: m.turns, Sessions: len(m.sessions),
		Duration: (m.last - m.first).Seconds(), Input: m.input.summary(),
		Output:    m.output.summary(),
		PerMinute: m.perMinute, Prefix: m.prefix,
	}
	if s.Duration > 0 {
		gaps := float64(m.requests - 1)
		s.Rate = gaps / float64(s.Duration)
		s.GapVariation = math.Sqrt(m.gapSquares/gaps) / m.gapMean
	}
	if m.prefix != nil && m.prefix.Blocks > 0 {
		m.prefix.HitRate = float64(m.prefix.HitBlocks) / float64(m.prefix.Blocks)
	}
	s.Minutes = minuteStats(m.perMinute)
	return s
}

// minuteStats summarises the series once it is whole; an empty one gives zeros.
func minuteStats(perMinute []int) MinuteStats {
	counts := make(histogram)
	for _, n := range perMinute {
		counts[n]++
	}
	s := counts.summary()
	return MinuteStats{Mean: s.Mean, Std: s.Std, P50: s.P50, P99: s.P99, Max: float64(s.Max)}
}
