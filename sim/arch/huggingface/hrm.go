package huggingface

// readHrmText reads HRM-Text: two stacks of gated attention, norms without parameters; a token goes through
// the low one L_cycles times and through the high one once, H_cycles times over, and each pass keeps keys and
// values of its own (transformers, models/hrm_text). num_layers_per_stack stands beside an num_hidden_layers
// that counts all passes; alone, num_hidden_layers is that of a stack.
func readHrmText(c *config) *document {
	t := traits{gate: "yes", plainNorms: true, qkvBias: "attention_bias", outputBias: "attention_bias", mlpBias: "mlp_bias",
		also: "prefix_lm L_bp_cycles"}
	c.assumeAll("H_cycles=2 L_cycles=3")
	stack, high, low := c.size("num_layers_per_stack|num_hidden_layers"), c.integer("H_cycles"), c.integer("L_cycles")
	c.value("num_hidden_layers")
	if high == 0 || low == 0 || high > 64 || low > 64 || stack > 1024 {
		c.invalid("H_cycles", high)
		return newDocument(c)
	}
	c.fields["num_hidden_layers"] = number(stack * high * (low + 1))
	d := t.read(c)
	passes := low + 1 // of a high cycle
	d.again = func(l int) bool {
		pass := l / max(1, stack)
		return pass > 0 && pass != passes-1
	}
	d.stack()
	return d
}
