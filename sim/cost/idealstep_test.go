package cost

import (
	"math"
	"testing"

	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/sim/cost/kernels"
)

// The steps of this file are worked out by hand from a model's published shapes, on an ideal device: 10¹²
// FLOP/s, or
// memory of 10⁹ B/s, or links of 10⁶ B/s, everything else for nothing.
type idealised struct{ peak, bandwidth, link, network float64 }

var (
	free       = math.Inf(1)
	arithmetic = idealised{1e12, free, free, free}
	memory     = idealised{free, 1e9, free, free}
	links      = idealised{free, free, 1e6, 1e5}
)

// idealModel is a model of a TOML description under a plan, with laws that are the bare roofline.
func idealModel(t *testing.T, text string, plan arch.Plan, on idealised) *Model {
	t.Helper()
	spec, err := arch.Parse("ideal.toml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	described, err := spec.Build()
	if err != nil {
		t.Fatal(err)
	}
	device := &hw.Device{SMs: 1, Bandwidth: units.BytesPerSecond(on.bandwidth),
		Link:    hw.Link{Kind: "ring", Bandwidth: units.BytesPerSecond(on.link)},
		Network: hw.Link{Kind: "ethernet", Bandwidth: units.BytesPerSecond(on.network)}}
	for _, f := range []units.Format{units.BF16, units.FP8, units.INT8} {
		device.Peak[f] = units.FLOPsPerSecond(on.peak)
	}
	set := kernels.Datasheet()
	for _, law := range set.Laws() {
		for _, p := range law.Law.Parameters() {
			if *p.Value >= 1e15 {
				*p.Value = free
			}
		}
	}
	if plan.GPUsPerNode == 0 {
		plan.GPUsPerNode = 8
	}
	m, err := New(Config{Model: described, Device: device, Plan: plan, Kernels: set,
		Routing: kernels.Balanced{}})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// takes checks a step's time in seconds; the clock rounds to picoseconds, also for each key.
func takes(t *testing.T, what string, got units.Picoseconds, want float64) {
	t.Helper()
	if math.Abs(got.Seconds().Milliseconds()-1e3*want) > 1e-6*1e3*want+1e-8 {
		t.Errorf("%s: %.9g s, by hand %.9g s", what, float64(got.Seconds()), want)
	}
}

// plainModel has 4 layers (or others) of grouped attention and a gated feed-forward part.
func plainModel(layers string) string {
	return `name = "plain"
hidden = 64
vocab = 1000
max_context = 4096
attention = { kind = "attention", heads = 8, kv_heads = 2, head_dim = 16 }
dense = { kind = "dense", width = 96 }
stack = [{ repeat = ` + layers + `, mixer = "attention", ffn = "dense" }]
`
}

// A GEMM's bytes in bf16: weights, input and output.
func gemmBytes(rows, n, k float64) float64 { return 2 * (n*k + rows*k + rows*n) }

func TestDenseDecodeByHand(t *testing.T) {
	// Of a layer: queries, keys and values 64→(8+2·2)·16, output 128→64, gate and up 64→192, down 96→64.
	// Head: 64→1000.
	layer := func(n float64) float64 { return 2 * n * (64*192 + 128*64 + 64*192 + 96*64) }
	m := idealModel(t, plainModel("4"), alone, arithmetic)
	for _, n := range []int{1, 2, 30} {
		takes(t, "arithmetic", decodeStep(m, n, 500), (4*layer(float64(n))+2*float64(n)*1000*64)/1e12)
	}
	m = idealModel(t, plainModel("8"), alone, arithmetic)
	takes(t, "twice the layers", decodeStep(m, 1, 500), (8*layer(1)+2*1000*64)/1e12)

	m = idealModel(t, plainModel("4"), alone, memory)
	for _, c := range []struct{ n, context float64 }{{1, 1}, {1, 500}, {2, 500}, {1, 1000}} {
		n := c.n
		perLayer := gemmBytes(n, 192, 64) + gemmBytes(n, 64, 128) + gemmBytes(n, 192, 64) + gemmBytes(n, 64,
			96) +
			2*n*(4*64+4*64+ // two norms with their residuals: 2 vectors in, 2 out
				2*(128+32)+ // rotation of queries and keys, in and out
				2*(32+32)+ // keys and values in, and out to the cache
				192+96) + // activation
			n*c.context*2*2*(16+16) // the cache: 2 KV heads of keys and values
		ends := 2*n*(2*64) + // a row of the table in and out
			2*n*(4*64) + gemmBytes(n, 1000, 64) + 2*n*5*1000 // last norm, head, sampling
		takes(t, "memory", decodeStep(m, int(n), int(c.context)), (4*perLayer+ends)/1e9)
	}
}

func TestDensePrefillByHand(t *testing.T) {
	m := idealModel(t, plainModel("4"), alone, arithmetic)
	flops := func(cached, n, sampled float64) float64 {
		pairs := n*cached + n*(n+1)/2
		return 4*(2*n*(64*192+128*64+64*192+96*64)+2*pairs*8*(16+16)) + sampled*2*1000*64
	}
	takes(t, "a prompt", prefillStep(m, 0, 300), flops(0, 300, 1)/1e12)
	takes(t, "twice the tokens, four times the pairs", prefillStep(m, 0, 600), flops(0, 600, 1)/1e12)
	takes(t, "after cached tokens", prefillStep(m, 1000, 300), flops(1000, 300, 1)/1e12)
	var piece arch.Load
	piece.AddChunk(m.Reaches(), 0, 300, false)
	takes(t, "a piece that samples nothing", m.Step([]arch.Load{piece}), flops(0, 300, 0)/1e12)
	piece.AddDecode(m.Reaches(), 700)
	takes(t, "beside a decoding sequence", m.Step([]arch.Load{piece}),
		flops(0, 300, 1)/1e12+4*2*(64*192+128*64+64*192+96*64)/1e12)
}

// Windows and chunks cut pairs and keys; a stride reads its share.
func TestReachesByHand(t *testing.T) {
	windowed := func(field string) string {
		return `name = "w"
hidden = 64
vocab = 1000
max_context = 4096
attention = { kind = "attention", heads = 8, kv_heads = 2, head_dim = 16, ` + field + ` }
stack = [{ repeat = 1, mixer = "attention" }]
`
	}
	bare := idealModel(t, windowed(`window = 1`), alone, memory)
	for _, c := range []struct {
		field   string
		context int
		keys    float64
	}{
		{"window = 100", 99, 99}, {"window = 100", 100, 100}, {"window = 100", 101, 100}, {"window = 100",
			4000, 100},
		{"chunk = 100", 99, 99}, {"chunk = 100", 100, 100}, {"chunk = 100", 101, 1}, {"chunk = 100", 250, 50},
	} {
		m := idealModel(t, windowed(c.field), alone, memory)
		takes(t, c.field, decodeStep(m, 3, c.context)-decodeStep(bare, 3, 1), 3*(c.keys-1)*2*2*32/1e9)
	}
	none := idealModel(t, windowed(`window = 1`), alone, arithmetic)
	for _, c := range []struct {
		field     string
		cached, n int
		pairs     float64
	}{
		{"window = 100", 0, 100, 5050}, {"window = 100", 0, 250, 5050 + 150*100}, {"window = 100", 99, 50,
			50 * 100},
		{"window = 100", 50, 100, (51+100)*50/2. + 50*100},
		{"chunk = 100", 0, 250, 2*5050 + 1275}, {"chunk = 100", 50, 100, (51+100)*50/2. + 1275},
	} {
		m := idealModel(t, windowed(c.field), alone, arithmetic)
		takes(t, c.field, prefillStep(m, c.cached, c.n)-prefillStep(none, c.cached, c.n),
			2*(c.pairs-float64(c.n))*8*32/1e12)
	}
}

// Of three levels one sees a window, one every 16th token and one every 64th; all share their projections.
func TestHierarchyByHand(t *testing.T) {
	text := `name = "levels"
hidden = 64
vocab = 1000
max_context = 4096
levels = { kind = "hierarchical", heads = 8, kv_heads = 2, head_dim = 16, window = 100, stride = 16,
	interval = 64 }
stack = [{ repeat = 2, mixer = "levels" }]
`
	m := idealModel(t, text, alone, memory)
	takes(t, "decode", decodeStep(m, 3, 1024+640)-decodeStep(m, 3, 640), 3*2*2*2*32*(1024/16.+1024/64.)/1e9)
	m = idealModel(t, text, alone, arithmetic)
	pairs := func(cached, n float64) float64 {
		all := n*cached + n*(n+1)/2
		return math.Floor(all/16) + math.Floor(all/64)
	}
	takes(t, "prefill", prefillStep(m, 1000, 300)-prefillStep(m, 200, 300),
		2*(pairs(1000, 300)-pairs(200, 300))*2*8*32/1e12)
}

const mixture = `name = "mixture"
hidden = 64
vocab = 1000
max_context = 4096
attention = { kind = "attention", heads = 8, kv_heads = 2, head_dim = 16 }
moe = { kind = "moe", experts = 16, top_k = 4, width = 32, shared_width = 48 }
stack = [{ repeat = 3, mixer = "attention", ffn = "moe" }]
`

// Each token goes through 4 experts of 64→32 and the shared one of 64→48, three matrices each, and the
// router.
func TestMixtureByHand(t *testing.T) {
	flops := func(n, ranks float64) float64 {
		return 3*(2*n*(64*192+128*64)+2*n*3*64*48+2*n*64*16+2*(n*4/ranks)*3*64*32) + 2*n*1000*64
	}
	m := idealModel(t, mixture, alone, arithmetic)
	for _, n := range []float64{1, 2, 40} {
		takes(t, "one rank", decodeStep(m, int(n), 10), flops(n, 1)/1e12)
	}
	// With one data-parallel rank the experts' ranks share the choices; attention is not divided by EP.
	m = idealModel(t, mixture, arch.Plan{TP: 4, PP: 1, DP: 1, EP: 4}, arithmetic)
	perRank := 3*(2*8*(64*(2*16+2*1*16)+32*64)+2*8*3*64*12+2*8*64*16+2*(8*4/4.)*3*64*32) + 2.*8*250*64
	takes(t, "four ranks of experts", decodeStep(m, 8, 10), perRank/1e12)
	m = idealModel(t, mixture, arch.Plan{TP: 4, PP: 1, DP: 1, EP: 2}, arithmetic)
	perRank = 3*(2*8*(64*(2*16+2*1*16)+32*64)+2*8*3*64*12+2*8*64*16+2*(8*4/2.)*3*64*16) + 2.*8*250*64
	takes(t, "two ranks of experts, two of each expert", decodeStep(m, 8, 10), perRank/1e12)
}

// The weights read in a step are those of the experts hit, which are as many as choices until all are.
func TestExpertWeightsByHand(t *testing.T) {
	m := idealModel(t, mixture, alone, memory)
	for _, entry := range m.Breakdown([]arch.Load{{Decodes: 2, Samples: 2, DecodeKeys: [4]int64{20}}}) {
		if entry.Name == "experts" {
			weights, moved := 8*3.*64*32*2, 2*2*4*(2*64+2*3*32.)
			if got := float64(entry.Bytes); got != 3*(weights+moved) {
				t.Errorf("two tokens' experts move %v bytes, by hand %v", got, 3*(weights+moved))
			}
			if entry.Count != 3 || float64(entry.FLOPs) != 3*2*8*3*64*32 {
				t.Errorf("%+v", entry)
			}
		}
	}
}

// Of four expert-parallel ranks the fullest has a quarter of the choices where they are spread evenly, and as
// much more where they are not.
func TestWorkOfTheFullestRankByHand(t *testing.T) {
	m := idealModel(t, mixture, arch.Plan{TP: 4, PP: 1, DP: 1, EP: 4}, memory)
	for name, c := range map[string]struct {
		routing         kernels.Routing
		choices, expert float64 // on the fullest rank
	}{"balanced": {kernels.Balanced{}, 8, 4}, "one rank gets half": {halfOnOne{}, 16, 3}} {
		m.Routing = c.routing
		for _, entry := range m.Breakdown([]arch.Load{{Decodes: 8, Samples: 8, DecodeKeys: [4]int64{80}}}) {
			if entry.Name != "experts" {
				continue
			}
			flops, bytes := 3*2*c.choices*3*64*32, 3*(c.expert*3*64*32*2+2*c.choices*(2*64+2*3*32))
			if float64(entry.FLOPs) != flops || float64(entry.Bytes) != bytes {
				t.Errorf("%s: %v FLOPs and %v bytes, by hand %v and %v", name, entry.FLOPs, entry.Bytes, flops, bytes)
			}
		}
	}
}

// halfOnOne is a routing in which one rank gets half of the choices, for three experts.
type halfOnOne struct{}

func (halfOnOne) Spread(tokens, topK, _, _ int) kernels.Spread {
	return kernels.Spread{Copies: float64(tokens*topK) / 2, Experts: 3}
}

// Latent attention, in prefill: kv_b expands the chunk's latents and the cached ones; in decode heads attend
// the latent.
func TestLatentAttentionByHand(t *testing.T) {
	text := `name = "latent"
hidden = 64
vocab = 1000
max_context = 4096
mla = { kind = "mla", heads = 4, q_rank = 24, kv_rank = 32, rope_dim = 8, nope_dim = 16, value_dim = 12 }
stack = [{ repeat = 2, mixer = "mla" }]
`
	m := idealModel(t, text, alone, arithmetic)
	rows := func(n float64) float64 { return 2 * n * (64*(24+32+8) + 24*4*(16+8) + 4*12*64) }
	expand := func(n float64) float64 { return 2 * n * 32 * 4 * (16 + 12) }
	// The batched products run in tiles of 64 rows and 128 columns, one for each head, whatever is in them.
	absorb := func(n float64) float64 { return math.Ceil(n/64) * 4 * 2 * 64 * 128 * (16 + 32) }
	head := 2 * 1000 * 64.
	// Chunks waste half a tile of 64 pairs a query; the longest block has twice the mean number of pairs for
	// 128 queries.
	pairs := func(cached, n float64) float64 {
		all := n*cached + n*(n+1)/2 + 64*n
		return max(all*4, 2*all/n*128) * 2 * (16 + 8 + 12)
	}
	takes(t, "a prompt", prefillStep(m, 0, 200), (2*(rows(200)+expand(200)+pairs(0, 200))+head)/1e12)
	takes(t, "after cached tokens", prefillStep(m, 500, 200),
		(2*(rows(200)+expand(700)+pairs(500, 200))+head)/1e12)
	for _, n := range []float64{1, 64, 65} {
		takes(t, "decodes", decodeStep(m, int(n), 300),
			(2*(rows(n)+absorb(n)+n*300*2*4*(32+8+32))+n*head)/1e12)
	}
	m = idealModel(t, text, alone, memory)
	takes(t, "a key is one latent, whatever the heads", decodeStep(m, 3, 1300)-decodeStep(m, 3, 300),
		3*1000*2*2*(32+8)/1e9)
}

// Sparse attention: the indexer scores every key in fp8, attention reads what it chose.
func TestSparseAttentionByHand(t *testing.T) {
	text := `name = "sparse"
hidden = 64
vocab = 1000
max_context = 4096
dsa = { kind = "dsa", heads = 4, q_rank = 24, kv_rank = 32, rope_dim = 8, nope_dim = 16, value_dim = 12,
	index_heads = 2, index_dim = 128, top_k = 100 }
stack = [{ repeat = 2, mixer = "dsa" }]
`
	m := idealModel(t, text, alone, memory)
	takes(t, "index keys alone", decodeStep(m, 3, 1300)-decodeStep(m, 3, 300), 3*1000*2*(128+4)/1e9)
	takes(t, "index keys and latents", decodeStep(m, 3, 100)-decodeStep(m, 3, 50),
		3*50*2*(128+4+2*(32+8))/1e9)
	m = idealModel(t, text, alone, arithmetic)
	scores := func(pairs float64) float64 { return 2 * pairs * 2 * 128 }
	takes(t, "prefill: scores of all pairs, attention as before",
		prefillStep(m, 1000, 50)-prefillStep(m, 200, 50),
		2*scores(50*800)/1e12)
}

// A step reads and writes recurrent states; a prompt's do not depend on what came before.
func TestRecurrenceByHand(t *testing.T) {
	for kind, c := range map[string]struct{ fields string }{
		"gdn":    {`kind = "gated-delta-net", key_heads = 2, value_heads = 4, key_dim = 16, value_dim = 32, conv = 4`},
		"kda":    {`kind = "kda", heads = 4, head_dim = 16, conv = 4`},
		"mamba2": {`kind = "mamba2", heads = 4, head_dim = 32, state_dim = 16, groups = 1, conv = 4`},
		"mamba1": {`kind = "mamba1", width = 128, state_dim = 16, dt_rank = 8, conv = 4`},
	} {
		m := idealModel(t, "name = \"r\"\nhidden = 64\nvocab = 1000\nmax_context = 4096\npart = { "+c.fields+
			" }\nstack = [{ repeat = 2, mixer = \"part\" }]\n", alone, memory)
		states := map[string]float64{"gdn": 4 * 16 * 32, "kda": 4 * 16 * 16, "mamba2": 4 * 32 * 16,
			"mamba1": 128 * 16}[kind]
		channels := map[string]float64{"gdn": 2*2*16 + 4*32, "kda": 3 * 64, "mamba2": 128 + 2*16,
			"mamba1": 128}[kind]
		for _, n := range []int{1, 5} {
			for _, entry := range m.Breakdown([]arch.Load{{Decodes: n, Samples: n,
				DecodeKeys: [4]int64{900}}}) {
				if entry.Category != AttentionCore {
					continue
				}
				want := 2 * float64(n) * (2*4*states + 2*2*4*channels) / 1e9
				if got := float64(entry.Time); math.Abs(got/want-1) > 1e-9 {
					t.Errorf("%s: %d sequences take %g s, by hand %g", kind, n, got, want)
				}
			}
		}
		if a, b := decodeStep(m, 3, 10), decodeStep(m, 3, 4000); a != b {
			t.Errorf("%s: %v at a context of 10, %v at 4000", kind, a, b)
		}
		if a, b := prefillStep(m, 0, 64), prefillStep(m, 3000, 64); a != b {
			t.Errorf("%s: a prompt takes %v, after 3000 tokens %v", kind, a, b)
		}
	}
}

// A layer that keeps every eighth key reads an eighth of their bytes, and no key in less time than they take.
func TestKeysOfAShareTakeTheirShare(t *testing.T) {
	m := newModel(t, "llama-3.1-8b", arch.Plan{TP: 1, PP: 1, DP: 1, EP: 1}, kernels.Default())
	o := arch.Attention{Form: arch.Grouped, Heads: 32, KVHeads: 8, KeyDim: 128, ValueDim: 128, KeyShare: 1}
	whole := m.keyDelivery(o)
	if want := 8 * 2 * 128 * 2 / float64(m.Device.Bandwidth); math.Abs(float64(whole)/want-1) > 1e-12 {
		t.Errorf("a key takes %v s, want %v", whole, want)
	}
	o.KeyShare = 1. / 8
	if got := m.keyDelivery(o); got != whole/8 {
		t.Errorf("an eighth of the keys takes %v s each, want %v", got, whole/8)
	}
}
