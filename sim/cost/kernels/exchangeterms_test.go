package kernels

import (
	"math"
	"testing"

	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/hw/units"
)

// Rings send (n−1)/n of the bytes for an all-gather or a reduce-scatter, twice that for an all-reduce; n−1
// steps.
func TestRingsByHand(t *testing.T) {
	s, d := ideal(), idealDevice()
	for _, n := range []int{2, 3, 4, 8} {
		ranks := float64(n)
		same(t, "all-gather", s.Collective.AllGather(d, n, 8, 1e6), (ranks-1)/ranks)
		same(t, "reduce-scatter", s.Collective.ReduceScatter(d, n, 8, 1e6), (ranks-1)/ranks)
		same(t, "all-to-all", s.Collective.AllToAll(d, n, 8, 1e6), (ranks-1)/ranks)
		same(t, "all-reduce", s.AllReduce.Ring(d, n, 8, 1e6), 2*(ranks-1)/ranks)
		same(t, "twice the bytes", s.AllReduce.Ring(d, n, 8, 2e6), 4*(ranks-1)/ranks)
	}
	same(t, "send and receive", s.Collective.SendRecv(d, true, 1e6), 1)
	for _, time := range []units.Seconds{s.Collective.AllGather(d, 1, 8, 1e6),
		s.Collective.ReduceScatter(d, 1, 8, 1e6),
		s.Collective.AllToAll(d, 1, 8, 1e6), s.AllReduce.Ring(d, 1, 8, 1e6), s.AllReduce.Time(d, 1, 8, 1e6)} {
		if time != 0 {
			t.Errorf("one rank exchanges for %v s", time)
		}
	}
}

// Between nodes every rank moves its share of its node's bytes over the network while its links are busy, and
// each hop
// costs 3 µs more than one within a node (4 − 1 here): a message goes on 2·(ranks−1) times in an all-reduce,
// ranks−1 times in an all-gather, at most every ranks-of-a-node-th time abroad.
func TestRingsOverNodesByHand(t *testing.T) {
	s, d := ideal(), idealDevice()
	same(t, "all-gather of 8 ranks on two nodes", s.Collective.AllGather(d, 8, 4, 1e6),
		max(3./4, 1e6/4./2/1e5)+2*3e-6)
	same(t, "reduce-scatter of 12 on three", s.Collective.ReduceScatter(d, 12, 4, 1e6),
		1e6/4.*2/3/1e5+3*3e-6)
	same(t, "all-reduce of 8 on two", s.AllReduce.Ring(d, 8, 4, 1e6), 2*1e6/4./2/1e5+4*3e-6)
	same(t, "all-reduce of 12 on three", s.AllReduce.Ring(d, 12, 4, 1e6), 2*1e6/4.*2/3/1e5+6*3e-6)
	same(t, "all-reduce of 4, one to a node", s.AllReduce.Ring(d, 4, 1, 1e6), 2*1e6*3/4/1e5+6*3e-6)
	same(t, "all-to-all of 8 on two: half goes abroad", s.Collective.AllToAll(d, 8, 4, 1e6), 1e6/2/1e5+3e-6)
	same(t, "send to another node", s.Collective.SendRecv(d, false, 1e6), 10+3e-6)
	s.AllReduce.NCCL.Fixed, s.AllReduce.NCCL.Step = 0.5, 0.25
	same(t, "as many steps as ranks", s.AllReduce.Ring(d, 8, 4, 1e6), 0.5+7*0.25+2*1e6/4./2/1e5+4*3e-6)
	d.Network.Latency = 0
	same(t, "a quick network has no negative hops", s.Collective.SendRecv(d, false, 1e6), 10)
	d.Network.Bandwidth = units.BytesPerSecond(math.Inf(1))
	same(t, "all-to-all over a boundless network: the node's links", s.Collective.AllToAll(d, 8, 4, 1e6),
		3./8)
	same(t, "all-gather too", s.Collective.AllGather(d, 8, 4, 1e6), 3./4)
}

