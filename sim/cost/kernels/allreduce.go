package kernels

import (
	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/hw/units"
)

// AllReduce is the law of adding up activations over ranks. Within a node an engine's own kernel does it, run
// from CUDA graphs; large messages go through NCCL, and so do those between nodes and over PCIe, where GPUs
// do not read their peers' memory. The faster counts.
type AllReduce struct {
	Own  SharedMemoryLaw
	NCCL RingLaw
}

// SharedMemoryLaw is the law of kernels that read their peers' memory. One shot: every rank reads all of
// every other's data. Two shots: every rank adds up its share, then all read the shares; less traffic, one
// more barrier.
//
//	time = fixed + (n−1)·peer + min((n−1)·bytes/rate, barrier + 2·(n−1)/n·bytes/rate),   rate = efficiency·link
type SharedMemoryLaw struct {
	Discrepancy
	Fixed      units.Seconds // launch and the barriers of one shot
	Barrier    units.Seconds // the further barriers of two shots
	Peer       units.Seconds // that each peer's flag adds to the barriers
	Efficiency float64       // share of the link
}

// laws of the engine's kernel, and of NCCL's, which engines share.
func (r *AllReduce) laws() []Named {
	return []Named{{"allreduce", &r.Own}, {"collective.all-reduce", &r.NCCL}}
}

// Parameters implements Law.
func (l *SharedMemoryLaw) Parameters() []Parameter {
	return []Parameter{
		fixedCost("fixed", (*float64)(&l.Fixed), 4e-6, 50e-6),
		fixedCost("barrier", (*float64)(&l.Barrier), 4e-6, 50e-6),
		fixedCost("peer", (*float64)(&l.Peer), 0.1e-6, 5e-6),
		efficiency("efficiency", &l.Efficiency, 0.65),
		l.parameter(),
	}
}

// time is that of adding up bytes over the ranks of a node.
func (l *SharedMemoryLaw) time(link hw.Link, ranks int, bytes units.Bytes) units.Seconds {
	peers := float64(ranks - 1)
	wire := float64(bytes) / (float64(link.Bandwidth) * l.Efficiency)
	oneShot := units.Seconds(peers * wire)
	twoShots := l.Barrier + units.Seconds(2*peers/float64(ranks)*wire)
	return l.scaled(l.Fixed + units.Seconds(units.Seconds(peers)*l.Peer) + min(oneShot, twoShots))
}

// Time is how long it takes to add up bytes over ranks, ranksPerNode of which share a node.
func (r *AllReduce) Time(d *hw.Device, ranks, ranksPerNode int, bytes units.Bytes) units.Seconds {
	t := r.Ring(d, ranks, ranksPerNode, bytes)
	if ranks > 1 && ranks <= ranksPerNode && !d.Link.OverPCIe() {
		t = min(t, r.Own.time(d.Link, ranks, bytes))
	}
	return t
}

// Ring is the time with NCCL.
func (r *AllReduce) Ring(d *hw.Device, ranks, ranksPerNode int, bytes units.Bytes) units.Seconds {
	if ranks <= 1 {
		return 0
	}
	inside, nodes := groups(ranks, ranksPerNode)
	if nodes == 1 {
		return r.NCCL.time(d.Link, ranks, sumTraffic(d, ranks, bytes))
	}
	return r.NCCL.around(d, ranks, ranksPerNode, 2*(ranks-1), sumTraffic(d, inside, bytes),
		2*units.Bytes(nodes-1)/units.Bytes(nodes)*bytes/units.Bytes(inside))
}

// sumTraffic is what one of n ranks sends to add up bytes: 2·(n−1)/n of them around a ring. Switches that add
// and copy (NVLink SHARP, since NVLink 4) need each rank to send all of its own and its share of the sum, 1 +
// 1/n.
func sumTraffic(d *hw.Device, n int, bytes units.Bytes) units.Bytes {
	times := 2 * units.Bytes(n-1) / units.Bytes(n)
	if d.Link.Kind == "nvlink4" || d.Link.Kind == "nvlink5" {
		times = min(times, 1+1/units.Bytes(n))
	}
	return bytes * times
}
