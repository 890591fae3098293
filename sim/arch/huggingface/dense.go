package huggingface

// denseFamilies are decoders with a dense part in each layer. What a line says stands in the family's class
// in Hugging Face's transformers or, for those that are not there, in the code beside its checkpoints.
var denseFamilies = []family{
	// LlamaAttention gives its output projection a bias where it has one at all.
	{"llama", plain(traits{qkvBias: "attention_bias|bias", outputBias: "attention_bias|bias", mlpBias: "mlp_bias"}),
		"yi Yi aquila internlm internlm2 cwm teleflm TeleFLM telechat3 iquestcoder LLaMAForCausalLM AquilaModel " +
			"llava llava_llama skywork fairseq2_llama solar hcxvision PanguEmbedded " +
			"emu3 emu3_text_model trillion apriel helium"},
	// Muse Glimmer: Gemma's norms, a gate as wide as the queries, windows that rotate and layers that do not.
	{"muse_glimmer", plain(traits{gate: "yes", postNorms: "yes", window: byTypes, globalNope: true, qkvBias: "attention_bias",
		also: "layer_rope_theta"}), ""},
	{"internlm3", plain(traits{qkvBias: "qkv_bias", outputBias: "bias", mlpBias: "bias"}), ""},
	{"mistral", plain(traits{window: all}), "mistral3 ministral3 GritLM pixtral llava_mistral"},
	{"ministral", plain(traits{window: byTypes}), ""},
	{"phi3", plain(traits{window: all}), "phi3_v phi4mm"},
	{"phi3small", code(readPhi3Small), "Phi3SmallForCausalLM"},
	// BitNet b1.58: LLaMA with a norm before the output and one before the last matrix of each part.
	{"bitnet", plain(traits{qkvBias: "attention_bias", outputBias: "attention_bias", tied: "yes"}), ""},
	{"seed_oss", plain(traits{qkvBias: "attention_bias=yes", outputBias: "attention_out_bias", mlpBias: "mlp_bias"}), ""},
	{"ernie4_5", plain(traits{qkvBias: "use_bias", outputBias: "use_bias", mlpBias: "use_bias", tied: "yes",
		also: "compression_ratio weight_share_add_bias"}), "paddleocr_vl"},
	// MiMo-7B: Qwen2 with layers of multi-token prediction.
	{"mimo", plain(traits{qkvBias: "attention_bias=yes", window: all, mtp: "num_nextn_predict_layers=0"}), ""},
	// BLOOM: positions by ALiBi, LayerNorm, biases everywhere, a feed-forward part of four times the width
	// (arXiv:2211.05100, §3.2).
	{"bloom", plain(traits{alibi: true, qkvBias: "yes", outputBias: "yes", mlpBias: "yes", ungated: true,
		fourfold: true, normBias: "yes", embeddingNorm: true, tied: "yes", context: 2048}), ""},

	// The GPT-2 lineage: learned positions, LayerNorm, biases everywhere, two matrices of four times the
	// width (Radford et al. 2019).
	{"gpt2", plain(traits{alibi: true, qkvBias: "yes", outputBias: "yes", mlpBias: "yes", ungated: true, fourfold: true,
		normBias: "yes", positions: "max_position_embeddings", tied: "yes", context: 1024}), ""},
	{"gpt_bigcode", plain(traits{alibi: true, multiQuery: "multi_query=yes", qkvBias: "yes", outputBias: "yes", mlpBias: "yes",
		ungated: true, fourfold: true, normBias: "yes", positions: "max_position_embeddings", tied: "yes"}), ""},
	{"opt", code(readOPT), ""},
	{"gptj", plain(traits{mlpBias: "yes", ungated: true, fourfold: true, normBias: "yes", parallel: "yes", headBias: "yes",
		context: 2048}), "gpt_j codegen"},
	{"gpt_neo", code(readGptNeo), ""},
	// XGLM's positions are sines; BioGPT's are learned, two of them for padding.
	{"xglm", plain(traits{alibi: true, qkvBias: "yes", outputBias: "yes", mlpBias: "yes", ungated: true, normBias: "yes",
		tied: "yes", also: "scale_embedding"}), ""},
	{"biogpt", plain(traits{alibi: true, qkvBias: "yes", outputBias: "yes", mlpBias: "yes", ungated: true, normBias: "yes",
		positions: "max_position_embeddings + 2", tied: "yes", also: "scale_embedding"}), ""},
	// Both parts read the block's input, each through a norm of its own: as many as one after the other.
	{"gpt_neox", plain(traits{qkvBias: "attention_bias=yes", outputBias: "attention_bias=yes", mlpBias: "yes", ungated: true,
		normBias: "yes", also: "use_parallel_residual"}), ""},
	// JAIS: GPT-2 with SwiGLU and ALiBi (arXiv:2308.16149, §2.1); the second one rotates and is not gated.
	{"jais", plain(traits{alibi: true, qkvBias: "yes", outputBias: "yes", mlpBias: "yes", fourfold: true, normBias: "yes",
		tied: "yes", also: "position_embedding_type"}), "btlm crystalcoder"},
	{"jais2", plain(traits{qkvBias: "attention_bias=yes", outputBias: "attention_bias=yes", mlpBias: "mlp_bias=yes", ungated: true,
		normBias: "yes"}), ""},
	{"mpt", plain(traits{alibi: true, kvHeads: "attn_config.kv_n_heads=num_attention_heads", qkvBias: "!no_bias", outputBias: "!no_bias",
		mlpBias: "!no_bias", ungated: true, width: "expansion_ratio=4*hidden_size", normBias: "!no_bias", tied: "yes",
		also: "attn_config"}), ""},
	{"falcon", code(readFalcon), "RefinedWebModel RefinedWeb RWForCausalLM"},
	// CodeShell: StarCoder that rotates, with groups of KV heads; BlueLM: LLaMA with a norm of its embedding.
	{"codeshell", plain(traits{qkvBias: "add_bias_linear=yes", outputBias: "add_bias_linear=yes", mlpBias: "add_bias_linear=yes",
		ungated: true, fourfold: true, normBias: "yes", tied: "yes", also: "group_query_attention position_embedding_type"}), ""},
	{"BlueLM", plain(traits{embeddingNorm: true, also: "use_stable_embedding"}), ""},
	{"persimmon", plain(traits{qkvBias: "yes", outputBias: "yes", mlpBias: "yes", ungated: true, qkNorm: "qk_layernorm=yes:head",
		normBias: "yes"}), ""},
	{"phi", plain(traits{qkvBias: "yes", outputBias: "yes", mlpBias: "yes", ungated: true, qkNorm: "qk_layernorm:head",
		normBias: "yes", parallel: "yes", headBias: "yes"}), "phi-msft"},
	{"starcoder2", plain(traits{qkvBias: "use_bias=yes", outputBias: "use_bias=yes", mlpBias: "use_bias=yes", ungated: true,
		normBias: "yes", tied: "yes", window: all}), ""},
	{"stablelm", plain(traits{qkvBias: "use_qkv_bias", qkNorm: "qk_layernorm:layer", normBias: "yes",
		parallel: "use_parallel_residual"}), "stablelm_epoch StableLMEpochForCausalLM"},
	{"nemotron", plain(traits{qkvBias: "attention_bias", outputBias: "attention_bias", mlpBias: "mlp_bias", ungated: true,
		normBias: "yes"}), ""},
	{"orion", plain(traits{qkvBias: "attention_bias", normBias: "yes"}), ""},
	// Qwen 1 calls the width of gate and up together intermediate_size.
	{"qwen", plain(traits{qkvBias: "yes", width: "intermediate_size/2", also: "kv_channels no_bias"}), "QWenLMHeadModel qwen_vl"},
	{"baichuan", code(readBaichuan), "BaiChuanForCausalLM"},
	{"chatglm", code(readChatGLM), "ChatGLMModel glm4v"},
	{"glm", plain(traits{qkvBias: "attention_bias=yes"}), ""},
	{"glm4", plain(traits{qkvBias: "attention_bias=yes", postNorms: "yes", mtp: "num_nextn_predict_layers=0"}),
		"glm4v_text glm4_1v glm_ocr"},
	{"gemma", plain(traits{qkvBias: "attention_bias", outputBias: "attention_bias", tied: "yes", assume: "head_dim=256"}), "paligemma"},
	{"granite", plain(traits{qkvBias: "attention_bias", outputBias: "attention_bias", mlpBias: "mlp_bias"}), "granite_speech"},
	{"minicpm", plain(traits{tied: "yes", also: "dim_model_base", experts: &mixture{optional: true, experts: "num_experts", topK: "num_experts_per_tok",
		width: "intermediate_size"}}), "minicpm4 minicpmv minicpmo"},
	{"minicpm3", code(readMiniCPM3), ""},
	// Molmo calls the width of gate and up together intermediate_size; Molmo 2 is as Qwen3.
	{"molmo", plain(traits{qkvBias: "qkv_bias", qkNorm: "attention_layer_norm:layer", width: "intermediate_size/2",
		also: "embedding_size use_position_ids additional_vocab_size norm_after"}), ""},
	{"molmo2", plain(traits{qkvBias: "qkv_bias", qkNorm: "use_qk_norm:head", also: "additional_vocab_size norm_after qk_norm_type"}), ""},
	// Chameleon: LLaMA with norms of queries and keys; swin_norm puts those of a layer after its parts.
	{"chameleon", plain(traits{qkNorm: "head", qkvBias: "attention_bias", outputBias: "attention_bias", mlpBias: "mlp_bias",
		also: "swin_norm vq_config vocabulary_map model_parallel_size"}), ""},
	{"olmo", plain(traits{qkvBias: "attention_bias", outputBias: "attention_bias", plainNorms: true}), ""},
	{"hf_olmo", code(readOlmoOwn), ""},
	{"nanochat", plain(traits{qkvBias: "attention_bias", outputBias: "attention_bias", ungated: true, plainNorms: true}), ""},
	{"olmo2", plain(traits{qkNorm: "layer", qkvBias: "attention_bias", outputBias: "attention_bias", window: byTypes}), "olmo3"},
	// A norm for both parts, and of the first version's larger model one for queries and keys of every head.
	{"cohere", plain(traits{qkNorm: "use_qk_norm:layer", qkvBias: "attention_bias", outputBias: "attention_bias", parallel: "yes",
		tied: "yes"}), ""},
	{"cohere2", plain(traits{qkvBias: "attention_bias", outputBias: "attention_bias", parallel: "yes", tied: "yes", window: byTypes,
		globalNope: true, assume: "sliding_window_pattern=4 head_dim=128",
		also: "order_of_interleaved_layers use_parallel_block"}), "cohere2_vision aya_vision"},
	{"exaone", plain(traits{tied: "yes"}), ""},
	{"exaone4", plain(traits{qkNorm: "head", window: byTypes, globalNope: true, mtp: "num_nextn_predict_layers=0",
		also: "_num_mtp_layers mtp_share_layers"}), "exaone4_5"},
	{"apertus", plain(traits{qkNorm: "qk_norm=yes:head", qkvBias: "attention_bias", outputBias: "attention_bias", mlpBias: "mlp_bias",
		ungated: true}), ""},
	{"arcee", plain(traits{qkvBias: "attention_bias", outputBias: "attention_bias", mlpBias: "mlp_bias", ungated: true}), ""},
	// Step-1: positions in the scores, and the KV heads of Step-3's files.
	{"step1", plain(traits{alibi: true, kvHeads: "num_key_value_heads=1", qkvBias: "attention_bias", outputBias: "attention_bias",
		mlpBias: "mlp_bias", tied: "yes"}), ""},
	{"plamo3", code(readPlamo3), ""},
	{"smollm3", plain(traits{qkvBias: "attention_bias", outputBias: "attention_bias", mlpBias: "mlp_bias", tied: "yes",
		window: byTypes}), ""},
	{"hunyuan_v1_dense", plain(traits{qkNorm: "use_qk_norm=yes:head", qkvBias: "attention_bias", outputBias: "attention_bias",
		mlpBias: "mlp_bias"}), "HunYuanDenseV1ForCausalLM hunyuan_vl"},
	{"hyperclovax", plain(traits{qkvBias: "attention_bias", outputBias: "attention_bias", mlpBias: "mlp_bias",
		postNorms: "use_post_norm"}), "hyperclovax_vlm hcxvision_v2"},
	// XVERSE's mixtures call the width of one expert intermediate_size.
	{"xverse", plain(traits{qkvBias: "attention_bias|bias", outputBias: "attention_bias|bias", experts: &mixture{optional: true,
		experts: "num_experts", topK: "moe_top_k|num_experts_per_tok", width: "intermediate_size",
		shared: "num_shared_experts=0*intermediate_size"}}), ""},
	// Motif's first model subtracts one half of the heads' attention from the other's, over as many matrices
	// as Llama has.
	{"Motif", code(readMotif), "diffllama"},
	{"baichuan_m1", code(readBaichuanM1), ""},
	{"youtu_llm", code(readYoutu), "youtu"},
	{"openelm", code(readOpenELM), ""},
	{"telechat", plain(traits{outputBias: "yes"}), "telechat2"},
}