// Two nodes of eight H20 add up small messages in 46.3 µs (NVIDIA/nccl#1244), two A100 on two nodes in 19.0
// (NVIDIA/nccl-tests#150): NVLink's fitted steps and the network's hops give both within a fifth.
func TestSmallSumsOverNodesAsPublished(t *testing.T) {
	for _, c := range []struct {
		device         string
		ranks, perNode int
		measured       float64
	}{{"h100-sxm-80gb", 16, 8, 46.3e-6}, {"a100-sxm-80gb", 2, 1, 19.0e-6}} {
		d, err := hw.Lookup(c.device)
		if err != nil {
			t.Fatal(err)
		}
		law, _, err := Load(d, "vllm", "")
		if err != nil {
			t.Fatal(err)
		}
		if got := float64(law.AllReduce.Time(d, c.ranks, c.perNode, 64)); math.Abs(got/c.measured-1) > 0.2 {
			t.Errorf("%s: %d ranks take %.1f µs, measured %.1f", c.device, c.ranks, got*1e6, c.measured*1e6)
		}
	}
}

// Over PCIe NCCL adds up, however small the messages, and large ones pass the host's memory.
func TestSumsOverPCIe(t *testing.T) {
	s, d := ideal(), idealDevice()
	d.Link.Kind = "pcie4"
	s.AllReduce.NCCL.Fixed, s.AllReduce.NCCL.Low = 1, 0.01
	same(t, "by NCCL, through the host", s.AllReduce.Time(d, 2, 8, 1e6), 1+1/throughHost)
	d.Link.Kind = "nvlink3"
	same(t, "over NVLink the engine's own", s.AllReduce.Time(d, 2, 8, 1e6), 1)
}

// The ring's law, one term at a time: fixed, steps, and the faster of two protocols.
func TestRingLawByHand(t *testing.T) {
	d := idealDevice()
	time := func(change func(l *RingLaw), ranks int) units.Seconds {
		c := ideal().Collective
		change(&c.Gather)
		return c.AllGather(d, ranks, 8, 1e6)
	}
	wire := 3. / 4
	same(t, "fixed", time(func(l *RingLaw) { l.Fixed = 0.5 }, 4), 0.5+wire)
	same(t, "steps", time(func(l *RingLaw) { l.Step = 0.5 }, 4), 3*0.5+wire)
	same(t, "the large protocol has a setup, the small one none", time(func(l *RingLaw) { l.Setup = 10 }, 4),
		wire)
	same(t, "the small protocol is slow", time(func(l *RingLaw) { l.Setup, l.Low = 0.1, 0.01 }, 4), 0.1+wire)
	same(t, "both", time(func(l *RingLaw) { l.Setup, l.Low = 10, 0.5 }, 4), wire/0.5)
	same(t, "efficiency", time(func(l *RingLaw) { l.Low, l.Efficiency = 0.01, 0.5 }, 4), wire/0.5)
	same(t, "few peers keep few links busy", time(func(l *RingLaw) { l.Low, l.Peers = 0.01, 3 }, 4), wire*2)
	same(t, "one peer", time(func(l *RingLaw) { l.Low, l.Peers = 0.01, 3 }, 2), 0.5*4)
}

// NVLink's switches add up on the way: 1 + 1/n of the bytes rather than 2·(n−1)/n, where that is less.
func TestSwitchesAddUp(t *testing.T) {
	s, d := ideal(), idealDevice()
	for _, kind := range []string{"nvlink4", "nvlink5"} {
		d.Link.Kind = kind
		same(t, "two", s.AllReduce.Ring(d, 2, 8, 1e6), 1)
		same(t, "three", s.AllReduce.Ring(d, 3, 8, 1e6), 4./3)
		same(t, "eight", s.AllReduce.Ring(d, 8, 8, 1e6), 1.125)
	}
	d.Link.Kind = "nvlink3"
	same(t, "eight without", s.AllReduce.Ring(d, 8, 8, 1e6), 1.75)
}

// The engine's kernel: one shot reads every peer's bytes, two shots move 2·(n−1)/n of them; NCCL's ring where
// it is faster
// and between nodes.
func TestOwnAllReduceByHand(t *testing.T) {
	s, d := ideal(), idealDevice()
	s.AllReduce.NCCL.Fixed = 100
	same(t, "two shots of 4", s.AllReduce.Time(d, 4, 8, 1e6), 1.5)
	same(t, "of 2 they are the same", s.AllReduce.Time(d, 2, 8, 1e6), 1)
	s.AllReduce.Own.Barrier = 5
	same(t, "one shot of 4", s.AllReduce.Time(d, 4, 8, 1e6), 3)
	s.AllReduce.Own.Barrier = 1
	same(t, "two shots and their barrier", s.AllReduce.Time(d, 4, 8, 1e6), 2.5)
	s.AllReduce.Own.Fixed, s.AllReduce.Own.Peer, s.AllReduce.Own.Efficiency = 0.5, 0.25, 0.5
	same(t, "fixed, peers and efficiency", s.AllReduce.Time(d, 4, 8, 1e6), 0.5+3*0.25+1+3)
	same(t, "as many ranks as a node has", s.AllReduce.Time(d, 4, 4, 1e6), 0.5+3*0.25+1+3)
	same(t, "over two nodes", s.AllReduce.Time(d, 4, 2, 1e6), 100+max(1, 1e6/2/1e5)+3*3e-6)
	s.AllReduce.NCCL.Fixed = 0
	same(t, "NCCL is faster", s.AllReduce.Time(d, 4, 8, 1e6), 1.5)
}

