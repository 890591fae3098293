package calibrate

import (
	"bytes"
	"math"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/klauspost/compress/gzip"

	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/cost/kernels"
)

// zipped is a measured file of one folder.
func zipped(t *testing.T, text string) *fstest.MapFile {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return &fstest.MapFile{Data: b.Bytes()}
}

// shaped is a row of a measured file, and the law, the engine and the shape's time that it should become.
type shaped struct {
	file, text  string
	law, engine string
	want        units.Seconds
}

// The columns of measured files.
const (
	gemm      = "engine,kernel,gemm_dtype,m,n,k,latency_ms\n"
	batches   = "engine,op_name,bmm_dtype,num_heads,num_tokens,latency_ms\n"
	attention = "engine,kernel,attn_dtype,kv_cache_dtype,batch_size,isl,step,num_heads,num_key_value_heads,head_dim,window_size,latency_ms\n"
	messages  = "engine,kernel,op_name,nccl_dtype,num_gpus,message_size,latency_ms\n"
	states    = "engine,kernel,phase,batch_size,seq_len,d_conv,num_k_heads,num_v_heads,head_k_dim,head_v_dim,n_groups,nheads,d_state,head_dim,latency_ms\n"
	layers    = "engine,kernel,moe_dtype,num_tokens,hidden_size,inter_size,topk,num_experts,moe_tp_size,moe_ep_size,distribution,latency_ms\n"
)

// Each row of a measured file becomes one sample of the law, engine and shape that its columns say, its time
// in seconds.
func TestRowsBecomeTheirShapes(t *testing.T) {
	h100, err := hw.Lookup("h100-sxm-80gb")
	if err != nil {
		t.Fatal(err)
	}
	set := kernels.Default()
	for _, c := range slices.Concat(matrixRows(set, h100), attentionRows(set, h100), stateRows(set, h100)) {
		problems, err := Read(fstest.MapFS{"h100_" + c.file + ".csv.gz": zipped(t, c.text)})
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		if len(problems) != 1 || len(problems[0].Samples) != 1 {
			t.Errorf("%s gives %d problems", c.text, len(problems))
			continue
		}
		p := problems[0]
		milliseconds := 0.5
		if c.file == "moe" {
			milliseconds = 50
		}
		if p.Law != c.law || p.Engine != c.engine || p.Device.Name != "h100-sxm-80gb" ||
			math.Abs(float64(p.Samples[0].Measured)-1e-3*milliseconds) > 1e-12 {
			t.Errorf("%s is a sample of %s, %s on %s in %v s", c.text, p.Law, p.Engine, p.Device.Name,
				p.Samples[0].Measured)
		}
		if got := p.Samples[0].Predict(set); got != c.want {
			t.Errorf("%s is predicted as %g s, its shape takes %g", c.text, got, c.want)
		}
	}
}

