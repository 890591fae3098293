package kernels

import (
	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/hw/units"
)

// Collective is the law of NCCL's collectives, which engines share, one for each operation; AllReduce has the
// sum.
type Collective struct {
	Gather  RingLaw // all-gather
	Scatter RingLaw // reduce-scatter
	Swap    RingLaw // all-to-all, and with one peer, send and receive
}

// RingLaw is the law of one collective. NCCL sends small messages by protocols of low latency and low
// bandwidth (LL, LL128), large ones by one with a longer setup (Simple); the faster counts:
//
//	time = fixed + (ranks − 1)·step + min(traffic/(low·link), setup + traffic/(efficiency·share of peers·link))
//
// where traffic is what one rank sends over its link and the share of peers is (ranks − 1)/(ranks − 1 +
// peers): fewer peers keep fewer links busy.
type RingLaw struct {
	Discrepancy
	Fixed      units.Seconds // launch and first hop
	Step       units.Seconds // of each further rank
	Setup      units.Seconds // of the protocol for large messages
	Low        float64       // share of the link that the protocol for small messages reaches
	Efficiency float64       // share of the link that the protocol for large messages reaches with many peers
	Peers      float64       // with as many peers, half of that
	// Abroad is what a ring through several nodes takes longer within a served model than alone (Set.Abroad).
	Abroad units.Seconds
}

func (c *Collective) laws() []Named {
	return []Named{{"collective.all-gather", &c.Gather},
		{"collective.reduce-scatter", &c.Scatter}, {"collective.all-to-all", &c.Swap}}
}

// Parameters implements Law.
func (l *RingLaw) Parameters() []Parameter {
	return []Parameter{
		fixedCost("fixed", (*float64)(&l.Fixed), 5e-6, 50e-6),
		fixedCost("step", (*float64)(&l.Step), 1e-6, 10e-6),
		fixedCost("setup", (*float64)(&l.Setup), 15e-6, 100e-6),
		{Name: "low", Unit: "1", Value: &l.Low, Default: 0.2, Ideal: 1, Low: 0.02, High: 0.95},
		efficiency("efficiency", &l.Efficiency, 0.8),
		{Name: "peers", Unit: "1", Value: &l.Peers, Default: 0.3, Ideal: 0, Low: 0.01, High: 3},
		l.parameter(),
	}
}

// throughHost is the share of a PCIe link that NCCL reaches with large messages, as data goes through
// the host's memory: 12.7 of 32 GB/s on four RTX 4090 (tinygrad/open-gpu-kernel-modules#22), 28 of 64 GB/s on
// eight RTX 5090 (NVIDIA/nccl#1639).
const throughHost = 0.42

// time is that of traffic, the bytes that each of a number of neighbouring ranks sends, over a link.
func (l *RingLaw) time(link hw.Link, ranks int, traffic units.Bytes) units.Seconds {
	return l.scaled(l.steps(ranks) + l.wire(link, ranks, traffic))
}

// steps is the latency of a ring of ranks.
func (l *RingLaw) steps(ranks int) units.Seconds {
	return l.Fixed + units.Seconds(units.Seconds(ranks-1)*l.Step)
}

// wire is how long traffic keeps the links busy, by the faster protocol.
func (l *RingLaw) wire(link hw.Link, ranks int, traffic units.Bytes) units.Seconds {
	wire := float64(traffic) / float64(link.Bandwidth)
	peers := float64(ranks - 1)
	efficiency := l.Efficiency * peers / (peers + l.Peers)
	if link.OverPCIe() {
		efficiency = min(efficiency, throughHost)
	}
	return min(units.Seconds(wire/l.Low), l.Setup+units.Seconds(wire/efficiency))
}

// around is the time of a ring through several nodes. A message goes on from rank to rank for hops hops, each
// node's last rank hands it to the next node, and links and networks of all ranks work at once. traffic is
// what a rank sends over its links, abroad what it sends over its network.
func (l *RingLaw) around(d *hw.Device, ranks, ranksPerNode, hops int,
	traffic, abroad units.Bytes) units.Seconds {
	inside, nodes := groups(ranks, ranksPerNode)
	busy := l.wire(d.Network, nodes, abroad)
	if inside > 1 {
		busy = max(busy, l.wire(d.Link, inside, traffic))
	}
	return l.scaled(l.steps(ranks)+busy) + further(d, units.CeilDiv(hops, inside)) + l.Abroad
}

// AllGather is the time until every rank has all bytes, of which each had its share before.
func (c *Collective) AllGather(d *hw.Device, ranks, ranksPerNode int, bytes units.Bytes) units.Seconds {
	return c.Gather.spread(d, ranks, ranksPerNode, bytes)
}

// ReduceScatter is the time to add up bytes over ranks and leave each its share.
func (c *Collective) ReduceScatter(d *hw.Device, ranks, ranksPerNode int, bytes units.Bytes) units.Seconds {
	return c.Scatter.spread(d, ranks, ranksPerNode, bytes)
}

// AllToAll is the time for each rank to send an equal share of bytes to every rank.
func (c *Collective) AllToAll(d *hw.Device, ranks, ranksPerNode int, bytes units.Bytes) units.Seconds {
	if ranks <= 1 {
		return 0
	}
	inside, nodes := groups(ranks, ranksPerNode)
	share := bytes / units.Bytes(ranks)
	t := c.Swap.time(d.Link, ranks, share*units.Bytes(inside-1))
	if nodes > 1 {
		t = max(t, c.Swap.time(d.Network, ranks, share*units.Bytes(ranks-inside))+further(d, 1))
	}
	return t
}

// SendRecv is the time to hand bytes to one peer, in the same node or another. No rows measure it; it is an
// all-to-all of two ranks.
func (c *Collective) SendRecv(d *hw.Device, sameNode bool, bytes units.Bytes) units.Seconds {
	if sameNode {
		return c.Swap.time(d.Link, 2, bytes)
	}
	return c.Swap.time(d.Network, 2, bytes) + further(d, 1)
}

// spread is the time of an all-gather or a reduce-scatter: (n−1)/n of the bytes over each link; between nodes
// every rank moves its share of its node's.
func (l *RingLaw) spread(d *hw.Device, ranks, ranksPerNode int, bytes units.Bytes) units.Seconds {
	if ranks <= 1 {
		return 0
	}
	inside, nodes := groups(ranks, ranksPerNode)
	if nodes == 1 {
		return l.time(d.Link, ranks, bytes*units.Bytes(ranks-1)/units.Bytes(ranks))
	}
	return l.around(d, ranks, ranksPerNode, ranks-1, bytes*units.Bytes(inside-1)/units.Bytes(inside),
		bytes/units.Bytes(inside)*units.Bytes(nodes-1)/units.Bytes(nodes))
}

// further is what hops between nodes take beyond those within a node, whose latency the fitted fixed times
// hold.
func further(d *hw.Device, hops int) units.Seconds {
	return units.Seconds(units.Seconds(hops) * max(0, d.Network.Latency-d.Link.Latency))
}

// groups are the ranks in each node and the number of nodes.
func groups(ranks, ranksPerNode int) (inside, nodes int) {
	inside = max(1, min(ranks, ranksPerNode))
	return inside, units.CeilDiv(ranks, inside)
}
