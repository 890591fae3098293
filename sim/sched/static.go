package sched

// static serves a batch of requests to its end before it admits the next one, as servers did before
// iterations were scheduled one by one (faster_transformer_scheduler.py in microsoft/sarathi-serve). An
// answer leaves when it is complete; its slot and its memory wait for the others of its batch.
type static struct {
	round
	reservation
}

func newStatic(l Limits, stages int) Policy { return &static{unbudgeted(l, stages), reservationOf(&l)} }

// Plan serves what runs; where nothing does, it admits the next batch.
func (p *static) Plan(r Rank) int {
	if r.Decoding() > 0 {
		r.Decode()
	} else {
		p.admitWhole(r, p.MaxNumSeqs)
	}
	return Always
}

// Demand is what is reserved.
func (p *static) Demand(input, output, _ int) int { return p.tokens(input, output) }

// Reserves tells that Plan asks what is reserved.
func (p *static) Reserves() bool { return true }
