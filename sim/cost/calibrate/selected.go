package calibrate

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/sim/cost/kernels"
)

// selectedProblems reads a device's blocks of DeepSeek-V4's and MiniMax-M3's attention, of which only wholes
// are measured. They are priced as they are served, operator by operator of the mixer, their projections by
// typical laws, so that what is left is the core's and the indexer's. The engines' own laws of projections
// would do no better for SGLang, and for vLLM worse: its multiplications in blocks of fp8 were measured with
// the floor of its host, of which whole blocks in graphs show nothing.
func selectedProblems(dir fs.FS, prefix string, d *hw.Device) ([]*Problem, error) {
	var problems []*Problem
	for _, f := range []struct {
		law   string
		files []string
		mixer func(*Row) (arch.Mixer, int)
	}{
		{"compressed.step", []string{"dsv4_csa_generation", "dsv4_hca_generation"}, compressedMixer},
		{"compressed.many", []string{"dsv4_csa_context", "dsv4_hca_context"}, compressedMixer},
		{"blocks.step", []string{"msa_generation"}, blocksMixer},
		{"blocks.many", []string{"msa_context"}, blocksMixer},
	} {
		var names []string
		for _, file := range f.files {
			names = append(names, prefix+"_"+file+"_module.csv.gz")
		}
		set := newProblemSet(d, strings.Join(names, ", "))
		for _, name := range names {
			err := readRows(dir, name, func(r *Row) {
				mixer, hidden := f.mixer(r)
				set.addSelected(f.law, r, mixer, hidden)
			})
			if err != nil {
				return nil, err
			}
		}
		problems = append(problems, set.sorted()...)
	}
	return problems, nil
}

// compressedMixer is DeepSeek-V4's attention on one rank of a row's plan, and the width of its input
// (config.json of DeepSeek-V4-Flash and -Pro); nil where heads are no whole groups.
func compressedMixer(r *Row) (arch.Mixer, int) {
	full, hidden := 64, 4096
	a := &arch.Compressed{Heads: r.Size("num_heads"), HeadDim: 512, RopeDim: 64, QRank: 1024, OutputGroups: 8,
		OutputRank: 1024, Window: 128, Ratio: r.Size("compress_ratio")}
	chosen := 512
	if strings.Contains(r.Text("model"), "Pro") {
		full, hidden, chosen = 128, 7168, 1024
		a.QRank, a.OutputGroups = 1536, 16
	}
	if a.Heads*a.OutputGroups%full > 0 {
		return nil, 0
	}
	a.OutputGroups = a.Heads * a.OutputGroups / full
	if a.Ratio == 4 {
		a.IndexHeads, a.IndexDim, a.TopK = 64, 128, chosen
	}
	return a, hidden
}

// blocksMixer is MiniMax-M3's (its config.json): sixteen heads to a key head.
func blocksMixer(r *Row) (arch.Mixer, int) {
	const full, group, hidden = 64, 16, 6144
	heads := r.Size("num_heads")
	if heads < group/2 || heads > full {
		return nil, 0
	}
	return &arch.BlockSparse{MultiHead: arch.MultiHead{Heads: heads, KVHeads: max(1, heads/group), HeadDim: 128,
		QKNorm: "head", Rope: true}, IndexHeads: 4, IndexDim: 128, BlockSize: 128, TopBlocks: 16}, hidden
}

// What serving asks of a block: contexts of some length, no more sequences than an engine lets in, and chunks
// of no more tokens than a step has.
const (
	leastContext  = 128
	mostSequences = 512
	leastChunk    = 16 // of a sequence
	leastTokens   = 256
	mostInStep    = 16384
)

