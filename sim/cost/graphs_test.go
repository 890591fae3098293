package cost

import (
	"testing"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/arch"
)

// graphed is a model of an engine that captures decode steps of 8 and 16 sequences.
func graphed(t *testing.T, m *Model, change func(*Config)) *Model {
	t.Helper()
	c := m.Config
	c.Graphs = Graphs{Sizes: []int{8, 16}, Whole: true}
	if change != nil {
		change(&c)
	}
	other, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return other
}

// Of a plain model's layer: queries, keys and values, output, gate and up, down. FLOPs of so many rows.
func plainLayer(rows float64) float64 { return 2 * rows * (64*192 + 128*64 + 64*192 + 96*64) }

// Nine sequences run in a graph of sixteen: every matrix multiplies 16 rows, the head those that are sampled
// unless it is in the graph, and attention reads nine sequences' keys.
func TestNineDecodesAreSixteenRowsByHand(t *testing.T) {
	m := graphed(t, idealModel(t, plainModel("4"), alone, arithmetic), nil)
	for n, rows := range map[int]float64{1: 8, 7: 8, 8: 8, 9: 16, 16: 16, 17: 17, 40: 40} {
		takes(t, "arithmetic", decodeStep(m, n, 500), (4*plainLayer(rows)+2*float64(n)*1000*64)/1e12)
		whole := graphed(t, m, func(c *Config) { c.Graphs.Head = true })
		takes(t, "with its head", decodeStep(whole, n, 500), (4*plainLayer(rows)+2*rows*1000*64)/1e12)
	}
	m = graphed(t, idealModel(t, plainModel("4"), alone, memory), nil)
	takes(t, "keys of nine", decodeStep(m, 9, 2000)-decodeStep(m, 9, 1000), 9*1000*4*2*2*32/1e9)
	layer := gemmBytes(16, 192, 64) + gemmBytes(16, 64, 128) + gemmBytes(16, 192, 64) + gemmBytes(16, 64, 96) +
		2*16*(4*64+4*64+2*(128+32)+2*(32+32)+192+96) // norms, rotation, what the cache gets, activation
	ends := 2*16*(2*64) + 2*16*(4*64) + gemmBytes(9, 1000, 64) + 2*9*5*1000
	takes(t, "memory", decodeStep(m, 9, 500), (4*(layer+9*500*2*2*(16+16))+ends)/1e9)
}

// Ranks add up all rows of their graph.
func TestPaddingIsExchangedByHand(t *testing.T) {
	m := graphed(t, idealModel(t, plainModel("4"), arch.Plan{TP: 4, PP: 1, DP: 1, EP: 1}, links), nil)
	takes(t, "sums", decodeStep(m, 9, 10), (4*2+1)*ring(4, 16*64*2)+ring(4, 9*500*2))
	var rows units.Bytes
	for _, o := range m.Breakdown([]arch.Load{{Decodes: 9, Samples: 9, DecodeKeys: [4]int64{90}}}) {
		if o.Bound == BoundNetwork {
			rows += o.Bytes
		}
	}
	takes(t, "bytes sent", units.Seconds(rows/1e6).Picoseconds(), (4*2+1)*ring(4, 16*64*2)+ring(4, 9*500*2))
}

// Steps with prompts are padded only where pieces of them are captured, and their attention never is.
func TestMixedStepsByHand(t *testing.T) {
	base := idealModel(t, plainModel("4"), alone, arithmetic)
	step := func(m *Model, prompt int) units.Picoseconds {
		var l arch.Load
		for range 3 {
			l.AddDecode(m.Reaches(), 10)
		}
		l.AddChunk(m.Reaches(), 0, prompt, true)
		return m.Step([]arch.Load{l})
	}
	pieces := graphed(t, base, func(c *Config) { c.Graphs.Mixed = true })
	for _, c := range []struct {
		what         string
		m            *Model
		prompt, rows float64
	}{{"8 tokens", pieces, 5, 8}, {"9 tokens", pieces, 6, 16}, {"17 tokens", pieces, 14, 17},
		{"whole decode steps alone", graphed(t, base, nil), 6, 9}} {
		pairs := c.prompt * (c.prompt + 1) / 2
		takes(t, c.what, step(c.m, int(c.prompt)), (4*(plainLayer(c.rows)+2*pairs*8*(16+16))+2*4*1000*64)/1e12)
	}
}

