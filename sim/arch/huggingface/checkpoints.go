package huggingface

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

func sortedKeys(fields map[string]any) []string { return slices.Sorted(maps.Keys(fields)) }

// modelOptAlgorithms are the formats of ModelOpt's quant_algo.
var modelOptAlgorithms = map[string]scheme{
	"FP8": {"fp8", "fp8"}, "FP8_PER_CHANNEL_PER_TOKEN": {"fp8", "fp8"}, "FP8_PC_PT": {"fp8", "fp8"},
	"FP8_PB_WO": {"fp8-block", ""}, "FP8_PB_REAL": {"fp8-block", "fp8"}, "FP8_BLOCK": {"fp8-block", "fp8"},
	"NVFP4": {"nvfp4", "nvfp4"}, "NVFP4_AWQ": {"nvfp4", "nvfp4"}, "W4A16_NVFP4": {"nvfp4", ""}, "W4A8_NVFP4_FP8": {"nvfp4", "fp8"},
	"W4A16_AWQ": {"int4", ""}, "INT4_AWQ": {"int4", ""}, "W4A16": {"int4", ""}, "W4A8_AWQ": {"int4", "fp8"},
	"W8A8_SQ_PER_CHANNEL": {"int8", "int8"}, "INT8_SQ": {"int8", "int8"}, "W8A8_SQ": {"int8", "int8"}, "W8A16": {"int8", ""},
	"MXFP4": {"mxfp4", ""}, "W4A8_MXFP4_FP8": {"mxfp4", "fp8"}, "MXFP8": {"mxfp8", "fp8"}, "NONE": {},
}

// readModelOpt reads ModelOpt's fields, which in hf_quant_config.json stand in an object of their own.
func readModelOpt(q *config, s *storage) {
	if inner, ok := q.fields["quantization"].(map[string]any); ok {
		q = q.within(inner)
	}
	switch strings.ToUpper(q.string("kv_cache_quant_algo")) {
	case "FP8":
		s.kv = "fp8"
	case "NVFP4":
		s.kv = "nvfp4"
	case "INT8":
		s.kv = "int8"
	}
	s.kept = patternsOf(append(q.texts("exclude_modules"), q.texts("ignore")...))
	algorithm := strings.ToUpper(q.string("quant_algo"))
	if algorithm == "MIXED_PRECISION" {
		s.byName = map[string]scheme{}
		layers := q.table("quantized_layers")
		for _, name := range sortedKeys(layers.fields) {
			own := layers.table(name)
			known, ok := modelOptAlgorithms[strings.ToUpper(own.string("quant_algo"))]
			if !ok {
				s.unknown = fmt.Sprintf("quant_algo %q", own.string("quant_algo"))
			}
			s.byName[bare(name)] = known
		}
		if _, ok := s.byName[headModule]; ok {
			s.ends = headModule
		}
		return
	}
	if algorithm == "" && q.has("config_groups") {
		readCompressed(q, s)
		return
	}
	known, ok := modelOptAlgorithms[algorithm]
	if s.most = known; !ok {
		s.unknown = fmt.Sprintf("quant_algo %q", algorithm)
	}
}

// readCompressed reads compressed-tensors: groups, each with a scheme and the modules that it is for.
func readCompressed(q *config, s *storage) {
	groups := q.table("config_groups")
	for i, name := range sortedKeys(groups.fields) {
		group := groups.table(name)
		one, what := compressedScheme(group)
		if what != "" {
			s.unknown = what
		}
		targets := group.texts("targets")
		everything := len(targets) == 0 || slices.ContainsFunc(targets, func(t string) bool {
			return t == "Linear" || t == "LinearBase" || t == "FusedMoE"
		})
		if everything && s.most == (scheme{}) || i == 0 && len(groups.fields) == 1 && everything {
			s.most = one
		} else if !everything {
			s.others = append(s.others, exception{patternsOf(targets), one})
		}
		groups.adopt(group)
	}
	q.adopt(groups)
	s.ends = headModule // unless it is ignored, as it mostly is
}

