package huggingface

// readBaichuanM1 reads Baichuan-M1: layers with a window have heads of their own, and keys and values go
// through convolutions of two taps, which are left out (arXiv:2502.12671, §2.1).
func readBaichuanM1(c *config) *document {
	t := traits{}
	d := t.begin(c)
	d.tree["full"] = t.attention(c)
	windows := c.set("sliding_window_layers")
	heads := c.size("num_swa_attention_heads|num_attention_heads")
	window := table{"kind": "attention", "heads": int64(heads), "kv_heads": int64(c.size("num_swa_key_value_heads|num_key_value_heads")),
		"head_dim": int64(c.integer("hidden_size") / max(1, heads)), "window": int64(c.integer("sliding_window"))}
	if len(windows) > 0 {
		d.tree["window"] = window
	}
	c.value("conv_window")
	t.layers(c, d, func(l int) string {
		if windows[l] {
			return "window"
		}
		return "full"
	})
	return d
}
