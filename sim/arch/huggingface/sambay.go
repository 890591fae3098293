package huggingface

import "maps"

// readPhi4Flash reads Phi-4-mini-flash: in the first half Mamba and attention in turns, of which only the
// last attention sees everything; in the second, gates that read the last Mamba's output and attention that
// reads the last attention's keys and values (SambaY, arXiv:2507.06607, §2). The published class chooses the
// halves by num_hidden_layers alone.
func readPhi4Flash(c *config) *document {
	c.assumeAll("mamba_d_state=16 mamba_d_conv=4 mamba_expand=2 mb_per_layer=2 tie_word_embeddings=true")
	if c.integer("mb_per_layer") != 2 {
		c.invalid("mb_per_layer", c.fields["mb_per_layer"])
	}
	if c.boolean("mamba_proj_bias") {
		c.invalid("mamba_proj_bias", true)
	}
	c.value("mamba_conv_bias")
	t := traits{qkvBias: "yes", outputBias: "yes", normBias: "yes", headBias: "lm_head_bias", mlpBias: "mlp_bias"}
	d := t.begin(c)
	width := c.size("mamba_expand*hidden_size")
	rank := (c.integer("hidden_size") + 15) / 16
	if c.fields["mamba_dt_rank"] != "auto" && c.has("mamba_dt_rank") {
		rank = c.integer("mamba_dt_rank")
	}
	c.value("mamba_dt_rank")
	d.tree["mamba"] = table{"kind": "mamba1", "width": int64(width), "dt_rank": int64(rank), "inner_norms": false,
		"state_dim": int64(c.integer("mamba_d_state")), "conv": int64(c.integer("mamba_d_conv"))}
	d.tree["memory"] = table{"kind": "gated-memory", "width": int64(width)}
	full := t.attention(c)
	full["rope"] = false
	window, shared := maps.Clone(full), maps.Clone(full)
	setSize(window, "window", c.integerOr("sliding_window", 0))
	shared["shared_kv"] = true
	d.tree["full"], d.tree["window"], d.tree["shared"] = full, window, shared
	half := c.integer("num_hidden_layers") / 2
	t.layers(c, d, func(l int) string {
		switch even := l%2 == 0; {
		case even && l < half+2:
			return "mamba"
		case even:
			return "memory"
		case l < half:
			return "window"
		case l < half+2:
			return "full"
		}
		return "shared"
	})
	c.warn("differential attention is timed as attention of as many heads, and prompts go through all layers")
	return d
}
