package sched

import "math"

// orca is Orca's scheduler (G.-I. Yu et al., OSDI 2022; orca_scheduler.py in microsoft/sarathi-serve):
// iterations are scheduled one by one, each with all sequences that decode and the whole prompts of new ones,
// first come, first served. A request is admitted when a slot is free and memory for all that it may ever
// hold, in one piece, so that nothing is preempted.
type orca struct {
	round
	reservation
}

func newOrca(l Limits, stages int) Policy { return &orca{unbudgeted(l, stages), reservationOf(&l)} }

// Plan serves what runs and admits what fits.
func (p *orca) Plan(r Rank) int {
	r.Decode()
	p.admitWhole(r, p.MaxNumSeqs)
	return Always
}

// Demand is what is reserved.
func (p *orca) Demand(input, output, _ int) int { return p.tokens(input, output) }

// Reserves tells that Plan asks what is reserved.
func (p *orca) Reserves() bool { return true }

// unbudgeted is the limits of a scheduler that knows none on a step's tokens.
func unbudgeted(l Limits, stages int) round {
	l.LongPrefillThreshold = 0
	r := newRound(l, stages)
	r.piece = math.MaxInt
	return r
}

// reservation is how much memory engines without paged caches set aside for a request: the three that vLLM's
// paper compares with (W. Kwon et al., SOSP 2023, section 6.1).
type reservation struct {
	kind    string
	longest int // max_model_len
}

func reservationOf(l *Limits) reservation { return reservation{l.Reservation, l.MaxModelLen} }

// The reservations.
const (
	ReserveMax    = "max"    // the model's longest sequence
	ReservePow2   = "pow2"   // an answer's length, rounded up to a power of two
	ReserveOracle = "oracle" // exactly an answer's length
)

// Reservations lists them.
func Reservations() []string { return []string{ReserveMax, ReservePow2, ReserveOracle} }

// tokens is how many a request has room for.
func (v reservation) tokens(input, output int) int {
	switch v.kind {
	case ReserveOracle:
		return input + output
	case ReservePow2:
		room := 1
		for room < output {
			room *= 2
		}
		return min(input+room, v.longest)
	}
	return v.longest
}

var _ Hoarder = (*orca)(nil)

// Hoards tells that much more may be reserved than is asked for.
func (v reservation) Hoards() {}

// admitWhole admits whole prompts from the head of the queue while there are slots, and memory for all that
// each reserves.
func (v reservation) admitWhole(r Rank, slots int) {
	for r.Waiting() > 0 && r.Running() < slots {
		head := r.Head()
		if r.Reserved()+r.HeadDemand() > r.Blocks() {
			return
		}
		r.Admit(head.Known - head.Cached)
	}
}
