package huggingface

import (
	"fmt"
	"slices"
	"strings"
)

// scheme is how a checkpoint stores linear layers: the format of weights, "" for 16 bits, and what they are
// multiplied with, "" for 16 bits.
type scheme struct{ weights, activations string }

// method is one quantisation method: the names that quant_method gives it, and how its fields are read.
type method struct {
	names string
	does  string // for people
	read  func(q *config, s *storage)
}

// storage is how a whole checkpoint stores its weights: one scheme for most of the linear layers, others for
// modules that match, and modules that stay in 16 bits.
type storage struct {
	most    scheme
	others  []exception
	byName  map[string]scheme // modules with schemes of their own, by their bare names
	kept    *patterns
	kv      string
	unknown string // what could not be read
	experts bool   // only experts are converted
	ends    string // modules outside the layers that may be converted too, blanks between
	family  string // whose modules are meant
}

// exception is a scheme of the modules that match.
type exception struct {
	modules *patterns
	scheme  scheme
}

// methods is the table of quantisation methods.
var methods = []method{
	{"fp8 finegrained_fp8", "fp8 of DeepSeek and Qwen, blocks of 128×128 or whole tensors", readFP8},
	{"fbgemm_fp8 ptpc_fp8 w8a8_fp8", "fp8 by channels: Meta's FBGEMM, PTPC, SGLang's W8A8", constant("fp8", "fp8")},
	{"mxfp4", "gpt-oss: experts in mxfp4", func(_ *config, s *storage) { s.most, s.experts = scheme{weights: "mxfp4"}, true }},
	{"mxfp8", "weights and activations in mxfp8", constant("mxfp8", "fp8")},
	{"w4afp8", "SGLang's W4AFP8: experts in int4, the rest in blocks of fp8", func(_ *config, s *storage) {
		s.most = scheme{"fp8-block", "fp8"}
		s.others = []exception{{patternsOf([]string{"*.experts.*"}), scheme{"int4", "fp8"}}}
	}},
	{"awq awq_marlin cpu_awq ipex", "AWQ: 4 or 8 bits in groups", readBits},
	{"gptq gptq_marlin gptqmodel gptq_bitblas", "GPTQ: 2, 3, 4 or 8 bits in groups, with rules by module", readGPTQ},
	{"auto-round auto_round intel/auto-round inc", "AutoRound: 2 to 8 bits in groups, with bits of their own for some modules", readAutoRound},
	{"moe_wna16", "experts in 4 or 8 bits", readBits},
	{"bitsandbytes", "bitsandbytes: nf4 or fp4, and int8", readBitsAndBytes},
	{"modelopt modelopt_fp4 modelopt_mixed modelopt_mxfp8 petit_nvfp4", "NVIDIA ModelOpt, in config.json or hf_quant_config.json: " +
		"FP8, NVFP4, W4A16 and W4A8 AWQ, INT8, MXFP4, MXFP8, mixed by layer", readModelOpt},
	{"compressed-tensors compressed_tensors sparseml", "compressed-tensors of llm-compressor: int4, int8, fp8, mxfp4, nvfp4, with groups by module",
		readCompressed},
	{"quark", "AMD Quark: fp8, int8, int4, mxfp4, mxfp6, with layers of their own", readQuark},
	{"w8a8_int8", "SGLang's W8A8", constant("int8", "int8")},
	{"experts_int8", "experts in int8", func(_ *config, s *storage) { s.most, s.experts = scheme{weights: "int8"}, true }},
	{"qoq", "QoQ (QServe): 4-bit weights, 8-bit activations", constant("int4", "int8")},
	{"marlin", "Marlin: 4 bits in groups of 128", constant("int4", "")},
	{"bitblas rtn tpu_int8 deepspeedfp eetq", "weights alone, by their bits", readBits},
	{"aqlm", "AQLM: codes of groups of weights, by their bits a weight", readAQLM},
	{"hqq", "HQQ: bits of weights", readBits},
	{"higgs sinq", "HIGGS and SINQ: bits of weights", readBits},
	{"mix_quant", "PaddlePaddle's, of ERNIE: wint8, wint4 or wint2 of dense parts and of experts", readPaddle},
	{"exl2 exl3", "ExLlama: any mean of bits, counted in the nearest format", readEXL},
	{"vptq", "VPTQ: indices of centroids, by their bits a weight, module by module", readVPTQ},
	{"spqr", "SpQR: by its bits a weight, scales and outliers included", readSpQR},
	{"quanto", "Quanto: int2, int4, int8 or float8 weights", readQuanto},
	{"torchao", "TorchAO: int4, int8 and float8 configurations", readTorchAO},
	{"fp_quant", "FP-Quant: mxfp4 or nvfp4", readFPQuant},
	{"mlx", "MLX, whose files name no method: 2, 3, 4, 6 or 8 bits in groups, mxfp4, mxfp8 and nvfp4, the embedding and the head " +
		"too, with modules of their own", readMLX},
	{"metal", "Metal kernels of transformers: 2, 4 or 8 bits in groups", func(q *config, s *storage) {
		s.most.weights, s.unknown = mlxMode(q, q)
	}},
	{"mlc", "MLC: the code of mlc-chat-config.json, such as q4f16_1", readMLC},
	{"ascend", "Ascend's: quantize in config.json, such as w8a8_dynamic", readAscend},
	{"bitnet", "BitNet: ternary weights in 2 bits", constant("int2", "int8")},
}

