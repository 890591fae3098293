package cost

import (
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/arch"
)

// What exchanges between ranks are in a breakdown: their time, and the bytes that one rank sends. Ring
// algorithms send (n−1)/n of the data for an all-gather or a reduce-scatter, and twice that for an
// all-reduce, which is both (Thakur, Rabenseifner, Gropp, "Optimization of collective communication
// operations in MPICH", IJHPCA 19(1), 2005).

// gathered is what one of n ranks sends to give all of them bytes, or to add bytes up and keep a share.
func gathered(n int, bytes units.Bytes) units.Bytes { return bytes * units.Bytes(n-1) / units.Bytes(n) }

// reduced is what one of n ranks sends to add bytes up on all of them.
func reduced(n int, bytes units.Bytes) units.Bytes { return 2 * gathered(n, bytes) }

// Gathering is when an engine gives every rank the tokens of all data-parallel ranks before a layer's
// experts, and adds up what each rank's experts make of them. The other way is to send a token to the ranks
// alone that have an expert which it chose.
type Gathering uint8

// Gatherings. Where each expert is divided among all ranks, all need every token whatever the engine does.
const (
	GatherDivided  Gathering = iota // there alone
	GatherAmongFew                  // and where ranks are no more than the experts that a token chooses
	GatherAlways
)

// gathers tells whether every rank has all tokens for a layer's experts.
func (m *Model) gathers(o arch.Experts) bool {
	return o.Ranks == 1 || m.Gathers == GatherAlways || m.Gathers == GatherAmongFew && o.Ranks <= o.TopK
}

// exchangeEntry is the exchange of tokens between the data-parallel ranks and the ranks that have their
// experts.
func (m *Model) exchangeEntry(layer string, o arch.Experts, s *sharedLoad) (OperatorTime, units.Seconds) {
	p := &m.Plan
	e := OperatorTime{Layer: layer, Name: "all_to_all", Category: Communication, Bound: BoundNetwork}
	switch ranks := p.TP * p.DP; {
	case p.DP == 1:
		return e, 0
	case m.gathers(o):
		e.Name = "gather_tokens"
		e.Bytes = 2 * gathered(ranks, m.tokenBytes(s.rows, o.Hidden))
	default:
		fullest := m.tokenBytes(s.fullest, o.Hidden)
		e.Bytes = m.exchangeShape(o, *s).Sent() + reduced(ranks/o.Ranks, fullest) + gathered(p.TP, fullest)
	}
	return e, m.exchangeTime(o, *s)
}

// gatherEntry is what context-parallel ranks exchange.
func (m *Model) gatherEntry(share *arch.Load) (OperatorTime, units.Seconds) {
	e := OperatorTime{Layer: "context", Name: "gather_kv", Category: Communication, Bound: BoundNetwork}
	if share.Chunks == 0 {
		return e, 0
	}
	ranks := m.Plan.ContextRanks()
	for _, c := range m.caches {
		all := units.Bytes(share.ChunkTokens*ranks) * c.bytes
		e.Bytes += units.Bytes(units.Bytes(c.layers) * gathered(ranks, all))
	}
	return e, m.gatherTime(share)
}

// transferEntry is what pipeline stages hand on.
func (m *Model) transferEntry(rows int64) (OperatorTime, units.Seconds) {
	e := OperatorTime{Layer: "pipeline", Name: "send_recv", Category: Communication, Bound: BoundNetwork}
	e.Bytes = units.Bytes(m.Plan.PP) * m.tokenBytes(int(rows), m.Model.Hidden)
	return e, m.stageTransfers(rows)
}

// tokenBytes is the size of the activations of tokens.
func (m *Model) tokenBytes(tokens, width int) units.Bytes {
	return units.Bytes(float64(float64(tokens)*float64(width)) * activationBytes)
}