// readFalcon reads Falcon: in its first decoder one KV head, and both parts of a layer behind one norm; in
// its second a few KV heads and a norm for each part (arXiv:2311.16867, §3 and table 10).
func readFalcon(c *config) *document {
	t := traits{alibi: c.boolean("alibi"), qkvBias: "bias", outputBias: "bias", mlpBias: "bias", ungated: true, fourfold: true,
		normBias: "yes", tied: "yes", context: 2048, multiQuery: "multi_query=yes"}
	second := c.boolean("new_decoder_architecture")
	if second {
		t.multiQuery, t.kvHeads = "", "num_key_value_heads|num_kv_heads|n_head_kv=num_attention_heads"
	}
	norms := 2
	if c.booleanOr("parallel_attn", true) && !second {
		norms = 1
	}
	if c.integerOr("num_ln_in_parallel_attn", norms) == 1 {
		t.parallel = "yes"
	}
	return t.read(c)
}

// readBaichuan reads Baichuan and Baichuan 2: Llama, whose larger model has ALiBi.
func readBaichuan(c *config) *document {
	const smaller = 4096 // the width of the 7B models, which rotate
	t := traits{alibi: c.integer("hidden_size") != smaller}
	return t.read(c)
}

// readPlamo3 reads PLaMo 3: norms of queries and keys and behind each part, and a full layer after those
// with a window.
func readPlamo3(c *config) *document {
	c.rename(map[string][]string{"sliding_window": {"window_size"}})
	t := traits{qkNorm: "head", postNorms: "yes", tied: "yes", qkvBias: "attention_bias", window: byTypes}
	return t.read(c)
}

// readMiniCPM3 reads MiniCPM3: latent attention and dense parts.
func readMiniCPM3(c *config) *document {
	t := traits{tied: "yes"}
	c.value("dim_model_base")
	d := t.begin(c)
	if heads := c.integer("num_attention_heads"); heads > 0 {
		c.assume("v_head_dim", c.integer("hidden_size")/heads)
	}
	d.tree["mla"] = latent(c)
	t.layers(c, d, func(int) string { return "mla" })
	return d
}

// readPhi3Small reads Phi-3 small: LLaMA with biases, LayerNorm and a tied head. Some of its layers attend to
// blocks alone, which no component has.
func readPhi3Small(c *config) *document {
	if every := c.value("dense_attention_every_n_layers"); every != nil {
		c.warn("dense_attention_every_n_layers: layers between attend to blocks alone; they are computed as attending to everything")
	}
	t := traits{qkvBias: "yes", outputBias: "yes", mlpBias: "yes", width: "ff_intermediate_size", normBias: "yes", tied: "yes",
		also: "blocksparse_block_size blocksparse_homo_head_pattern blocksparse_num_local_blocks " +
			"blocksparse_triton_kernel_block_size blocksparse_vert_stride attention_bias"}
	return t.read(c)
}
