package huggingface

import "strings"

// nemotronBlocks are the kinds of Nemotron-H's blocks: the letter that hybrid_override_pattern gives them,
// the words of layers_block_type, and what is made of them.
var nemotronBlocks = []struct {
	letter string
	words  string
	layer  layer
	part   func(*config) table
}{
	{"M", "mamba", layer{mixer: "mamba"}, nemotronMamba},
	{"*", "attention", layer{mixer: "attention"}, nemotronAttention},
	{"-", "mlp", layer{ffn: "dense"}, nemotronDense},
	{"E", "moe", layer{ffn: "moe"}, nemotronExperts},
}

// readNemotronH reads Nemotron-H and Nemotron 3: each block is a Mamba-2, an attention without positions, a
// plain feed-forward part with squared ReLU, or experts.
func readNemotronH(c *config) *document {
	blocks := c.texts("layers_block_type")
	if blocks == nil {
		blocks = strings.Split(c.string("hybrid_override_pattern"), "")
	}
	if n := len(blocks); n > 0 && !c.has("num_hidden_layers") {
		c.fields["num_hidden_layers"] = number(n)
	}
	d := newDocument(c)
	if len(blocks) != c.integer("num_hidden_layers") {
		c.fail("hybrid_override_pattern", "is not as long as num_hidden_layers", "name each block by a character")
		return d
	}
	if c.boolean("mamba_proj_bias") {
		c.invalid("mamba_proj_bias", true)
	}
	onlyConvBias(c)
	for _, elsewhere := range []string{"intermediate_size", "sliding_window", "attention_head_dim", "head_dim"} {
		c.value(elsewhere)
	}
	d.repeat(c, func(l int) layer { return d.nemotronBlock(c, "hybrid_override_pattern", blocks[l]) })
	ahead := c.texts("mtp_layers_block_type")
	if pattern := c.string("mtp_hybrid_override_pattern"); pattern != "" {
		ahead = strings.Split(pattern, "")
	}
	var mtp []any
	for range min(c.integerOr("num_nextn_predict_layers", 0), maxLayers/max(1, len(ahead))) {
		for _, word := range ahead {
			entry := table{}
			setLayer(entry, d.nemotronBlock(c, "mtp_layers_block_type", word))
			mtp = append(mtp, entry)
		}
	}
	if mtp != nil {
		d.tree["mtp"] = mtp
	}
	return d
}

// nemotronBlock is the layer that a word or a letter names.
func (d *document) nemotronBlock(c *config, key, word string) layer {
	for _, block := range nemotronBlocks {
		if word == block.letter || word == block.words {
			if name := block.layer.mixer + block.layer.ffn; d.tree[name] == nil {
				d.tree[name] = block.part(c)
			}
			return block.layer
		}
	}
	c.invalid(key, word)
	return layer{}
}

func nemotronMamba(c *config) table {
	return table{
		"kind": "mamba2", "heads": int64(c.integer("mamba_num_heads")), "head_dim": int64(c.integer("mamba_head_dim")),
		"state_dim": int64(c.integer("ssm_state_size")), "groups": int64(c.integer("n_groups")), "conv": int64(c.integer("conv_kernel")),
	}
}

func nemotronAttention(c *config) table {
	mixer := attention(c)
	if width := c.integerOr("attention_head_dim", 0); width != 0 {
		mixer["head_dim"] = int64(width)
	}
	bias := c.boolean("attention_bias")
	setFlag(mixer, "qkv_bias", bias)
	setFlag(mixer, "output_bias", bias)
	mixer["rope"] = false
	return mixer
}

func nemotronDense(c *config) table {
	ffn := dense(c, "intermediate_size")
	ffn["gated"] = false
	setFlag(ffn, "bias", c.boolean("mlp_bias"))
	return ffn
}

func nemotronExperts(c *config) table {
	moe := experts(c, "n_routed_experts", "num_experts_per_tok", "moe_intermediate_size")
	moe["gated"] = false
	moe["router_bias"] = true // NemotronHTopkRouter has e_score_correction_bias
	setSize(moe, "shared_width", c.integerOr("n_shared_experts", 0)*c.integer("moe_shared_expert_intermediate_size"))
	setSize(moe, "latent_width", c.integerOr("moe_latent_size", 0))
	groups(c, moe, "n_group")
	return moe
}
