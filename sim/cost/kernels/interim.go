package kernels

import (
	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/hw/units"
)

// INTERIM, so that sim/cost compiles: whoever writes a family's own file deletes its types here (the field of Set with the
// same name then shadows the one here). The signatures are what sim/cost/operators.go calls.
type interim struct {
	Batched       interimBatched
	Pointwise     interimPointwise
	AllReduce     interimAllReduce
	Collective    interimCollective
	Prefill       interimPrefill
	Decode        interimDecode
	SparsePrefill interimPrefill
	Indexer       interimIndexer
}

type BatchedShape struct {
	Batch, M, N, K int
	Format         units.Format
}
type IndexerShape struct{ Sequences, Heads, KeyDim int }

type interimBatched struct{}

func (interimBatched) Time(d *hw.Device, s BatchedShape) units.Seconds {
	return interimMove(d, s.Format.Bytes(float64(s.Batch)*(float64(s.M)*float64(s.K+s.N)+float64(s.N)*float64(s.K))))
}

type interimPointwise struct{}

func (interimPointwise) Time(d *hw.Device, bytes units.Bytes) units.Seconds {
	return interimMove(d, bytes)
}

func interimMove(d *hw.Device, bytes units.Bytes) units.Seconds {
	return 2e-6 + units.Seconds(float64(bytes)/(0.8*float64(d.Bandwidth)))
}

type interimAllReduce struct{}

func (interimAllReduce) Time(d *hw.Device, ranks, ranksPerNode int, bytes units.Bytes) units.Seconds {
	return interimWire(d, ranks, ranksPerNode, 2*bytes)
}

func interimWire(d *hw.Device, ranks, ranksPerNode int, bytes units.Bytes) units.Seconds {
	link := d.Link
	if ranks > ranksPerNode {
		link = d.Network
	}
	return 5e-6 + link.Latency + units.Seconds(float64(bytes)*float64(ranks-1)/float64(ranks)/(0.7*float64(link.Bandwidth)))
}

type interimCollective struct{}

func (interimCollective) AllGather(d *hw.Device, ranks, ranksPerNode int, bytes units.Bytes) units.Seconds {
	return interimWire(d, ranks, ranksPerNode, bytes)
}
func (interimCollective) ReduceScatter(d *hw.Device, ranks, ranksPerNode int, bytes units.Bytes) units.Seconds {
	return interimWire(d, ranks, ranksPerNode, bytes)
}
func (interimCollective) SendRecv(d *hw.Device, inNode bool, bytes units.Bytes) units.Seconds {
	ranksPerNode := 1
	if inNode {
		ranksPerNode = 2
	}
	return interimWire(d, 2, ranksPerNode, 2*bytes)
}

type interimPrefill struct{}

func (interimPrefill) Time(d *hw.Device, s PrefillShape) units.Seconds {
	flops := 2 * float64(s.Pairs) * float64(s.Heads) * float64(s.KeyDim+s.ValueDim)
	return 12e-6 + units.Seconds(flops/(0.6*float64(d.Peak[units.BF16])))
}

type interimDecode struct{}

func (interimDecode) Coefficients(d *hw.Device, s DecodeShape) (fixed, perKey units.Seconds) {
	bytes := s.KV.Bytes(float64(s.KVHeads * (s.KeyDim + s.ValueDim)))
	return 10e-6 + units.Seconds(s.Sequences)*0.044e-6, units.Seconds(float64(bytes) / (0.9 * float64(d.Bandwidth)))
}

type interimIndexer struct{}

func (interimIndexer) Coefficients(d *hw.Device, s IndexerShape) (fixed, perKey units.Seconds) {
	return 10e-6, units.Seconds(float64(s.KeyDim+4) / float64(d.Bandwidth))
}
func (interimIndexer) Prefill(d *hw.Device, s PrefillShape) units.Seconds {
	return 12e-6 + units.Seconds(2*float64(s.Pairs)*float64(s.Heads)*float64(s.KeyDim)/(0.5*float64(peak(d, units.FP8))))
}
