package huggingface

// readMllama reads the text decoder of Llama 3.2's vision models: Llama's layers, among which stand others
// that attend to an image. Engines pass over these where a request has no image, so that they count with the
// tower: in memory, and in no step.
func readMllama(c *config) *document {
	t := traits{tied: "no"}
	across := len(c.set("cross_attention_layers"))
	layers := c.integer("num_hidden_layers")
	if across >= layers {
		c.invalid("cross_attention_layers", across)
		return newDocument(c)
	}
	c.fields["num_hidden_layers"] = number(layers - across)
	d := t.read(c)
	const ofEach = "2*num_attention_heads*head_dim*hidden_size + 2*num_key_value_heads*head_dim*hidden_size + 2*head_dim + " +
		"3*hidden_size*intermediate_size + 2*hidden_size + 2"
	c.assume("num_key_value_heads", c.size("num_attention_heads"))
	c.assume("head_dim", c.integer("hidden_size")/max(1, c.size("num_attention_heads")))
	const images = 8 // rows of the embedding for tokens that stand for an image
	c.crossed = across*c.sum(ofEach) + images*c.integer("hidden_size")
	c.warn("cross_attention_layers: %d layers are counted with the tower; requests have no images", across)
	return d
}