// Methods lists the quantisation methods, by the names that config.json gives them, with what each is.
func Methods() [][2]string {
	list := make([][2]string, len(methods))
	for i, m := range methods {
		list[i] = [2]string{m.names, m.does}
	}
	return list
}

// methodOf finds a method by name.
func methodOf(name string) *method {
	for i := range methods {
		if slices.Contains(strings.Fields(methods[i].names), strings.ToLower(name)) {
			return &methods[i]
		}
	}
	return nil
}

func constant(weights, activations string) func(*config, *storage) {
	return func(_ *config, s *storage) { s.most = scheme{weights, activations} }
}

func readFP8(q *config, s *storage) {
	s.most = scheme{"fp8", "fp8"}
	if len(q.integers("weight_block_size")) > 0 {
		s.most.weights = "fp8-block"
	}
}

// integers are the formats of integer weights, by bits and the size of a group (0 or less: a channel).
func integerFormat(bits, group int) string {
	switch {
	case bits == 4 && group == 32:
		return "int4-g32"
	case bits == 4 && group == 64:
		return "int4-g64"
	case bits == 4, bits == 3, bits == 2, bits == 8:
		return fmt.Sprintf("int%d", bits)
	}
	return ""
}

// signed reads a whole number that may be negative, as sizes of groups are for "none".
func (c *config) signed(key string, absent int) int {
	if text := fmt.Sprint(c.field(key)); strings.HasPrefix(text, "-") {
		c.value(key)
		return 0
	}
	return c.integerOr(key, absent)
}

// readBits reads weights of so many bits in groups.
func readBits(q *config, s *storage) {
	bits := 0
	if parts := q.table("quant_config").table("weight_quant_params"); len(parts.fields) > 0 { // HQQ's own form
		q = parts
	}
	for _, name := range []string{"bits", "w_bit", "weight_bits", "nbits", "wbits", "weight_bit_width"} {
		bits = max(bits, q.signed(name, 0))
	}
	if words := q.string("weights"); bits == 0 && strings.HasPrefix(words, "int") {
		bits = int(words[len(words)-1] - '0')
	}
	if bits == 0 && slices.Contains([]string{"eetq", "tpu_int8"}, q.string("quant_method")) {
		bits = 8
	}
	group := 128
	for _, name := range []string{"group_size", "q_group_size"} {
		if q.has(name) {
			group = q.signed(name, 128)
		}
	}
	s.most.weights = integerFormat(bits, group)
	if s.most.weights == "" {
		s.unknown = fmt.Sprintf("%d bits", bits)
	}
}

// readGPTQ adds GPTQModel's rules: "-:" and a regular expression for modules that stay as they are, "+:" for
// those with bits of their own.
func readGPTQ(q *config, s *storage) {
	readBits(q, s)
	if q.boolean("lm_head") {
		s.ends = headModule
	}
	rules := q.table("dynamic")
	for _, rule := range slices.Backward(sortedKeys(rules.fields)) { // "-:" before "+:"
		expression := strings.TrimPrefix(strings.TrimPrefix(rule, "+:"), "-:")
		modules := patternsOf([]string{"re:" + expression})
		if strings.HasPrefix(rule, "-:") {
			s.others = append(s.others, exception{modules, scheme{}})
			continue
		}
		own := rules.table(rule)
		bits := own.signed("bits", q.signed("bits", 0))
		s.others = append(s.others, exception{modules,
			scheme{weights: integerFormat(bits, own.signed("group_size", q.signed("group_size", 128)))}})
		rules.adopt(own)
	}
	q.adopt(rules)
}

