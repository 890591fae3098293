package cost

import (
	"testing"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/arch"
)

// A ring over n ranks sends 2·(n−1)/n of what it adds up, over links of 10⁶ B/s.
func ring(n, bytes float64) float64 { return 2 * (n - 1) / n * bytes / 1e6 }

// With tensor parallelism a layer adds up twice, after attention and after the feed-forward part; so does the
// embedding,
// and ranks gather their shares of the logits, which is half of a sum.
func TestSumsOverRanksByHand(t *testing.T) {
	for _, tp := range []float64{2, 4, 8} {
		m := idealModel(t, plainModel("4"), arch.Plan{TP: int(tp), PP: 1, DP: 1, EP: 1}, links)
		for _, rows := range []float64{1, 2, 50} {
			takes(t, "decode", decodeStep(m, int(rows), 10), (4*2+1)*ring(tp, rows*64*2)+ring(tp, rows*500*2))
		}
		takes(t, "a prompt samples once", prefillStep(m, 0, 50), (4*2+1)*ring(tp, 50*64*2)+ring(tp, 500*2))
		var sent units.Bytes
		for _, o := range m.Breakdown([]arch.Load{{Decodes: 3, Samples: 3, DecodeKeys: [4]int64{30}}}) {
			if o.Bound == BoundNetwork {
				sent += o.Bytes
			}
		}
		takes(t, "bytes sent at 1e6 a second", units.Seconds(sent/1e6).Picoseconds(),
			(4*2+1)*ring(tp, 3*64*2)+ring(tp, 3*500*2))
	}
	// An odd vocabulary is padded: 1001 logits are gathered as 501 sums.
	m := idealModel(t, plainModel("4"), arch.Plan{TP: 2, PP: 1, DP: 1, EP: 1}, links)
	m.Model.Vocab = 1001
	odd, err := New(m.Config)
	if err != nil {
		t.Fatal(err)
	}
	takes(t, "odd vocabulary", decodeStep(odd, 1, 10), (4*2+1)*ring(2, 64*2)+ring(2, 501*2))
	// Eight ranks over nodes of 4: ¾ of the bytes within, while the node's quarter goes between two over the
	// network, there and back, which takes longer.
	m = idealModel(t, plainModel("4"), arch.Plan{TP: 8, PP: 1, DP: 1, EP: 1, GPUsPerNode: 4}, links)
	two := func(bytes float64) float64 { return max(2*bytes*3/4/1e6, 2*bytes/4/2/1e5) }
	takes(t, "two nodes", decodeStep(m, 3, 10), (4*2+1)*two(3*64*2)+two(3*500*2))
}

// Each rank has its share of heads, widths and vocabulary; a KV head is never divided.
func TestTensorParallelArithmeticByHand(t *testing.T) {
	for _, c := range []struct{ tp, kvHeads float64 }{{1, 2}, {2, 1}, {4, 1}, {8, 1}} {
		m := idealModel(t, plainModel("4"), arch.Plan{TP: int(c.tp), PP: 1, DP: 1, EP: 1}, arithmetic)
		heads := 8 / c.tp
		layer := 64*(heads*16+2*c.kvHeads*16) + heads*16*64 + 64*192/c.tp + 96*64/c.tp
		takes(t, "decode", decodeStep(m, 3, 10), 3*2*(4*layer+64*1000/c.tp)/1e12)
	}
}

// Five layers on two stages: the larger has three, and a round takes as long as two of it. Batches pass both
// stages, each
// with its own sequences, and are handed on once a stage.
func TestUnevenStagesByHand(t *testing.T) {
	layer := 2. * (64*192 + 128*64 + 64*192 + 96*64)
	head := 2. * 64 * 1000
	for _, c := range []struct {
		layers string
		stages int
		times  float64 // of the layers' even share
	}{{"4", 2, 1}, {"5", 2, 6. / 5}, {"5", 3, 6. / 5}, {"5", 4, 8. / 5}, {"7", 4, 8. / 7}, {"8", 3, 9. / 8}} {
		plan := arch.Plan{TP: 1, PP: c.stages, DP: 1, EP: 1}
		layers := float64(c.layers[0] - '0')
		m := idealModel(t, plainModel(c.layers), plan, arithmetic)
		for n, largest := range map[int]float64{1: 1, c.stages: 1, c.stages + 1: 2, 3*c.stages - 1: 3} {
			takes(t, "arithmetic of the largest batch", decodeStep(m, n, 10),
				c.times*largest*(layers*layer+head)/1e12)
		}
		m = idealModel(t, plainModel(c.layers), plan, links)
		takes(t, "hand-overs", decodeStep(m, 2*c.stages, 10), c.times*float64(c.stages)*2*64*2/1e6)
	}
	m := idealModel(t, plainModel("4"), arch.Plan{TP: 4, PP: 4, DP: 1, EP: 1, GPUsPerNode: 8}, links)
	takes(t, "16 GPUs hand over by the network", decodeStep(m, 1, 10),
		(4*2+1)*ring(4, 64*2)+ring(4, 500*2)+4*64*2/1e5)
	m = idealModel(t, plainModel("4"), arch.Plan{TP: 4, PP: 2, DP: 1, EP: 1, GPUsPerNode: 8}, links)
	takes(t, "8 GPUs by their links", decodeStep(m, 1, 10), (4*2+1)*ring(4, 64*2)+ring(4, 500*2)+2*64*2/1e6)
}