// Above the largest graph the host launches every kernel, between pieces attention's and the pieces, and of a
// graph nothing that shows.
func TestLaunchesByHand(t *testing.T) {
	const us = units.Microsecond
	m := graphed(t, idealModel(t, plainModel("4"), alone, arithmetic), func(c *Config) {
		c.Overhead = Overhead{Async: true, LaunchPrefillLayer: 1200 * us}
	})
	eager := graphed(t, m, func(c *Config) {
		c.Graphs, c.Overhead = Graphs{}, Overhead{Async: true, LaunchLayer: 1200 * us}
	})
	pieces := graphed(t, m, func(c *Config) { c.Graphs.Whole, c.Graphs.Mixed = false, true })
	// Kernels of a layer: two norms, four multiplications, rotation, the cache's, attention, activation, sums.
	// Before them the embedding and its sum, behind them norm, head, gathering and sampler.
	takes(t, "one by one", decodeStep(eager, 17, 10), (4*12+6)*100e-6)
	for n, want := range map[int]units.Picoseconds{
		16: 0, 17: decodeStep(eager, 17, 10), 100: decodeStep(eager, 100, 10),
	} {
		if got := decodeStep(m, n, 10); got < want || want == 0 && got > (10*us).Picoseconds() {
			t.Errorf("%d sequences take %v, launches %v", n, got, want)
		}
	}
	takes(t, "two launches a layer", decodeStep(pieces, 16, 10), 4*2*100e-6)
	if got, want := decodeStep(pieces, 17, 10), decodeStep(eager, 17, 10); got != want {
		t.Errorf("17 sequences take %v in pieces, %v launched one by one", got, want)
	}
}

// All data-parallel ranks run the graph of the fullest; where one has none, nobody has.
func TestRanksPadToTheFullestByHand(t *testing.T) {
	plan := arch.Plan{TP: 2, PP: 1, DP: 2, EP: 4}
	loads := func(m *Model, a, b int) []arch.Load {
		l := make([]arch.Load, 2)
		for i, n := range []int{a, b} {
			for range n {
				l[i].AddDecode(m.Reaches(), 10)
			}
		}
		return l
	}
	m := graphed(t, idealModel(t, mixture, plan, links), nil)
	// As TestExpertsOverDataParallelRanksByHand has it, for 16 rows on either rank: a GPU sends 8 rows' choices.
	exchange := 2*8*4*3./4*128/1e6 + 16*128./2/1e6
	want := 3*(ring(2, 16*128)+exchange) + ring(2, 16*128) + ring(2, 9*500*2)
	takes(t, "a full and an emptier rank", m.Step(loads(m, 9, 2)), want)
	takes(t, "an idle one", m.Step(loads(m, 9, 0)), want)
	beyond := 3*(ring(2, 17*128)+2*9*4*3./4*128/1e6+17*128./2/1e6) + ring(2, 17*128) + ring(2, 17*500*2)
	takes(t, "one beyond the largest", m.Step(loads(m, 17, 2)), beyond)
	m = graphed(t, idealModel(t, mixture, plan, arithmetic), nil)
	shared := func(rows float64) float64 { return 2 * rows * (64*(2*2*16+2*1*16) + 2*2*16*64 + 3*64*24 + 64*16) }
	experts := func(tokens float64) float64 { return 2 * tokens * 4 / 4 * 3 * 64 * 32 }
	takes(t, "masked rows choose no experts", m.Step(loads(m, 9, 2)), (3*(shared(16)+experts(11))+2*9*500*64)/1e12)
	m = graphed(t, m, func(c *Config) { c.Graphs.Routed = true })
	takes(t, "others do", m.Step(loads(m, 9, 2)), (3*(shared(16)+experts(32))+2*9*500*64)/1e12)
	mixed := loads(m, 9, 0)
	mixed[1].AddChunk(m.Reaches(), 0, 5, false)
	takes(t, "a rank with a prompt", m.Step(mixed), (3*(shared(9)+experts(14))+2*9*500*64)/1e12)
}

// With two drafts a sequence has three rows: graphs of so many sequences have three times as many, graphs of
// rows are as large as whole sequences fill, if that is no more than the largest.
func TestGraphsOfVerifyingStepsByHand(t *testing.T) {
	base := idealModel(t, plainModel("4"), alone, arithmetic)
	verify := func(rows bool) *Model {
		return graphed(t, base, func(c *Config) {
			c.Speculation = &Speculation{Drafts: 2}
			c.Graphs.Rows = rows
		})
	}
	for n, rows := range map[int][2]float64{1: {24, 9}, 3: {24, 9}, 4: {24, 12}, 8: {24, 24}, 9: {48, 27},
		17: {51, 51}} {
		head := 2 * 3 * float64(n) * 1000 * 64
		for i, m := range []*Model{verify(false), verify(true)} {
			takes(t, "three rows a sequence", decodeStep(m, n, 10), (4*plainLayer(rows[i])+head)/1e12)
		}
	}
}