func readAutoRound(q *config, s *storage) {
	base := autoRoundScheme(q, q)
	if s.most = base; base.weights == "" {
		s.unknown = fmt.Sprintf("data_type %q with %d bits", q.string("data_type"), q.signed("bits", 0))
	}
	extra := q.table("extra_config")
	s.byName = map[string]scheme{}
	for _, name := range sortedKeys(extra.fields) {
		own := extra.table(name)
		if strings.ContainsAny(name, `*+?^$()[]{}|\`) { // a regular expression, met anywhere in a name
			s.others = append(s.others, exception{patternsOf([]string{"re:.*(?:" + strings.TrimPrefix(name, "re:") + ")"}),
				autoRoundScheme(own, q)})
		} else {
			s.byName[bare(name)] = autoRoundScheme(own, q)
		}
		extra.adopt(own)
	}
	q.adopt(extra)
	if _, ok := s.byName[headModule]; ok || q.boolean("quant_lm_head") {
		s.ends = headModule
	}
}

// autoRoundScheme reads the fields of a module, or of all, with those of all where a module has none.
func autoRoundScheme(own, all *config) scheme {
	bits := own.signed("bits", all.signed("bits", 0))
	kind := own.string("data_type")
	if kind == "" {
		kind = all.string("data_type")
	}
	activations := own.signed("act_bits", all.signed("act_bits", 16))
	switch {
	case bits >= 16:
		return scheme{}
	case strings.HasPrefix(kind, "mx_fp") && bits == 4:
		return scheme{weights: "mxfp4"}
	case strings.HasPrefix(kind, "mx_fp") && bits == 8:
		return scheme{"mxfp8", "fp8"}
	case strings.HasPrefix(kind, "nv_fp"):
		return scheme{"nvfp4", "nvfp4"}
	case strings.HasPrefix(kind, "fp") && bits == 8:
		return scheme{"fp8", "fp8"}
	case activations == 8 && bits == 8:
		return scheme{"int8", "int8"}
	}
	return scheme{weights: integerFormat(bits, own.signed("group_size", all.signed("group_size", 128)))}
}

// readAQLM reads codes into codebooks, which stand for groups of weights.
func readAQLM(q *config, s *storage) {
	group := q.integerOr("in_group_size", 8) * q.integerOr("out_group_size", 1)
	codes := q.integerOr("num_codebooks", 1) * q.integerOr("nbits_per_codebook", 16)
	if group > 0 && codes%group == 0 {
		s.most.weights = integerFormat(codes/group, 128)
	}
	if s.most.weights == "" {
		s.unknown = fmt.Sprintf("%d bits for each %d weights", codes, group)
	}
	s.kept = patternsOf(q.texts("linear_weights_not_to_quantize"))
}

func readBitsAndBytes(q *config, s *storage) {
	switch {
	case q.boolean("load_in_4bit") || q.boolean("_load_in_4bit"):
		s.most.weights = "nf4-plain"
		if q.boolean("bnb_4bit_use_double_quant") {
			s.most.weights = "nf4"
		}
	case q.boolean("load_in_8bit") || q.boolean("_load_in_8bit"):
		s.most.weights = "int8"
	default:
		s.unknown = "neither load_in_4bit nor load_in_8bit"
	}
	s.kept = patternsOf(q.texts("llm_int8_skip_modules"))
}

func readQuanto(q *config, s *storage) {
	switch words := q.string("weights"); words {
	case "float8":
		s.most.weights = "fp8"
	case "int8", "int4", "int2":
		s.most.weights = words
	default:
		s.unknown = fmt.Sprintf("weights %q", words)
	}
}

// readTorchAO reads the name of a configuration, which says its formats.
func readTorchAO(q *config, s *storage) {
	name := q.string("quant_type")
	if parts, ok := q.field("quant_type").(map[string]any); ok {
		q.err = nil
		name = fmt.Sprint(parts)
	}
	name = strings.ToLower(name)
	activations := strings.Contains(name, "dynamic") || strings.Contains(name, "activation")
	switch {
	case strings.Contains(name, "float8"):
		s.most = scheme{weights: "fp8"}
		if activations {
			s.most.activations = "fp8"
		}
	case strings.Contains(name, "int8"):
		s.most = scheme{weights: "int8"}
		if strings.Contains(name, "int8dynamic") || strings.Contains(name, "int8_dynamic_activation_int8") {
			s.most.activations = "int8"
		}
	case strings.Contains(name, "int4"):
		s.most = scheme{weights: "int4"}
	default:
		s.unknown = fmt.Sprintf("quant_type %.60q", name)
	}
}

func readFPQuant(q *config, s *storage) {
	switch kind := q.string("forward_dtype"); kind {
	case "mxfp4":
		s.most.weights = "mxfp4"
	case "nvfp4":
		s.most = scheme{"nvfp4", "nvfp4"}
	default:
		s.unknown = fmt.Sprintf("forward_dtype %q", kind)
	}
}