func matrixRows(set *kernels.Set, h100 *hw.Device) []shaped {
	return []shaped{
		{"gemm", gemm + "vllm-1,x,bfloat16,300,512,1024,0.5\n", "gemm.bf16", "vllm",
			set.GEMM.Time(h100, kernels.GEMMShape{M: 300, N: 512, K: 1024, Weights: units.BF16,
				Activations: units.BF16})},
		{"gemm", gemm + "sglang-1,x,fp8_block,300,512,1024,0.5\n", "gemm.fp8-block", "sglang",
			set.GEMM.Time(h100, kernels.GEMMShape{M: 300, N: 512, K: 1024, Weights: units.FP8Block,
				Activations: units.FP8})},
		{"gemm", gemm + "trtllm-1,x,sq,300,512,1024,0.5\n", "gemm.int8", "trtllm",
			set.GEMM.Time(h100, kernels.GEMMShape{M: 300, N: 512, K: 1024, Weights: units.INT8,
				Activations: units.INT8})},
		{"gemm", gemm + "trtllm-1,x,int8_wo,300,512,1024,0.5\n", "gemm.weight8", "trtllm",
			set.GEMM.Time(h100, kernels.GEMMShape{M: 300, N: 512, K: 1024, Weights: units.INT8,
				Activations: units.BF16})},
		{"gemm", gemm + "trtllm-1,x,int4_wo,300,512,1024,0.5\n", "gemm.weight4", "trtllm",
			set.GEMM.Time(h100, kernels.GEMMShape{M: 300, N: 512, K: 1024, Weights: units.INT4,
				Activations: units.BF16})},
		{"mla_bmm", batches + "vllm-1,mla_gen_pre,bfloat16,16,300,0.5\n", "batched.bf16", "vllm",
			set.Batched.Time(h100, kernels.BatchedShape{Batch: 16, M: 300, N: 512, K: 128,
				Format: units.BF16})},
		{"mla_bmm", batches + "vllm-1,mla_gen_post,fp8,16,300,0.5\n", "batched.fp8", "vllm",
			set.Batched.Time(h100, kernels.BatchedShape{Batch: 16, M: 300, N: 128, K: 512,
				Format: units.FP8})},
		{"nccl", messages + "nccl-2,x,all_gather,half,4,1000000,0.5\n", "collective.all-gather", "any",
			set.Collective.AllGather(h100, 4, 4, 2e6)},
		{"nccl", messages + "nccl-2,x,reduce_scatter,int8,4,1000000,0.5\n", "collective.reduce-scatter",
			"any", set.Collective.ReduceScatter(h100, 4, 4, 1e6)},
		{"nccl", messages + "nccl-2,x,alltoall,half,4,1000000,0.5\n", "collective.all-to-all", "any",
			set.Collective.AllToAll(h100, 4, 4, 2e6)},
		{"nccl", messages + "nccl-2,x,all_reduce,half,4,1000000,0.5\n", "collective.all-reduce", "any",
			set.AllReduce.Ring(h100, 4, 4, 2e6)},
		{"allreduce", messages + "vllm-1,x,,,4,1000000,0.5\n", "allreduce", "vllm",
			set.AllReduce.Time(h100, 4, 4, 2e6)},
		{"allreduce", messages + "vllm-1,x_eager,,,4,32768,0.5\n", "launch", "vllm", set.Launch.Eager},
		{"moe", layers + "sglang-1,x,fp8_block,512,7168,2048,8,256,2,4,power_law_1.2,50\n",
			"experts.fp8-block", "sglang",
			set.Experts.Time(h100, kernels.ExpertsShape{Tokens: 512, Hidden: 7168, Inter: 1024, TopK: 8,
				Experts: 256, Ranks: 4, Gated: true,
				Weights: units.FP8Block, Activations: units.FP8, Routing: kernels.PowerLaw{Alpha: 1.2}})},
	}
}

func decodeStep(set *kernels.Set, d *hw.Device, s kernels.DecodeShape, keys int) units.Seconds {
	fixed, perKey := set.Decode.Coefficients(d, s)
	return fixed + perKey*units.Seconds(keys)
}

func latentStep(set *kernels.Set, d *hw.Device, s kernels.LatentShape, keys int) units.Seconds {
	fixed, perKey := set.LatentDecode.Coefficients(d, s)
	return fixed + perKey*units.Seconds(keys)
}

