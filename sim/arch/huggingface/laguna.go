package huggingface

import (
	"fmt"
	"maps"
)

// readLaguna reads Laguna: layers with a window and layers without, of different numbers of query heads,
// whose outputs are gated by head or value by value, and experts beside a shared one.
func readLaguna(c *config) *document {
	t := traits{qkNorm: "head", qkvBias: "qkv_bias", outputBias: "attention_bias", experts: &mixture{experts: "num_experts",
		topK: "num_experts_per_tok", width: "moe_intermediate_size", shared: "shared_expert_intermediate_size=0", routerBias: "yes",
		dense: byStep}}
	switch gating := c.value("gating").(type) {
	case nil:
	case bool:
		t.gatePerHead = gating
	case string:
		t.gatePerHead = gating == "per-head"
		if gating == "per-element" {
			t.gate = "yes"
		} else if !t.gatePerHead {
			c.invalid("gating", gating)
		}
	default:
		c.invalid("gating", describe(gating))
	}
	for _, said := range []string{"gating_types", "swa_rope_parameters", "moe_apply_router_weight_on_input"} {
		c.value(said)
	}
	d := t.begin(c)
	base := t.attention(c)
	heads, kinds := c.integers("num_attention_heads_per_layer"), c.layerTypes()
	n := c.integer("num_hidden_layers")
	if heads != nil && len(heads) != n {
		c.fail("num_attention_heads_per_layer", "is not as long as num_hidden_layers", "give one number for each layer")
		return d
	}
	window, sinks := c.integerOr("sliding_window", 0), c.boolean("swa_attention_sink_enabled")
	t.layers(c, d, func(l int) string {
		name, mixer := "full", maps.Clone(base)
		if kinds != nil && !c.layerType(kinds, l, "full_attention", "sliding_attention") {
			name = "window"
			setSize(mixer, "window", window)
			setFlag(mixer, "sinks", sinks)
		}
		if heads != nil && int64(heads[l]) != base["heads"] {
			mixer["heads"] = int64(heads[l])
			name = fmt.Sprintf("%s_%d", name, heads[l])
		}
		d.tree[name] = mixer
		return name
	})
	return d
}

// byStep places dense parts in the layers of mlp_only_layers, in those that mlp_layer_types calls dense, and
// in all but every decoder_sparse_step-th.
func byStep(c *config) func(l int) bool {
	listed, named := c.set("mlp_only_layers"), first("0")(c)
	step := max(1, c.integerOr("decoder_sparse_step", 1))
	return func(l int) bool { return listed[l] || named(l) || (l+1)%step != 0 }
}
