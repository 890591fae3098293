package huggingface

import (
	"maps"
	"slices"
	"strings"
)

// family is one line of the table of known architectures.
type family struct {
	modelType string // as config.json gives it, without "_text"
	reader
	// others are other names of the same: model types, and classes as architectures lists them.
	others string
}

// reader is how a family is read: what is particular to it, or code of its own.
type reader struct {
	traits *traits
	code   func(*config) *document
}

func (r reader) read(c *config) *document {
	if r.code != nil {
		return r.code(c)
	}
	return r.traits.read(c)
}

func plain(t traits) reader { return reader{traits: &t} }

func code(f func(*config) *document) reader { return reader{code: f} }

// families is the table of known architectures. A new family is a line here; a new name of a known one is a
// word.
var families = slices.Concat(denseFamilies, mixtureFamilies, ownFamilies)

// ownFamilies are those that are read by code.
var ownFamilies = []family{
	{"qwen2", code(readQwen2), "qwen2_vl qwen2_5_vl qwen2_5_omni qwen2_5_omni_thinker dots_ocr llava_qwen kimi_audio MoonshotKimiaForCausalLM"},
	{"qwen3", code(readQwen3), "qwen3_vl Keye KeyeVL1_5 isaac qwen3_asr qwen3_asr_thinker"},
	{"qwen2_moe", code(readQwen2MoE), ""},
	{"qwen3_moe", code(readQwen3MoE), "qwen3_vl_moe qwen3_omni_moe"},
	{"grove_moe", code(readGroveMoE), ""},
	{"qwen3_next", code(readQwen3Next), ""},
	{"qwen3_5", code(readQwen35), ""},
	{"qwen3_5_moe", code(readQwen35), ""},
	{"gemma2", code(readGemma2), ""},
	{"vaultgemma", code(readVaultGemma), ""},
	{"gemma3", code(readGemma3), "rnj1"},
	{"gemma3n", code(readGemma3n), ""},
	{"gemma4", code(readGemma4), "gemma4_unified"},
	{"gpt_oss", code(readGptOss), ""},
	{"deepseek_v2", code(readDeepSeek), "deepseek_vl_v2"},
	{"deepseek_v3", code(readDeepSeek), "glm4_moe_lite kimi_vl mistral4 mistral_large_3 dots_vlm"},
	{"AXK1", code(readAXK1), ""},
	{"kimi_k2", code(readDeepSeek), "kimi_k25"},
	{"deepseek_v32", code(readDeepSeekSparse), ""},
	{"glm_moe_dsa", code(readDeepSeekSparse), ""},
	{"deepseek_v4", code(readDeepSeekV4), ""},
	{"minimax_m3", code(readMiniMaxM3), "minimax_m3_vl minimax_m3_vl_text MiniMaxM3SparseForCausalLM"},
	{"kimi_linear", code(readKimiLinear), "kimi_k3"},
	{"glm4_moe", code(readGlm4), "glm4v_moe solar_open"},
	{"minimax_m2", code(readMiniMaxM2), ""},
	{"mimo_v2_flash", code(readMiMo), "mimo_v2"},
	{"llama4", code(readLlama4), ""},
	{"ernie4_5_moe_vl", code(readErnieVL), "ernie4_5_vl_moe"},
	{"nemotron_h", code(readNemotronH), "nemotron_h_puzzle"},
	{"jamba", code(readJamba), ""},
	{"falcon_h1", code(readFalconH1), ""},
	{"bamba", code(readBamba), ""},
	{"granitemoehybrid", code(readGraniteHybrid), "granitemoe_hybrid"},
	{"lfm2", code(readLfm2), "lfm2_moe lfm2_vl"},
	{"minimax_text_01", code(readMiniMaxText), "minimax minimax_m1 MiniMaxText01 MiniMaxM1 minimax_vl_01"},
	{"mamba", code(readMamba), "falcon_mamba"},
	{"mamba2", code(readMamba2), ""},
	{"nemotron-nas", code(readNemotronNas), "deci DeciLM DeciLMForCausalLM"},
	{"hunyuan_v1_moe", code(readHunyuanMoE), "hunyuan HunYuanForCausalLM HunYuanMoEV1ForCausalLM"},
	{"step3_text", code(readStep3), "step3 step3_vl"},
	{"step3p5", code(readStep35), "step3p7"},
	{"sarvam_mla", code(readSarvamMLA), ""},
	{"olmo_hybrid", code(readOlmoHybrid), ""},
	{"longcat_flash", code(readLongcat), "longcat_flash_ngram"},
	{"laguna", code(readLaguna), ""},
	{"bailing_hybrid", code(readBailingHybrid), "bailing_moe_linear bailing_moe_v2_5 bailing_moe_v3"},
	{"pangu_ultra_moe", code(readPanguUltra), ""},
	{"pangu_pro_moe_v2", code(readPanguPro), ""},
	{"plamo2", code(readPlamo2), ""},
	{"ouro", code(readOuro), ""},
	{"arctic", code(readArctic), ""},
	{"phi4flash", code(readPhi4Flash), ""},
	{"zamba", code(readZamba), ""},
	{"zamba2", code(readZamba2), ""},
	{"recurrent_gemma", code(readRecurrentGemma), ""},
	{"xlstm", code(readXLSTM), ""},
	{"rwkv7", code(readRWKV7), ""},
	{"mllama", code(readMllama), "mllama_text_model"},
	{"inkling", code(readInkling), "inkling_mm_model inkling_model"},
	{"internlm2_ve", code(readInternLM2VE), "InternLM2VEForCausalLM"},
	{"hrm", code(readHrmText), "hrm_text"},
	{"gpt3", code(readGpt3), ""},
}