// addSelected adds a block, unless serving asks for no such.
func (set *problemSet) addSelected(law string, r *Row, mixer arch.Mixer, hidden int) {
	version, kv := r.Text("engine"), units.FP8
	if r.Choice("kv_cache_dtype", "bfloat16", "fp8", "fp8_e4m3") == "bfloat16" {
		kv = units.BF16
	}
	if strings.HasPrefix(law, "blocks.") {
		law += map[units.Format]string{units.BF16: "-wide", units.FP8: "-narrow"}[kv]
	}
	p := set.of(law, version)
	p.Fixed = blocksUntold(law, version)
	batch, tokens, cached := r.Size("batch_size"), r.Size("isl"), r.Count("step")
	decode, all, latency := strings.Contains(law, ".step"), batch*tokens, r.Latency()
	switch {
	case strings.HasPrefix(version, "trtllm"):
		p.drop("no kernel for blocks: it takes time for all keys, and 1,000 times as long as others over many")
	case mixer == nil:
		p.drop("heads that no rank of the model has")
	case decode && (cached < leastContext || batch > mostSequences):
		p.drop("contexts below 128 or more than 512 sequences")
	case !decode && (tokens < leastChunk || all < leastTokens || all > mostInStep):
		p.drop("chunks below 16 tokens, or steps below 256 or above 16,384")
	default:
		b := newBlock(set.device, mixer, hidden)
		b.precision = arch.Precision{Attention: units.BF16, Activations: units.BF16, KV: kv}
		if r.Choice("gemm_type", "bfloat16", "fp8_block") == "fp8_block" {
			b.precision.Attention, b.precision.Activations = units.FP8Block, units.FP8
		}
		for range batch {
			if decode {
				b.load.AddDecode(b.reaches, cached+1)
			} else {
				b.load.AddChunk(b.reaches, cached, tokens, false)
			}
		}
		p.add(version, Sample{Measured: latency, Predict: b.time,
			Group: fmt.Sprintf("heads=%s width=%d %s ratio=%s", r.Text("num_heads"), hidden, r.Text("gemm_type"),
				r.Text("compress_ratio")),
			Shape: fmt.Sprintf("batch=%d tokens=%d cached=%d", batch, tokens, cached)})
	}
}

// blocksUntold are the parameters of MiniMax-M3's laws that keep their defaults.
func blocksUntold(law, version string) map[string]string {
	if !strings.HasPrefix(law, "blocks.") {
		return nil
	}
	fixed := map[string]string{"index-fixed": "every block has both", "index-row": "every block has both"}
	if strings.HasPrefix(law, "blocks.many") && strings.HasPrefix(version, "vllm") {
		fixed["index-efficiency"] = "no row with a long context"
	}
	return fixed
}

// block is a mixer on one rank, and what it runs over.
type block struct {
	device    *hw.Device
	ops       []arch.Op
	reaches   []arch.Reach
	load      arch.Load
	precision arch.Precision
}

func newBlock(d *hw.Device, mixer arch.Mixer, hidden int) *block {
	b := &block{device: d, reaches: []arch.Reach{{}}}
	b.ops = mixer.Operators(hidden, arch.Whole, func(r arch.Reach) int {
		if i := slices.Index(b.reaches, r); i >= 0 {
			return i
		}
		b.reaches = append(b.reaches, r)
		return len(b.reaches) - 1
	})
	return b
}

// time is the sum over its operators.
func (b *block) time(s *kernels.Set) units.Seconds {
	rows := b.load.Tokens()
	var t units.Seconds
	for _, op := range b.ops {
		switch o := op.(type) {
		case arch.GEMM:
			weights := b.precision.Of(o.Group, o.Stored)
			t += s.GEMM.Time(b.device, kernels.GEMMShape{M: rows, N: o.N, K: o.K, Weights: weights,
				Activations: b.precision.ActivationsFor(weights)})
		case arch.BatchedGEMM:
			t += s.Batched.Time(b.device, kernels.BatchedShape{Batch: o.Batch, M: rows, N: o.N, K: o.K,
				Format: units.BF16})
		case arch.Pointwise:
			t += s.Pointwise.Time(b.device, 1, units.BF16.Bytes(float64(rows*o.Values)))
		case arch.Attention:
			t += b.attention(s, &o)
		}
	}
	return t
}

// attention is the time of the core or the indexer.
func (b *block) attention(s *kernels.Set, o *arch.Attention) units.Seconds {
	laws := &s.Compressed
	if o.Kernels == arch.OfBlocks {
		laws = s.Blocks.Of(b.precision.KV)
	}
	l := &b.load
	shape := kernels.SelectedShape{Sequences: l.Decodes, Tokens: int64(l.ChunkTokens),
		Pairs: int64(float64(l.ChunkPairs[o.Reach]) * o.KeyShare), Heads: o.Heads, KeyHeads: o.KVHeads,
		Values: o.KeyDim + o.ValueDim, KeyBytes: o.KeyBytes(&b.precision)}
	if r := b.reaches[o.Reach]; r.Kind == arch.TopK {
		shape.Chosen = float64(r.Size) * o.KeyShare
	}
	step, many := laws.Step.Core, laws.Many.Core
	if o.Form == arch.Indexer {
		step, many = laws.Step.Index, laws.Many.Index
	}
	fixed, perKey := step(b.device, shape)
	return fixed + units.Seconds(perKey*units.Seconds(float64(l.DecodeKeys[o.Reach])*o.KeyShare)) +
		many(b.device, shape)
}