// Dispatch sends a token in 8 bits, with a scale for each 128 values, or in 16, combine in 16. Within a node
// each of the
// expected ranks·(1−(1−1/ranks)^k) places is sent to once, but for the rank itself.
func TestExchangeOfTokensByHand(t *testing.T) {
	a, d := ideal().AllToAll, idealDevice()
	s := AllToAllShape{Tokens: 10, Hidden: 256, TopK: 2, Experts: 16, Ranks: 4, RanksPerNode: 8,
		Format: units.FP8}
	near := 4 * (1 - 0.75*0.75) * 3 / 4
	same(t, "fp8", a.Dispatch(d, s), 10*near*(256+8)/1e6)
	same(t, "back", a.Combine(d, s), 10*near*512/1e6)
	s.Format = units.BF16
	same(t, "bf16", a.Dispatch(d, s), 10*near*512/1e6)
	s.LowLatency = true
	same(t, "a message for each choice", a.Combine(d, s), 10*2*3./4*512/1e6)
	// Two nodes of 2: half of the messages go over the network, a quarter to the neighbour.
	s.RanksPerNode = 2
	same(t, "over the network", a.Combine(d, s), 10*2*2./4*512/1e5)
	d.Network.Bandwidth = units.BytesPerSecond(math.Inf(1))
	same(t, "over the links", a.Combine(d, s), 10*2*1./4*512/1e6)
	// Many tokens: once to each of the 2·(1−¼) nodes that a token needs, half of them its own; from there to
	// the ranks.
	s.LowLatency = false
	same(t, "from rank to rank of a node", a.Combine(d, s), 10*4*(1-0.75*0.75)/2*512/1e6)
	d = idealDevice()
	same(t, "from node to node", a.Combine(d, s), 10*1.5/2*512/1e5)
	s.Groups, s.GroupsTaken = 2, 1
	same(t, "from one group", a.Combine(d, s), 10*1./2*512/1e5)
	s.GroupsTaken = 2
	same(t, "from no more than there are", a.Combine(d, s), 10*1.5/2*512/1e5)
	a.Combining.Fixed, a.Combining.Expert, a.Combining.Network, a.Combining.Link = 0.5, 0.25, 0.5, 0.01
	same(t, "fixed, experts, and the slower of the two", a.Combine(d, s),
		0.5+16*0.25+max(10*1.5/2*512/0.5e5, 10*4*(1-0.75*0.75)/2*512/0.01e6))
	a.Combining.Link = 1
	same(t, "half of the network", a.Combine(d, s), 0.5+16*0.25+10*1.5/2*512/0.5e5)
	for _, none := range []AllToAllShape{{Tokens: 10, Hidden: 256, TopK: 2, Ranks: 1, RanksPerNode: 8},
		{Hidden: 256, TopK: 2, Ranks: 4, RanksPerNode: 8}} {
		if got := a.Combine(d, none) + a.Dispatch(d, none); got != 0 {
			t.Errorf("%+v takes %v s", none, got)
		}
	}
}

// What one rank sends: every copy there and back.
func TestSentByHand(t *testing.T) {
	s := AllToAllShape{Tokens: 10, Hidden: 256, TopK: 2, Experts: 16, Ranks: 4, RanksPerNode: 2,
		Format: units.FP8, LowLatency: true}
	same(t, "messages", s.Sent(), 10*2*3./4*(256+8+512))
	s.LowLatency = false
	same(t, "tokens", s.Sent(), 10*(4*(1-0.75*0.75)/2+1.5/2)*(256+8+512))
	s.Ranks = 1
	same(t, "alone", s.Sent(), 0)
}