// classSizes are the defaults of the classes of text decoders in Hugging Face's transformers, which the
// decoder's part of a model of several towers leaves out.
var classSizes = map[string]string{
	"llama": "hidden_size=4096 num_hidden_layers=32 num_attention_heads=32 intermediate_size=11008 vocab_size=32000 " +
		"max_position_embeddings=2048",
	"mistral": "hidden_size=4096 num_hidden_layers=32 num_attention_heads=32 num_key_value_heads=8 intermediate_size=14336 " +
		"vocab_size=32000 max_position_embeddings=131072",
	"mixtral": "hidden_size=4096 num_hidden_layers=32 num_attention_heads=32 num_key_value_heads=8 intermediate_size=14336 " +
		"vocab_size=32000 num_local_experts=8 num_experts_per_tok=2 max_position_embeddings=131072",
	"gemma": "hidden_size=3072 num_hidden_layers=28 num_attention_heads=16 num_key_value_heads=16 intermediate_size=24576 " +
		"vocab_size=256000 max_position_embeddings=8192",
	"gemma2": "hidden_size=2304 num_hidden_layers=26 num_attention_heads=8 num_key_value_heads=4 intermediate_size=9216 " +
		"head_dim=256 vocab_size=256000 max_position_embeddings=8192",
	"qwen2": "hidden_size=4096 num_hidden_layers=32 num_attention_heads=32 num_key_value_heads=32 intermediate_size=22016 " +
		"vocab_size=151936 max_position_embeddings=32768",
	"qwen3": "hidden_size=4096 num_hidden_layers=32 num_attention_heads=32 num_key_value_heads=32 head_dim=128 " +
		"intermediate_size=22016 vocab_size=151936 max_position_embeddings=32768",
	"phi3": "hidden_size=3072 num_hidden_layers=32 num_attention_heads=32 intermediate_size=8192 vocab_size=32064 " +
		"max_position_embeddings=4096",
}

// assumeClass gives the decoder's part of a model of several towers what its class has by default: all sizes,
// where its missing width, layers or heads show that they were left out, else the context alone.
func (c *config) assumeClass(family string) {
	sizes := classSizes[family]
	switch {
	case sizes == "" || c.tower == "":
	case c.has("hidden_size") && c.has("num_hidden_layers") && c.has("num_attention_heads"):
		c.assumeAll(sizes[strings.LastIndexByte(sizes, ' ')+1:])
	default:
		c.assumeAll(sizes)
	}
}