// A decoding sequence's keys are read whole by the batch that it is in: of three sequences on two stages two
// are together.
func TestStagesReadTheirKeysByHand(t *testing.T) {
	m := idealModel(t, plainModel("4"), arch.Plan{TP: 1, PP: 2, DP: 1, EP: 1}, memory)
	takes(t, "two of three", decodeStep(m, 3, 3000)-decodeStep(m, 3, 1000), 2*2000*4*2*2*32/1e9)
	takes(t, "one of one", decodeStep(m, 1, 3000)-decodeStep(m, 1, 1000), 2000*4*2*2*32/1e9)
}

// Two ranks of attention with two GPUs each, their experts on four ranks: tokens go to the experts' ranks, a
// message for
// each choice while no prompt is in the step, and come back; then the two GPUs of a rank gather what they
// share.
func TestExpertsOverDataParallelRanksByHand(t *testing.T) {
	plan := arch.Plan{TP: 2, PP: 1, DP: 2, EP: 4}
	m := idealModel(t, mixture, plan, links)
	loads := func(a, b int) []arch.Load {
		l := make([]arch.Load, 2)
		for i, n := range []int{a, b} {
			for range n {
				l[i].AddDecode(m.Reaches(), 10)
			}
		}
		return l
	}
	// Of 6 tokens on the fuller rank each GPU sends 3, 4 choices of which ¾ go to another rank, 128 bytes
	// each there and back.
	exchange := 2*3*4*3./4*128/1e6 + 6*128./2/1e6
	takes(t, "low latency", m.Step(loads(6, 2)), 3*(ring(2, 6*128)+exchange)+ring(2, 6*128)+ring(2, 6*500*2))
	takes(t, "whichever rank is fuller", m.Step(loads(2, 6)),
		3*(ring(2, 6*128)+exchange)+ring(2, 6*128)+ring(2, 6*500*2))
	takes(t, "an odd token more", m.Step(loads(5, 2)),
		3*(ring(2, 5*128)+2*3*4*3./4*128/1e6+5*128./2/1e6)+ring(2, 5*128)+ring(2, 5*500*2))
	mixed := loads(0, 0)
	mixed[0].AddChunk(m.Reaches(), 0, 6, false)
	reached := 4 * (1 - 81./256) * 3 / 4 // places of 4 that 4 choices fall on, but for the own one
	takes(t, "with a prompt a token goes once to a rank", m.Step(mixed),
		3*(ring(2, 6*128)+2*3*reached*128/1e6+6*128./2/1e6)+ring(2, 6*128))

	// The same over nodes of two GPUs: half of the messages cross the network, which is slower.
	plan.GPUsPerNode = 2
	m = idealModel(t, mixture, plan, links)
	takes(t, "over nodes", m.Step(loads(6, 2)),
		3*(ring(2, 6*128)+2*3*4*2./4*128/1e5+6*128./2/1e6)+ring(2, 6*128)+ring(2, 6*500*2))
}

