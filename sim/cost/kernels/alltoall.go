package kernels

import (
	"math"

	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/hw/units"
)

// AllToAllShape is the exchange between the ranks that have tokens and those that have the experts they
// chose.
type AllToAllShape struct {
	Tokens, Hidden      int // tokens of one rank
	TopK, Experts       int
	Ranks, RanksPerNode int
	Format              units.Format // of dispatched activations; what comes back is bf16
	LowLatency          bool         // kernels for few tokens, one message for each choice
	Groups, GroupsTaken int          // of group-limited routing, groups being nodes; GroupsTaken 0: no limit
}

// AllToAll are the laws of dispatching tokens to experts and combining what comes back (DeepEP's kernels),
// for few tokens and for many.
type AllToAll struct {
	LowDispatch, LowCombine, Dispatching, Combining AllToAllLaw
}

// AllToAllLaw is the law of one direction: Fixed + Expert·experts + the slower of the bytes over the node's
// links and those over the network.
type AllToAllLaw struct {
	Discrepancy
	Fixed   units.Seconds
	Expert  units.Seconds // of each expert in the layer: its counts and flags
	Link    float64       // share of the links' bandwidth
	Network float64       // share of the network's
}

// Parameters implements Law.
func (l *AllToAllLaw) Parameters() []Parameter {
	return []Parameter{
		fixedCost("fixed", (*float64)(&l.Fixed), 20e-6, 200e-6),
		{Name: "expert", Unit: "s", Value: (*float64)(&l.Expert), Default: 1e-8, Ideal: 0, Low: 1e-11, High: 1e-6},
		efficiency("link", &l.Link, 0.6),
		efficiency("network", &l.Network, 0.8),
		l.parameter(),
	}
}

// Dispatch is the time to send each token to the ranks of the experts that it chose.
func (a *AllToAll) Dispatch(d *hw.Device, s AllToAllShape) units.Seconds {
	law := &a.Dispatching
	if s.LowLatency {
		law = &a.LowDispatch
	}
	return law.time(d, &s, s.dispatchedBytes())
}

// Combine is the time to send the experts' outputs back and to add them up.
func (a *AllToAll) Combine(d *hw.Device, s AllToAllShape) units.Seconds {
	law := &a.Combining
	if s.LowLatency {
		law = &a.LowCombine
	}
	return law.time(d, &s, activationBytes*float64(s.Hidden))
}

// dispatchedBytes is the size of a dispatched token: in 8 bits it carries a float32 scale for each 128
// values.
func (s *AllToAllShape) dispatchedBytes() float64 {
	if s.Format == units.FP8 || s.Format == units.FP8Block || s.Format == units.INT8 {
		return float64(s.Hidden) * (1 + 4.0/128)
	}
	return activationBytes * float64(s.Hidden)
}

func (l *AllToAllLaw) time(d *hw.Device, s *AllToAllShape, tokenBytes float64) units.Seconds {
	if s.Ranks < 2 || s.Tokens == 0 {
		return 0
	}
	near, far := s.copies()
	bytes := tokenBytes * float64(s.Tokens)
	links := units.Seconds(bytes * near / (float64(d.Link.Bandwidth) * l.Link))
	network := units.Seconds(0)
	if far > 0 {
		network = units.Seconds(bytes * far / (float64(d.Network.Bandwidth) * l.Network))
	}
	return l.scaled(l.Fixed + units.Seconds(l.Expert*units.Seconds(s.Experts)) + max(links, network))
}

// copies is how often a token crosses the links of a node and the network. Low-latency kernels send one
// message for each choice; the others send a token once to each node that it needs, where it goes on to each
// rank that needs it.
func (s *AllToAllShape) copies() (near, far float64) {
	ranks, perNode := float64(s.Ranks), float64(min(s.Ranks, s.RanksPerNode))
	if s.LowLatency {
		return float64(s.TopK) * (perNode - 1) / ranks, float64(s.TopK) * (ranks - perNode) / ranks
	}
	nodes := ranks / perNode
	reached := distinct(nodes, s.TopK)
	if s.GroupsTaken > 0 && s.Groups > 1 {
		reached = min(reached, float64(s.GroupsTaken))
	}
	return distinct(ranks, s.TopK) * (perNode - 1) / perNode, reached * (nodes - 1) / nodes
}

// Arriving is how many of the tokens of all ranks a rank is given, which holds one of so many equal shares of
// the experts: those that chose one of its own.
func Arriving(tokens, topK, ranks int) int {
	return int(math.Ceil(float64(float64(tokens)*distinct(float64(ranks), topK)) / float64(ranks)))
}

// distinct is the expected number of different places among n that k choices at random fall on: n·(1 − (1 −
// 1/n)^k).
func distinct(n float64, k int) float64 {
	missed := 1.0
	for range k {
		missed *= 1 - 1/n
	}
	return n * (1 - missed)
}

// laws lists the laws under their names in calibration files.
func (a *AllToAll) laws() []Named {
	return []Named{
		{"alltoall.low-dispatch", &a.LowDispatch}, {"alltoall.low-combine", &a.LowCombine},
		{"alltoall.dispatch", &a.Dispatching}, {"alltoall.combine", &a.Combining},
	}
}