// declined are families that are known and not read, with the reason.
var declined = map[string]string{
	"iquestloopcoder": "its second pass over the layers reads the first one's keys beside a window of its own, which no component has",
	"hymba":           "its attention and its Mamba share projections, and layers share keys and values in groups, which no component has",
	"jetmoe":          "its routers choose heads of attention, which no component has",
	"yuan":            "its attention filters what it reads with convolutions, which no component has",
	"llama_swiftkv":   "its prompts pass only the projections of keys and values of the upper layers, which no component has",
	"csm":             "a second decoder writes the codes of each frame of sound, which is not modelled",
	"moshi":           "a second decoder writes the codes of each frame of sound, which is not modelled",
	"rwkv":            "its recurrence, of RWKV-4, is not modelled; that of RWKV-7 is",
	"rwkv5":           "its recurrence is not modelled; that of RWKV-7 is",
	"rwkv6":           "its recurrence is not modelled; that of RWKV-7 is",
}

// Declined lists the families that are known and not read, each with the reason.
func Declined() map[string]string { return maps.Clone(declined) }

// Families lists the model_type values that Import knows, without other names of the same.
func Families() []string {
	list := make([]string, len(families))
	for i, f := range families {
		list[i] = f.modelType
	}
	return list
}

// OtherNames are the model types and classes that mean the same as a family's own.
func OtherNames(modelType string) []string {
	if f := find(modelType); f != nil {
		return strings.Fields(f.others)
	}
	return nil
}

// names lists all names under which a family is known.
func (f family) names() []string { return append([]string{f.modelType}, strings.Fields(f.others)...) }

// find is the family of a name.
func find(name string) *family {
	for i := range families {
		if slices.Contains(families[i].names(), name) {
			return &families[i]
		}
	}
	return nil
}

// family finds the table's line for a file: by its model_type, or else by its architecture, of the text
// decoder's part before the whole's.
func (c *config) family() *family {
	modelType := strings.TrimSuffix(c.string("model_type"), "_text")
	classes := append(c.texts("architectures"), c.wholeTexts("architectures")...)
	classes = classes[:min(len(classes), maxClasses)]
	for _, class := range classes { // which may say more than the model type that they share with others
		if f := find(class); f != nil && c.err == nil {
			return f
		}
	}
	if f := find(modelType); f != nil || c.err != nil {
		return f
	}
	for _, class := range classes {
		if f := ofClass(class); f != nil {
			if modelType != "" {
				c.warn("model_type %q is read as %s, which its architecture %s is of", modelType, f.modelType, class)
			}
			return f
		}
	}
	if whole, ok := c.whole["model_type"].(string); ok && c.tower != "" {
		if f := find(strings.TrimSuffix(whole, "_text")); f != nil {
			return f
		}
		if modelType == "" {
			modelType = whole
		}
	}
	c.unknownFamily(modelType, classes)
	return nil
}

// maxClasses bounds how many classes of a file are looked up; published files have one.
const maxClasses = 16

// wholeTexts is a list of strings of the whole file, of a model of several towers.
func (c *config) wholeTexts(key string) []string {
	list, _ := c.whole[key].([]any)
	var texts []string
	for _, item := range list {
		if s, ok := item.(string); ok {
			texts = append(texts, s)
		}
	}
	return texts
}

// ofClass is the family of a class, which is named by the model type without underscores before ForCausalLM
// and its like.
func ofClass(class string) *family {
	bare := class
	for _, ending := range []string{"ForCausalLM", "ForConditionalGeneration", "LMHeadModel", "Model"} {
		bare = strings.TrimSuffix(bare, ending)
	}
	bare = strings.ReplaceAll(bare, "_", "")
	for i := range families {
		for _, name := range families[i].names() {
			if name == class || bare != "" && strings.EqualFold(strings.ReplaceAll(name, "_", ""), bare) {
				return &families[i]
			}
		}
	}
	return nil
}
