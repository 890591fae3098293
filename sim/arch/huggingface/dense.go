package huggingface

// denseFamilies are decoders with a dense part in each layer. What a line says stands in the family's class
// in Hugging Face's transformers or, for those that are not there, in the code beside its checkpoints.
var denseFamilies = []family{
	// LlamaAttention gives its output projection a bias where it has one at all.
	{"llama", plain(traits{qkvBias: "attention_bias|bias", outputBias: "attention_bias|bias", mlpBias: "mlp_bias",
		nested: "hidden_size=4096 num_hidden_layers=32 num_attention_heads=32 intermediate_size=11008 " +
			"vocab_size=32000 max_position_embeddings=2048"}),
		"yi Yi aquila xverse internlm internlm2 cwm teleflm TeleFLM telechat3 iquestcoder LLaMAForCausalLM AquilaModel " +
			"llava fairseq2_llama solar hcxvision"},
	{"internlm3", plain(traits{qkvBias: "qkv_bias", outputBias: "bias", mlpBias: "bias"}), ""},
	{"mistral", plain(traits{window: all, nested: "hidden_size=4096 num_hidden_layers=32 num_attention_heads=32 " +
		"num_key_value_heads=8 intermediate_size=14336 vocab_size=32000 max_position_embeddings=131072"}),
		"mistral3 ministral3 GritLM pixtral"},
	{"ministral", plain(traits{window: byTypes}), ""},
	{"phi3", plain(traits{window: all}), "phi3_v phi4mm"},
	{"seed_oss", plain(traits{qkvBias: "attention_bias=yes", outputBias: "attention_out_bias", mlpBias: "mlp_bias"}), ""},
	{"ernie4_5", plain(traits{qkvBias: "use_bias", outputBias: "use_bias", mlpBias: "use_bias", tied: "yes"}), ""},
	// MiMo-7B: Qwen2 with layers of multi-token prediction.
	{"mimo", plain(traits{qkvBias: "attention_bias=yes", window: all, mtp: "num_nextn_predict_layers=0"}), ""},
	// BLOOM: positions by ALiBi, LayerNorm, biases everywhere, a feed-forward part of four times the width
	// (arXiv:2211.05100, §3.2).
	{"bloom", plain(traits{alibi: true, qkvBias: "yes", outputBias: "yes", mlpBias: "yes", ungated: true,
		width: "intermediate_size=4*hidden_size", normBias: "yes", embeddingNorm: true, tied: "yes", context: 2048}), ""},
}