func attentionRows(set *kernels.Set, h100 *hw.Device) []shaped {
	return []shaped{
		{"generation_attention", attention + "vllm-1,x,bfloat16,bfloat16,64,4000,96,32,8,128,0,0.5\n",
			"decode.wide", "vllm",
			decodeStep(set, h100, kernels.DecodeShape{Sequences: 64, Heads: 32, KVHeads: 8, KeyDim: 128, ValueDim: 128,
				KV: units.BF16}, 64*4096)},
		{"generation_attention", attention + "vllm-1,x,bfloat16,fp8,64,7000,1192,32,8,128,0,0.5\n",
			"decode.narrow", "vllm",
			decodeStep(set, h100, kernels.DecodeShape{Sequences: 64, Heads: 32, KVHeads: 8, KeyDim: 128, ValueDim: 128,
				KV: units.FP8}, 64*8192)},
		{"generation_attention", attention + "vllm-1,x,bfloat16,bfloat16,8,4000,96,32,0,64,512,0.5\n",
			"decode.wide", "vllm",
			decodeStep(set, h100, kernels.DecodeShape{Sequences: 8, Heads: 32, KVHeads: 32, KeyDim: 64, ValueDim: 64,
				KV: units.BF16, Cached: true}, 8*512)},
		{"context_attention", attention + "vllm-1,x,bfloat16,bfloat16,3,500,200,32,8,128,0,0.5\n",
			"prefill.wide", "vllm",
			set.Prefill.Time(h100, kernels.PrefillShape{Sequences: 3, Tokens: 1500,
				Pairs: 3 * (500*200 + 500*501/2), Keys: 3 * 700,
				Heads: 32, KVHeads: 8, KeyDim: 128, ValueDim: 128, KV: units.BF16})},
		{"context_attention", attention + "vllm-1,x,bfloat16,fp8,3,500,0,32,8,128,100,0.5\n",
			"prefill.narrow", "vllm",
			set.Prefill.Time(h100, kernels.PrefillShape{Sequences: 3, Tokens: 1500,
				Pairs: 3 * (100*101/2 + 400*100), Keys: 3 * 500,
				Heads: 32, KVHeads: 8, KeyDim: 128, ValueDim: 128, KV: units.FP8})},
		{"generation_mla", attention + "sglang-1,x,bfloat16,bfloat16,64,4000,96,16,1,0,0,0.5\n",
			"latent-decode.wide", "sglang",
			latentStep(set, h100, kernels.LatentShape{Sequences: 64, Heads: 16, LatentDim: 512, RopeDim: 64,
				KV: units.BF16}, 64*4096)},
		{"generation_mla", attention + "sglang-1,x,bfloat16,fp8,64,9000,1000,16,1,0,0,0.5\n",
			"latent-decode.narrow", "sglang",
			latentStep(set, h100, kernels.LatentShape{Sequences: 64, Heads: 16, LatentDim: 512, RopeDim: 64,
				KV: units.FP8}, 64*10000)},
		{"context_mla", attention + "trtllm-1,x,bfloat16,bfloat16,3,500,0,16,16,0,0,0.5\n",
			"latent-prefill.wide", "trtllm",
			set.LatentPrefill.Time(h100, kernels.PrefillShape{Sequences: 3, Tokens: 1500,
				Pairs: 3 * 500 * 501 / 2, Keys: 1500, Heads: 16,
				KVHeads: 16, KeyDim: 192, ValueDim: 128, KV: units.BF16})},
		{"context_mla", attention + "sglang-1,x,bfloat16,fp8,3,500,0,16,16,0,0,0.5\n",
			"latent-prefill.narrow", "sglang",
			set.LatentPrefill.Time(h100, kernels.PrefillShape{Sequences: 3, Tokens: 1500,
				Pairs: 3 * 500 * 501 / 2, Keys: 1500, Heads: 16,
				KVHeads: 1, KeyDim: 576, ValueDim: 512, KV: units.FP8})},
	}
}

func stateRows(set *kernels.Set, h100 *hw.Device) []shaped {
	recurrence := func(kind string) kernels.RecurrenceShape {
		return kernels.RecurrenceShape{Kind: kind, Sequences: 3, Tokens: 3 * 700, KeyHeads: 4, Heads: 8,
			KeyDim: 64, ValueDim: 128, ConvWidth: 4, ConvDim: 2*4*64 + 8*128}
	}
	const row = "3,700,4,4,8,64,128,4,8,64,128,0.5\n"
	return []shaped{
		{"gated_delta_net", states + "vllm-1,x,context," + row, "gdn.scan", "vllm",
			set.Recurrence.Scan(h100, recurrence("gdn"))},
		{"kimi_delta_attention", states + "vllm-1,causal_conv1d_fn,context," + row, "kda.conv-scan",
			"vllm", set.Recurrence.ConvScan(h100, recurrence("kda"))},
		{"mamba2", states + "vllm-1,causal_conv1d_update,generation," + row, "mamba2.conv-step", "vllm",
			set.Recurrence.ConvStep(h100,
				recurrence("mamba2"))},
		{"mamba2", states + "vllm-1,x,generation," + row, "mamba2.step", "vllm", set.Recurrence.Step(h100,
			recurrence("mamba2"))},
	}
}

