package huggingface

import (
	"slices"
	"strings"
)

// stranger is a kind of models, or of files, that are known and not read.
type stranger struct {
	names string // of model types, or of fields that only such files have, blanks between
	is    string
	right string
}

// otherKinds are models that do not write one token after the other with a decoder alone.
var otherKinds = []stranger{
	{"Dream llada llada_moe llada2_moe sdar sdar_moe diffucoder wedlm nemotron_labs_diffusion diffusion_gemma fast_dllm",
		"writes by diffusion, many tokens at once in several passes", asDecoder},
	encoderDecoder,
	{"bert roberta distilbert albert electra deberta deberta-v2 xlm-roberta mpnet modernbert nomic_bert camembert ernie jina_bert " +
		"new eurobert clip siglip siglip2 vit dinov2 wav2vec2 hubert clap",
		"encodes, and writes no tokens", asDecoder},
	drafter,
}

var (
	encoderDecoder = stranger{"t5 mt5 umt5 t5gemma t5gemma2 bart mbart pegasus m2m_100 nllb-moe whisper led longt5 switch_transformers marian blenderbot " +
		"speech_to_text seamless_m4t seamless_m4t_v2 florence2 nougat vision-encoder-decoder encoder-decoder bigbird_pegasus prophetnet",
		"has an encoder beside its decoder", asDecoder}
	drafter = stranger{"medusa eagle mlp_speculator", "is a drafter, which works beside another model",
		"give the config.json of the model that it drafts for, and its drafter as [speculative]"}
)

const asDecoder = "only decoders that write token after token are computed; describe one as TOML, as near as it may be"

// otherFiles are files that lie beside a model's config.json.
var otherFiles = []stranger{
	{"peft_type", "is that of an adapter", "give the config.json of the model that base_model_name_or_path names"},
	{"weight_map", "is the index of a checkpoint's weights", "give the config.json beside it"},
	{"tokenizer_class added_tokens_decoder", "describes a tokenizer", "give the config.json beside it"},
	{"_diffusers_version", "is that of a model of images", "give that of a language model"},
	{"processor_class image_processor_type feature_extractor_type", "describes how images or sounds are prepared", "give the config.json beside it"},
	{"safetensors siblings modelId", "is what Hugging Face tells of a model, without its sizes", "give the model's config.json"},
	{"do_sample temperature top_p top_k eos_token_id pad_token_id", "says how tokens are chosen", "give the config.json beside it"},
}

// drafts refuses the file of a drafter whose model type is that of another model.
func (c *config) drafts() {
	for _, class := range c.wholeTexts("architectures") {
		if strings.Contains(class, "Eagle") && c.has("draft_vocab_size") {
			c.fail("architectures", "a model of class "+class+" "+drafter.is, drafter.right)
		}
	}
}

// strange says what a file is whose kind is known and not read.
func (c *config) strange(modelType string) bool {
	fail := func(s stranger, key, wrong string) bool {
		c.fail(key, wrong, s.right)
		return true
	}
	if modelType == "" && !c.has("hidden_size") {
		for _, s := range otherFiles {
			for _, key := range strings.Fields(s.names) {
				if c.has(key) {
					return fail(s, key, "this file "+s.is+"; it is no model's config.json")
				}
			}
		}
	}
	for _, s := range otherKinds {
		encodes := s == encoderDecoder && c.has("is_encoder_decoder") && c.boolean("is_encoder_decoder")
		if modelType != "" && (encodes || slices.Contains(strings.Fields(s.names), modelType)) {
			return fail(s, "model_type", "a model of kind \""+modelType+"\" "+s.is)
		}
	}
	return false
}