// Two ranks share each expert: after the exchange over the two groups of experts they add up their slices.
func TestSlicedExpertsByHand(t *testing.T) {
	m := idealModel(t, mixture, arch.Plan{TP: 2, PP: 1, DP: 2, EP: 2}, links)
	l := make([]arch.Load, 2)
	for range 6 {
		l[1].AddDecode(m.Reaches(), 10)
	}
	exchange := 2*3*4*1./2*128/1e6 + ring(2, 6*128) + 6*128./2/1e6
	takes(t, "two groups", m.Step(l), 3*(ring(2, 6*128)+exchange)+ring(2, 6*128)+ring(2, 6*500*2))
	// One group: every rank gathers all tokens, computes its slice of each expert, and they add up and
	// scatter.
	m = idealModel(t, mixture, arch.Plan{TP: 1, PP: 1, DP: 4, EP: 1}, links)
	l = make([]arch.Load, 4)
	for i := range l {
		for range 2 + i {
			l[i].AddDecode(m.Reaches(), 10)
		}
	}
	takes(t, "no groups", m.Step(l), 3*2*(3./4*(2+3+4+5)*128/1e6))
	m = idealModel(t, mixture, arch.Plan{TP: 1, PP: 1, DP: 4, EP: 1}, arithmetic)
	all, own := 14., 5.
	takes(t, "its slice of all tokens' experts", m.Step(l),
		(3*(own*2*(64*192+128*64+3*64*48+64*16)+all*4*2*3*64*8)+own*2*64*1000)/1e12)
}

// Context ranks halve a prompt's tokens and pairs, and gather all its new keys and values; they decode alike.
func TestContextRanksByHand(t *testing.T) {
	plan := arch.Plan{TP: 1, PP: 1, DP: 1, EP: 1, CP: 2}
	m := idealModel(t, plainModel("4"), plan, arithmetic)
	layer := 2. * (64*192 + 128*64 + 64*192 + 96*64)
	takes(t, "a prompt", prefillStep(m, 100, 301),
		(4*(151*layer+(301*100+301*302/2+1)/2*2*8*32)+2*64*1000)/1e12)
	takes(t, "decode", decodeStep(m, 3, 50), 3*(4*layer+2*64*1000)/1e12)
	m = idealModel(t, plainModel("4"), plan, links)
	takes(t, "half of 302 tokens' keys and values from the other", prefillStep(m, 100, 301),
		4*302*2*2*32./2/1e6)
	if got := decodeStep(m, 3, 50); got != 0 {
		t.Errorf("decoding exchanges for %v", got)
	}
	plan.TP, plan.GPUsPerNode = 2, 2
	m = idealModel(t, plainModel("4"), plan, links)
	// One KV head a rank; neighbours in tensor parallelism fill a node, so that keys and values cross the
	// network.
	takes(t, "over nodes", prefillStep(m, 100, 302),
		4*302*2*32./2/1e5+(4*2+1)*ring(2, 151*128)+ring(2, 500*2))
}

// What an engine spends around its kernels, one figure at a time, on a device that takes no time.
func TestOverheadByHand(t *testing.T) {
	instant := idealised{free, free, free, free}
	step := func(o Overhead, plan arch.Plan, decodes, chunks int) units.Picoseconds {
		m := idealModel(t, plainModel("4"), plan, instant)
		m.Overhead = o
		var l arch.Load
		for range decodes {
			l.AddDecode(m.Reaches(), 10)
		}
		for range chunks {
			l.AddChunk(m.Reaches(), 0, 5, true)
		}
		return m.Step([]arch.Load{l})
	}
	takes(t, "step", step(Overhead{Step: 2, Async: true}, alone, 5, 0), 2)
	takes(t, "sequence", step(Overhead{Sequence: 2, Async: true}, alone, 5, 1), 12)
	takes(t, "host", step(Overhead{Host: 2, Async: true}, alone, 5, 0), 2)
	takes(t, "host, for a sequence", step(Overhead{HostSequence: 2, Async: true}, alone, 5, 1), 12)
	takes(t, "async, the longer of host and gaps", step(Overhead{Step: 2, Host: 3, Async: true}, alone, 5, 0),
		3)
	takes(t, "sync, their sum", step(Overhead{Step: 2, Host: 3}, alone, 5, 0), 5)
	takes(t, "sync, with each sequence", step(Overhead{Step: 2, Host: 3, Sequence: 10, HostSequence: 100},
		alone, 5, 0), 5+5*110)
	// A layer of 12 operators is the unit of launches; these have: norm, qkv, rope, cache write, attention,
	// output, its
	// sum; norm, gate and up, activation, down, its sum. The ends: look-up and its sum; norm, head,
	// gathering, sampling.
	launches := (4*(7+5.) + 2 + 4) / 12
	takes(t, "launches", step(Overhead{LaunchLayer: 2, Async: true}, alone, 5, 0), 2*launches)
	takes(t, "launches where a prompt is", step(Overhead{LaunchPrefillLayer: 3, Async: true}, alone, 5, 1),
		3*launches)
	takes(t, "and where none is", step(Overhead{LaunchPrefillLayer: 3, Async: true}, alone, 5, 0), 0)
	takes(t, "launches after the gaps", step(Overhead{Step: 7, LaunchLayer: 2, Async: true}, alone, 5, 0),
		7+2*launches)
	// Three stages, seven sequences: three batches of at most three; the host serves each.
	staged := arch.Plan{TP: 1, PP: 3, DP: 1, EP: 1}
	takes(t, "a host for three batches", step(Overhead{Host: 2, Async: true}, staged, 7, 0), 6)
	takes(t, "and their sequences", step(Overhead{HostSequence: 2, Async: true}, staged, 7, 0), 3*3*2)
	takes(t, "two sequences are two batches", step(Overhead{Host: 2, Async: true}, staged, 2, 0), 4)
	takes(t, "the device's gaps are of one batch", step(Overhead{Step: 2, Async: true}, staged, 7, 0), 2)
}

