package kv_test

import (
	"math"
	"testing"

	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/sim/kv"
)

// small is a model of 5 layers whose tensors are few enough to count by hand.
func small(t *testing.T, header, mixer, stack string) *arch.Model {
	t.Helper()
	spec, err := arch.Parse("small.toml",
		[]byte("name = \"small\"\nhidden = 64\nvocab = 1000\nmax_context = 4096\n"+header+"\n"+
			mixer+"\ndense = { kind = \"dense\", width = 96 }\n"+
			"moe = { kind = \"moe\", experts = 16, top_k = 4, width = 32, shared_width = 48 }\n"+stack+"\n"))
	if err != nil {
		t.Fatal(err)
	}
	m, err := spec.Build()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

const (
	grouped = `mixer = { kind = "attention", heads = 8, kv_heads = 2, head_dim = 16 }`
	latent  = `mixer = { kind = "mla", heads = 8, q_rank = 24, kv_rank = 32, rope_dim = 8, nope_dim = 16, value_dim = 12 }`
	densely = `stack = [{ repeat = 5, mixer = "mixer", ffn = "dense" }]`
)

func plan(tp, pp, dp, ep int) arch.Plan {
	return arch.Plan{TP: tp, PP: pp, DP: dp, EP: ep, GPUsPerNode: 8}
}

func fits(t *testing.T, m *arch.Model, p arch.Plan, device, reserved float64, tokens int) kv.Memory {
	t.Helper()
	return kv.Fit(m, &hw.Device{Memory: units.Bytes(device)}, p,
		kv.Settings{Engine: keeping(0.5, units.Bytes(reserved)), BlockTokens: tokens})
}

// Weights on the fullest GPU, tensor by tensor. A layer has queries 64→128, keys and values 64→32 each,
// output 128→64, gate,
// up and down of 64×96, and two norms; the ends a table and a head of 1000×64 and a norm.
func TestWeightsOfTheFullestGPUByHand(t *testing.T) {
	table, norm := 64.*1000, 64.
	for _, c := range []struct {
		name, header string
		plan         arch.Plan
		want         float64 // parameters, 2 bytes each
	}{
		{"one GPU", "", plan(1, 1, 1, 1), 5*(64*128+2*64*32+128*64+3*64*96+2*64) + 2*table + norm},
		{"a head that is the table", "tied = true", plan(1, 1, 1, 1),
			5*(64*128+2*64*32+128*64+3*64*96+2*64) + table + norm},
		{"two ranks: norms on both", "", plan(2, 1, 1, 1),
			5*((64*128+2*64*32+128*64+3*64*96)/2.+2*64) + table + norm},
		{"four ranks: two copies of each KV head", "", plan(4, 1, 1, 1),
			5*(64*128/4.+2*64*16+128*64/4.+3*64*96/4.+2*64) + table/2 + norm},
		{"three layers of five, and the head", "", plan(1, 2, 1, 1),
			3*(64*128+2*64*32+128*64+3*64*96+2*64) + table + norm},
		{"the last stage's own copy of the table", "tied = true", plan(1, 2, 1, 1),
			3*(64*128+2*64*32+128*64+3*64*96+2*64) + table + norm},
		{"learned positions lie with the table", "positions = 300", plan(1, 5, 1, 1),
			1*(64*128+2*64*32+128*64+3*64*96+2*64) + table + 300*64},
		{"stages of two ranks", "", plan(2, 5, 1, 1),
			(64*128+2*64*32+128*64+3*64*96)/2. + 2*64 + table/2 + norm},
		{"data-parallel ranks divide nothing dense", "", plan(1, 1, 4, 1),
			5*(64*128+2*64*32+128*64+3*64*96+2*64) + 2*table + norm},
	} {
		m := small(t, c.header, grouped, densely)
		if got := fits(t, m, c.plan, 1e9, 0, 16).WeightBytesPerGPU; float64(got) != 2*c.want {
			t.Errorf("%s: %v bytes, by hand %v", c.name, got, 2*c.want)
		}
	}
}

// Latent attention: down-projections and their norms on every rank, up-projections and the output divided.
func TestLatentWeightsByHand(t *testing.T) {
	m := small(t, "", latent, densely)
	shared := 64*24 + 24 + 64*(32+8) + 32 + 2*64.
	divided := 24*8*(16+8) + 32*8*(16+12) + 8*12*64 + 3*64*96.
	for _, tp := range []int{1, 2, 8} {
		want := 2 * (5*(shared+divided/float64(tp)) + 2*64*1000/float64(tp) + 64)
		if got := fits(t, m, plan(tp, 1, 1, 1), 1e9, 0, 16).WeightBytesPerGPU; float64(got) != want {
			t.Errorf("%d ranks: %v bytes, by hand %v", tp, got, want)
		}
	}
}

// Experts are divided over all ranks of a replica, whole or in slices; the shared expert over tensor-parallel
// ranks; the
// router is on each. A redundant copy lies on one of the experts' ranks.
func TestExpertWeightsByHand(t *testing.T) {
	m := small(t, "", grouped, `stack = [{ repeat = 5, mixer = "mixer", ffn = "moe" }]`)
	layer := func(tp, kvCopies, experts float64) float64 {
		return 64*128/tp + 2*64*32*kvCopies/tp + 128*64/tp + 2*64 + 64*16 + 3*64*48/tp + 16*3*64*32/experts
	}
	ends := func(tp float64) float64 { return 2*64*1000/tp + 64 }
	for _, c := range []struct {
		plan arch.Plan
		want float64
	}{
		{plan(1, 1, 1, 1), 5*layer(1, 1, 1) + ends(1)},
		{plan(2, 1, 1, 1), 5*layer(2, 1, 2) + ends(2)},
		{plan(1, 1, 8, 8), 5*layer(1, 1, 8) + ends(1)},
		{plan(2, 1, 4, 4), 5*layer(2, 1, 8) + ends(2)},
		{plan(4, 1, 2, 1), 5*layer(4, 2, 8) + ends(4)},
		{arch.Plan{TP: 1, PP: 1, DP: 8, EP: 8, GPUsPerNode: 8, Redundant: 8},
			5*layer(1, 1, 8) + 5*3*64*32 + ends(1)},
	} {
		if got := fits(t, m, c.plan, 1e9, 0, 16).WeightBytesPerGPU; math.Abs(float64(got)-2*c.want) > 1e-6 {
			t.Errorf("%+v: %v bytes, by hand %v", c.plan, got, 2*c.want)
		}
	}
}

// Formats: experts, dense parts and attention each in theirs, with the scales of their blocks; ends, norms
// and routers in
// 16 bits.
func TestQuantisedWeightsByHand(t *testing.T) {
	m := small(t, "", grouped,
		`stack = [{ repeat = 4, mixer = "mixer", ffn = "moe" }, { repeat = 1, mixer = "mixer", ffn = "dense" }]`)
	attention, dense, experts := 5*(64*128+2*64*32+128*64.), 3*64*96+4*3*64*48., 4*16*3*64*32.
	wide := 2*64*1000 + 64 + 5*2*64 + 4*64*16.
	for format, bits := range map[units.Format]float64{
		units.BF16: 16, units.FP8: 8, units.FP8Block: 8 + 32./(128*128), units.INT8: 8, units.INT4: 4 +
			16./128,
		units.INT4G32: 4 + 16./32, units.MXFP4: 4 + 8./32, units.NVFP4: 4 + 8./16} {
		p := plan(1, 1, 1, 1)
		for _, c := range []struct {
			precision arch.Precision
			narrow    float64
		}{
			{arch.Precision{Attention: format}, attention}, {arch.Precision{Dense: format},
				dense}, {arch.Precision{Experts: format}, experts},
			{arch.Precision{Attention: format, Dense: format, Experts: format}, attention + dense + experts},
		} {
			p.Precision = c.precision
			want := 2*(wide+attention+dense+experts-c.narrow) + c.narrow*bits/8
			if got := fits(t, m, p, 1e9, 0, 16).WeightBytesPerGPU; math.Abs(float64(got)-want) > 1e-6 {
				t.Errorf("%+v: %v bytes, by hand %v", c.precision, got, want)
			}
		}
	}
}

// A GPU's memory: half of it is the engine's, less its weights and its workspace; the rest are whole blocks
// of 16 tokens.
// On the longest stage of two there are three layers of five.
func TestBlocksByHand(t *testing.T) {
	m := small(t, "", grouped, densely)
	for _, c := range []struct {
		name     string
		plan     arch.Plan
		kv       units.Format
		perToken float64
	}{
		{"one GPU", plan(1, 1, 1, 1), units.BF16, 5 * 2 * 2 * 2 * 16},
		{"a KV head each", plan(2, 1, 1, 1), units.BF16, 5 * 2 * 2 * 16},
		{"and copies beyond", plan(8, 1, 1, 1), units.BF16, 5 * 2 * 2 * 16},
		{"in 8 bits", plan(1, 1, 1, 1), units.FP8, 5 * 2 * 2 * 16},
		{"three layers of five", plan(1, 2, 1, 1), units.BF16, 3 * 2 * 2 * 2 * 16},
		{"two layers of five", plan(1, 3, 1, 1), units.BF16, 2 * 2 * 2 * 2 * 16},
	} {
		c.plan.Precision.KV = c.kv
		weights := float64(fits(t, m, c.plan, 1e9, 0, 16).WeightBytesPerGPU)
		const blocks, workspace = 10, 12345.
		exactly := 2 * (weights + workspace + blocks*16*c.perToken)
		at := fits(t, m, c.plan, exactly, workspace, 16)
		if math.Abs(float64(at.BlockBytesPerGPU)-16*c.perToken) > 1e-9 || at.Blocks != blocks ||
			math.Abs(float64(at.PoolBytesPerGPU)-blocks*16*c.perToken) > 1e-6 {
			t.Errorf("%s: %d blocks of %v bytes in %v", c.name, at.Blocks, at.BlockBytesPerGPU,
				at.PoolBytesPerGPU)
		}
		if less := fits(t, m, c.plan, exactly-2, workspace, 16); less.Blocks != blocks-1 {
			t.Errorf("%s: a byte less leaves %d blocks", c.name, less.Blocks)
		}
		one := 2 * (weights + workspace + 16*c.perToken)
		if at := fits(t, m, c.plan, one, workspace, 16); !at.Fits() || at.Blocks != 1 {
			t.Errorf("%s: room for exactly one block: %+v", c.name, at)
		}
		short := fits(t, m, c.plan, one-2*100, workspace, 16)
		if short.Fits() || math.Abs(float64(short.ShortBy)-100) > 1e-6 || short.Blocks != 0 {
			t.Errorf("%s: 100 bytes too few: short by %v, %d blocks", c.name, short.ShortBy, short.Blocks)
		}
	}
}

// vLLM keeps recurrent values in the model's bf16, but in fp32 where config.json says so, and those of KDA
// always: 8·16·32 values and 3 inputs of 128+128 channels, or 8·16·16 and 3 inputs of 3·128.
func TestBytesOfStateByHand(t *testing.T) {
	const mamba = `state = { kind = "mamba2", heads = 8, head_dim = 16, state_dim = 32, groups = 2, conv = 4 }`
	const kda = `state = { kind = "kda", heads = 8, head_dim = 16, conv = 4 }`
	for _, c := range []struct {
		header, state string
		engine        units.Bytes
		want          units.Bytes
	}{
		{"", mamba, 0, 4*8*16*32 + 2*3*256}, {"", mamba, 2, 2*8*16*32 + 2*3*256},
		{"fp32_states = true", mamba, 2, 4*8*16*32 + 2*3*256},
		{"", kda, 0, 4*8*16*16 + 2*3*384}, {"", kda, 2, 4*8*16*16 + 2*3*384},
	} {
		m := small(t, c.header, grouped, c.state+"\n"+
			`stack = [{ repeat = 1, mixer = "mixer", ffn = "dense" }, { repeat = 1, mixer = "state" }]`)
		figures := &kv.Figures{Law: "vllm", Share: 0.9, StateBytes: c.engine}
		two := plan(2, 1, 1, 1)
		two.Precision = m.Published
		memory := kv.Fit(m, &hw.Device{Memory: 1e9}, two, kv.Settings{Engine: figures, BlockTokens: 16})
		if memory.StateBytesPerSequence != c.want {
			t.Errorf("%s under %v bytes: %v, by hand %v", c.state, c.engine, memory.StateBytesPerSequence, c.want)
		}
		// A token of the attention layer takes 64 bytes on each of two ranks, which hold half of the state.
		if blocks := int(math.Ceil(float64(c.want) / 2 / (16 * 64))); memory.Layout.Constant != blocks {
			t.Errorf("%s under %v bytes: %d blocks, by hand %d", c.state, c.engine, memory.Layout.Constant, blocks)
		}
		if got := kv.PayloadOf(m, figures, nil, &two.Precision).Constant; got != c.want {
			t.Errorf("%s under %v bytes: %v go to another pool, by hand %v", c.state, c.engine, got, c.want)
		}
		if got := figures.StateBlock(m, two, 16); got != 16*int(math.Ceil(float64(c.want)/2/64/16)) {
			t.Errorf("%s under %v bytes: blocks of %d tokens", c.state, c.engine, got)
		}
	}
}

// Windows count apart from full caches, in units of the smaller group; constant state is rounded up to whole
// blocks.
func TestHybridLayoutsByHand(t *testing.T) {
	stack := `window = { kind = "attention", heads = 8, kv_heads = 2, head_dim = 16, window = 100 }
state = { kind = "mamba2", heads = 8, head_dim = 16, state_dim = 32, groups = 2, conv = 4 }
stack = [{ repeat = 2, mixer = "mixer", ffn = "dense" }, { repeat = 1, mixer = "window" },
	{ repeat = 2, mixer = "state" }]`
	m := small(t, "", grouped, stack)
	// A layer keeps 128 bytes a token; a state 8·16·32 values in fp32 and 3 inputs of 128+128 channels in
	// bf16.
	constant := 2 * (4*8*16*32 + 2*3*256.)
	memory := fits(t, m, plan(1, 1, 1, 1), 1e9, 0, 16)
	if memory.BlockBytesPerGPU != 16*128 || memory.Layout.Full != 2 || len(memory.Layout.Windows) != 1 ||
		memory.Layout.Windows[0] != (kv.WindowGroup{Tokens: 100,
			Blocks: 1}) || memory.Layout.Constant != int(math.Ceil(constant/(16*128))) {
		t.Errorf("%v bytes a block, %+v", memory.BlockBytesPerGPU, memory.Layout)
	}
	if float64(memory.StateBytesPerSequence) != constant || memory.KVBytesPerToken != 3*128 {
		t.Errorf("%v bytes of state, %v a token", memory.StateBytesPerSequence, memory.KVBytesPerToken)
	}
	// Five layers on two stages: three of five on the longest, of every cache alike.
	if two := fits(t, m, plan(1, 2, 1, 1), 1e9, 0,
		16); math.Abs(float64(two.BlockBytesPerGPU)-16*128*3/5.) > 1e-9 ||
		two.Layout.Full != 2 || two.Layout.Constant != memory.Layout.Constant {
		t.Errorf("%v bytes a block of a stage, %+v", two.BlockBytesPerGPU, two.Layout)
	}
}
