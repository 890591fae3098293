package huggingface

import (
	"encoding/json"
	"math"

	"github.com/roofserve/roofserve/internal/portable"
)

// Methods that give a weight any number of bits, as a mean over codes, scales and outliers: their weights are
// counted in the format of the nearest number of bits.

// ofBits is the format whose weights take about so many bits.
func ofBits(q *config, bits float64) string {
	best, off := "", math.Inf(1)
	for _, f := range []struct {
		name string
		bits float64
	}{{"int2", 2.125}, {"int3", 3.125}, {"int4", 4.125}, {"mxfp6", 6.25}, {"int8", 8}} {
		if d := math.Abs(portable.Log(bits / f.bits)); d < off {
			best, off = f.name, d
		}
	}
	if off > 0.3 {
		return ""
	}
	if off > 0.07 && len(q.words) == 0 {
		q.warn("quantization_config: weights of %.3g bits are counted as %s", bits, best)
	}
	return best
}

// readEXL reads ExLlama's formats: a mean number of bits for all layers, and another of the head.
func readEXL(q *config, s *storage) {
	bits := q.float("bits")
	if s.most.weights = ofBits(q, bits); s.most.weights == "" {
		s.unknown = "its bits"
		return
	}
	if head := q.float("head_bits"); head > 0 && head < 16 {
		s.ends = headModule
		s.byName = map[string]scheme{headModule: {weights: ofBits(q, head)}}
	}
}

// readSpQR reads SpQR: codes, scales of scales for groups of beta1 weights, and about one weight in a hundred
// stored apart (Dettmers et al. 2023, arXiv:2306.03078, §4).
func readSpQR(q *config, s *storage) {
	bits, group := q.float("bits"), q.float("beta1")
	if bits <= 0 || group <= 0 {
		s.unknown = "its bits"
		return
	}
	const outliers = 0.01 * 32
	s.most.weights = ofBits(q, bits+2*bits/group+outliers)
}

// readVPTQ reads VPTQ: for each module an index into centroids, and perhaps another into those of the rest,
// for so many weights at once (arXiv:2409.17066, §3). Modules that are not named stay as they are.
func readVPTQ(q *config, s *storage) {
	modules := q.table("config_for_layers")
	s.byName = map[string]scheme{}
	for _, name := range sortedKeys(modules.fields) {
		own := modules.table(name)
		length := own.last("vector_lens")
		bits := (bitsOf(own.last("num_centroids")) + bitsOf(own.last("num_res_centroids"))) / length
		format := ""
		if length > 0 && bits > 0 {
			format = ofBits(q, bits)
		}
		if format == "" {
			s.unknown = "the centroids of " + name
			return
		}
		s.byName[bare(name)] = scheme{weights: format}
		modules.adopt(own)
	}
	q.adopt(modules)
	if len(s.byName) == 0 {
		s.unknown = "a file without config_for_layers"
	}
}

// last is the last number of a list: those before it are of outliers, -1 where there are none.
func (c *config) last(key string) float64 {
	list := c.list(key)
	if len(list) == 0 {
		return 0
	}
	n, _ := list[len(list)-1].(json.Number)
	x, err := n.Float64()
	if err != nil {
		c.fail(key, "holds "+describe(list[len(list)-1]), "must be a list of numbers")
	}
	return x
}

// bitsOf is how many bits an index into so many centroids takes.
func bitsOf(centroids float64) float64 {
	if centroids <= 1 {
		return 0
	}
	bits := 1
	for float64(int64(1)<<bits) < centroids && bits < 62 {
		bits++
	}
	return float64(bits)
}

// readPaddle reads what PaddlePaddle's checkpoints of ERNIE 4.5 say: formats of the dense parts and of the
// experts.
func readPaddle(q *config, s *storage) {
	formats := map[string]scheme{"wint8": {weights: "int8"}, "wint4": {weights: "int4"}, "wint2": {weights: "int2"},
		"w4a8": {"int4", "fp8"}, "w4afp8": {"int4", "fp8"}, "block_wise_fp8": {"fp8-block", "fp8"}}
	dense, experts := q.string("dense_quant_type"), q.string("moe_quant_type")
	one, known := formats[dense]
	other, also := formats[experts]
	if !known && dense != "" || !also {
		s.unknown = "dense_quant_type or moe_quant_type"
		return
	}
	s.most = one
	s.others = []exception{{patternsOf([]string{"*.experts.*"}), other}}
	if q.string("kv_cache_quant_type") == "float8_e4m3fn" {
		s.kv = "fp8"
	}
}
