package sim

import (
	"math/rand/v2"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/sim/cost"
	"github.com/roofserve/roofserve/workloads"
)

// affine is a cost model whose decode steps are affine in the counts and keys, with arbitrary coefficients, and whose
// chunks add terms of their own.
type affine struct {
	reaches          []arch.Reach
	shared, perSeq   units.Picoseconds // of all ranks together
	rank, perRankSeq units.Picoseconds // of a rank's own sequences
	perKey           [arch.MaxReaches]units.Picoseconds
	bend             units.Picoseconds // makes keys dearer on fuller ranks, so that the slowest rank changes
	perChunkToken    units.Picoseconds
	perPair          [arch.MaxReaches]units.Picoseconds
	least            units.Picoseconds // of what is not shared: the host's launches
}

func (a *affine) Reaches() []arch.Reach { return a.reaches }

func (a *affine) Decode(sequences []int, d *cost.Decode) {
	d.Fixed, d.Least = a.shared, a.least
	for r, n := range sequences {
		d.Fixed += a.perSeq * units.Picoseconds(n)
		d.Ranks[r] = cost.RankDecode{Fixed: a.rank + a.perRankSeq*units.Picoseconds(n)}
		for i := range a.reaches {
			d.Ranks[r].PerKey[i] = a.perKey[i] + a.bend*units.Picoseconds(n%3)
		}
	}
}

func (a *affine) Step(loads []arch.Load) units.Picoseconds {
	total, slowest := a.shared, a.least
	for _, l := range loads {
		total += a.perSeq * units.Picoseconds(l.Decodes)
		t := a.rank + a.perRankSeq*units.Picoseconds(l.Decodes) + a.perChunkToken*units.Picoseconds(l.ChunkTokens+l.Samples-l.Decodes)
		for i := range a.reaches {
			t += (a.perKey[i] + a.bend*units.Picoseconds(l.Decodes%3)) * units.Picoseconds(l.DecodeKeys[i])
			t += a.perPair[i] * units.Picoseconds(l.ChunkPairs[i]+l.ChunkKeys[i])
		}
		slowest = max(slowest, t)
	}
	return total + slowest
}

// list is a workload of given requests, in an open or a closed loop.
type list struct {
	requests []workloads.Request
	next     int
	chunk    int // tokens of a content id
}

func (l *list) BlockTokens() int { return l.chunk }

func (l *list) Next(r *workloads.Request) bool {
	if l.next == len(l.requests) {
		return false
	}
	*r = l.requests[l.next]
	l.next++
	return true
}

func (l *list) Err() error { return nil }

type closedList struct {
	list
	users int
}

func (l *closedList) Concurrency() int { return l.users }

// poisson is the standard load: Poisson arrivals, normal lengths.
type poisson struct {
	random                          *rand.Rand
	left                            int
	rate                            float64 // requests a second
	at                              float64
	input, inputStd, output, outStd float64
	mostOutput                      int
}

func newPoisson(n int, rate float64) *poisson {
	return &poisson{
		random: rand.New(rand.NewPCG(1, 2)), left: n, rate: rate,
		input: 512, inputStd: 256, output: 256, outStd: 128, mostOutput: 1024,
	}
}

func (p *poisson) Next(r *workloads.Request) bool {
	if p.left == 0 {
		return false
	}
	p.left--
	p.at += p.random.ExpFloat64() / p.rate
	*r = workloads.Request{
		Arrival: units.Seconds(p.at).Picoseconds(),
		Input:   max(1, int(p.input+p.inputStd*p.random.NormFloat64())),
		Output:  min(p.mostOutput, max(1, int(p.output+p.outStd*p.random.NormFloat64()))),
	}
	return true
}

func (p *poisson) Err() error { return nil }