// compressedScheme reads a group's scheme; what names one that is not known.
func compressedScheme(group *config) (one scheme, what string) {
	weights, inputs := group.table("weights"), group.table("input_activations")
	kind, bits := weights.string("type"), weights.integerOr("num_bits", 0)
	size := weights.signed("group_size", 0)
	activations := fmt.Sprintf("%s%d", inputs.string("type"), inputs.integerOr("num_bits", 0))
	for _, part := range []*config{weights, inputs} {
		group.adopt(part)
	}
	switch {
	case kind == "int" && bits == 8:
		one.weights = "int8"
	case kind == "int":
		one.weights = integerFormat(bits, size)
	case kind == "float" && bits == 8 && weights.string("strategy") == "block":
		one.weights = "fp8-block"
	case kind == "float" && bits == 8 && size == 32:
		one.weights = "mxfp8"
	case kind == "float" && bits == 8:
		one.weights = "fp8"
	case kind == "float" && bits == 4 && size == 32:
		one.weights = "mxfp4"
	case kind == "float" && bits == 4:
		one.weights = "nvfp4"
	}
	switch {
	case one.weights == "":
		return one, fmt.Sprintf("%s weights of %d bits", kind, bits)
	case strings.HasSuffix(activations, "8") && strings.HasPrefix(activations, "int"):
		one.activations = "int8"
	case strings.HasSuffix(activations, "8") && one.weights != "int8":
		one.activations = "fp8"
	case strings.HasSuffix(activations, "8"):
		one.activations = "int8"
	case strings.HasSuffix(activations, "4") && one.weights == "nvfp4":
		one.activations = "nvfp4"
	}
	return one, ""
}

// readQuark reads AMD Quark's global scheme and those of layers by pattern.
func readQuark(q *config, s *storage) {
	global := q.table("global_quant_config")
	s.most = s.quarkScheme(global)
	s.kept = patternsOf(q.texts("exclude"))
	layers := q.table("layer_quant_config")
	for _, pattern := range sortedKeys(layers.fields) {
		own := layers.table(pattern)
		s.others = append(s.others, exception{patternsOf([]string{pattern}), s.quarkScheme(own)})
		layers.adopt(own)
	}
	if s.most.weights == "" && len(s.others) == 0 {
		s.unknown = "no dtype of weights"
	}
	if q.has("kv_cache_group") && len(q.list("kv_cache_group")) > 0 || q.has("kv_cache_quant_config") {
		s.kv = "fp8"
	}
	q.adopt(global)
	q.adopt(layers)
}

// quarkScheme reads a scheme of Quark; one that is not known is noted.
func (s *storage) quarkScheme(c *config) scheme {
	weights, inputs := c.table("weight"), c.table("input_tensors")
	if list, ok := c.fields["weight"].([]any); ok && len(list) > 0 { // several steps, of which the last is stored
		c.err = nil
		weights = c.part("weight", list[len(list)-1])
	}
	kind, input := weights.string("dtype"), inputs.string("dtype")
	one := scheme{}
	switch kind {
	case "fp8_e4m3", "fp8_e5m2", "float8_e4m3fn":
		one.weights = "fp8"
		if weights.string("qscheme") == "per_block" {
			one.weights = "fp8-block"
		}
	case "int8", "uint8":
		one.weights = "int8"
	case "int4", "uint4", "int3", "int2":
		one.weights = integerFormat(int(kind[len(kind)-1]-'0'), weights.signed("group_size", 128))
	case "fp4", "fp4_e2m1", "mx", "mxfp4":
		one.weights = "mxfp4"
	case "fp6_e2m3", "fp6_e3m2", "mx6":
		one.weights = "mxfp6"
	default:
		if len(weights.fields) > 0 { // where none are told they stay as they are
			s.unknown = fmt.Sprintf("dtype %q of weights", kind)
		}
	}
	switch {
	case strings.HasPrefix(input, "fp8"):
		one.activations = "fp8"
	case strings.HasPrefix(input, "int8"):
		one.activations = "int8"
	}
	return one
}
