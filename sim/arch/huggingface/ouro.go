package huggingface

// readOuro reads Ouro: a stack of Llama's layers, with norms also after each part, that every token goes
// through several times, with the same weights and keys and values of each time's own (arXiv:2510.25741,
// §3).
func readOuro(c *config) *document {
	t := traits{postNorms: "yes"}
	for _, said := range []string{"early_exit_threshold", "early_exit_step", "layer_types"} {
		c.value(said)
	}
	delete(c.fields, "layer_types") // names each layer once
	own, times := c.integer("num_hidden_layers"), c.integerOr("total_ut_steps", 4)
	if times == 0 {
		c.invalid("total_ut_steps", times)
		return newDocument(c)
	}
	c.fields["num_hidden_layers"] = number(c.size("num_hidden_layers*total_ut_steps=4"))
	d := t.begin(c)
	d.again = func(l int) bool { return l >= own }
	mixer := t.mixers(c, d)
	t.layers(c, d, mixer)
	return d
}