// The device works while the host launches: launches bound a step from below, gaps are added to the device's
// work.
func TestLaunchesOverlapTheDeviceByHand(t *testing.T) {
	work := 2. * (4*(64*192+128*64+64*192+96*64) + 64*1000) / 1e12
	launches := (4*(7+5.) + 2 + 4) / 12
	for _, c := range []struct {
		launch, step, want float64
	}{{0, 1e-6, work + 1e-6}, {work / launches / 2, 0, work}, {2 * work / launches, 0, 2 * work},
		{2 * work / launches, 3e-6, 2*work + 3e-6}} {
		m := idealModel(t, plainModel("4"), alone, arithmetic)
		m.Overhead = Overhead{Step: units.Seconds(c.step), LaunchLayer: units.Seconds(c.launch), Async: true}
		takes(t, "launches", decodeStep(m, 1, 10), c.want)
		var sum units.Seconds
		for _, o := range m.Breakdown([]arch.Load{{Decodes: 1, Samples: 1, DecodeKeys: [4]int64{10}}}) {
			sum += o.Time
			if o.Layer == "host" {
				takes(t, "the host's part", o.Time.Picoseconds(), c.want-work)
			}
		}
		takes(t, "the parts together", sum.Picoseconds(), c.want)
	}
}

// GPUs of a plan, its experts' tensor parallelism, and what divides what.
func TestPlansByHand(t *testing.T) {
	p := arch.Plan{TP: 4, PP: 3, DP: 2, EP: 4, CP: 5, GPUsPerNode: 8}
	if p.GPUs() != 120 || p.Split() != (arch.Split{TP: 4, ExpertTP: 2, ExpertRanks: 4}) {
		t.Errorf("%d GPUs, %+v", p.GPUs(), p.Split())
	}
	if err := p.Check(); err != nil {
		t.Error(err)
	}
	for want, change := range map[string]func(*arch.Plan){
		"parallel.tp: 0; must be at least 1":            func(p *arch.Plan) { p.TP = 0 },
		"parallel.pp: 0; must be at least 1":            func(p *arch.Plan) { p.PP = 0 },
		"parallel.dp: 0; must be at least 1":            func(p *arch.Plan) { p.DP = 0 },
		"parallel.ep: 0; must be at least 1":            func(p *arch.Plan) { p.EP = 0 },
		"parallel.cp: -1; must be at least 1":           func(p *arch.Plan) { p.CP = -1 },
		"hardware.gpus_per_node: 0; must be at least 1": func(p *arch.Plan) { p.GPUsPerNode = 0 },
		"parallel.ep: 3 does not divide tp·dp = 8; use a divisor, as the experts' tensor parallelism is tp·dp/ep": func(p *arch.Plan) { p.EP = 3 },
	} {
		wrong := p
		change(&wrong)
		if err := wrong.Check(); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// A cost model needs all three of its parts.
func TestAPartIsMissing(t *testing.T) {
	whole := idealModel(t, plainModel("4"), alone, memory).Config
	for part, without := range map[string]func(*Config){
		"model": func(c *Config) { c.Model = nil }, "device": func(c *Config) { c.Device = nil },
		"kernels": func(c *Config) { c.Kernels = nil },
	} {
		c := whole
		without(&c)
		if _, err := New(c); err == nil {
			t.Errorf("it is built without a %s", part)
		}
	}
}