// Exchanges have two times in a row, in microseconds.
func TestExchangesHaveTwoTimes(t *testing.T) {
	h100, err := hw.Lookup("h100-sxm-80gb")
	if err != nil {
		t.Fatal(err)
	}
	const text = "engine,node_num,num_token,hidden_size,num_topk,num_experts,dispatch_sms,dispatch_avg_t_us,combine_avg_t_us,dispatch_transmit_us,combine_transmit_us\n"
	set := kernels.Default()
	for file, sms := range map[string]string{"h100_deepep_low_latency.csv.gz": "",
		"h100_deepep_normal.csv.gz": "20"} {
		problems, err := Read(fstest.MapFS{file: zipped(t,
			text+"sglang-1,1,128,7168,8,256,"+sms+",100,200,300,400\n")})
		if err != nil || len(problems) != 2 {
			t.Fatalf("%d problems, %v", len(problems), err)
		}
		shape := kernels.AllToAllShape{Tokens: 128, Hidden: 7168, TopK: 8, Experts: 256, Ranks: 8,
			RanksPerNode: 8, Format: units.FP8, LowLatency: sms == ""}
		wants := map[string]struct{ measured, predicted units.Seconds }{
			"alltoall.low-dispatch": {100e-6, set.AllToAll.Dispatch(h100,
				shape)}, "alltoall.low-combine": {200e-6, set.AllToAll.Combine(h100, shape)},
			"alltoall.dispatch": {300e-6, set.AllToAll.Dispatch(h100, shape)}, "alltoall.combine": {400e-6,
				set.AllToAll.Combine(h100, shape)}}
		for _, p := range problems {
			want := wants[p.Law]
			if s := p.Samples[0]; math.Abs(float64(s.Measured-want.measured)) > 1e-15 ||
				s.Predict(set) != want.predicted || p.Engine != "any" {
				t.Errorf("%s: %g s measured, %g predicted; by hand %g and %g", p.Law, s.Measured,
					s.Predict(set), want.measured, want.predicted)
			}
		}
	}
}

// A held-out residual never saw its group: where one group alone is twice as slow, it is predicted as the
// others are.
func TestHeldOutGroupsAreNotSeen(t *testing.T) {
	h100, err := hw.Lookup("h100-sxm-80gb")
	if err != nil {
		t.Fatal(err)
	}
	set := newProblemSet(h100, "launches.csv.gz")
	p := set.of("launch", "vllm-1")
	for i := range 40 {
		measured := units.Seconds(20e-6)
		if i == 7 {
			measured = 40e-6
		}
		p.add("vllm-1", Sample{Group: string(rune('a' + i)), Measured: measured,
			Predict: func(s *kernels.Set) units.Seconds { return s.Launch.Eager }})
	}
	fit, err := solve(p, kernels.Default())
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range fit.Residuals {
		want := 0.0
		if i == 7 {
			want = math.Log(0.5)
		}
		// One of 32 samples that pulls as at the knee of 0.08 moves the others by 0.08/31 at most; the fold
		// without it not at all.
		if math.Abs(r-want) > 0.08/25 || i == 7 && math.Abs(r-want) > 1e-4 {
			t.Errorf("sample %d: residual %g, by hand %g", i, r, want)
		}
	}
	if math.Abs(fit.Parameters[0].Value/20e-6-1) > 0.005 {
		t.Errorf("a launch takes %g s, measured 20 µs", fit.Parameters[0].Value)
	}
}

// Errors by hand: of residuals ln 1, ln 1.1, ln 0.8, ln 2 the sizes are 0, 0.1, 0.2, 1.
func TestErrorsByHand(t *testing.T) {
	e := summarise([]float64{0, math.Log(1.1), math.Log(0.8), math.Log(2)})
	if math.Abs(e.Median-0.2) > 1e-12 || math.Abs(e.P90-1) > 1e-12 ||
		math.Abs(e.Bias-math.Log(1.1*0.8*2)/4) > 1e-12 {
		t.Errorf("%+v", e)
	}
	samples := []Sample{{Group: "a"}, {Group: "a"}, {Group: "b"}, {Group: "c"}}
	// Means of 0.2, −0.1 and 0.4: the median size is 0.2.
	if got := groupSpread(samples, []float64{0.1, 0.3, -0.1, 0.4}); math.Abs(got-1.4826*0.2) > 1e-12 {
		t.Errorf("groups spread by %g", got)
	}
	for x, want := range map[float64]float64{0: 0, 1.23456: 1.235, -123456: -123500, 9.99949e-7: 9.999e-7,
		9.99951e-7: 1e-6} {
		if got := significant(x); math.Abs(got-want) > 1e-9*math.Abs(want) {
			t.Errorf("%g to four digits is %g", x, got)
		}
	}
}
