package huggingface

// readInternLM2VE reads InternLM2 with visual experts (Mono-InternVL): Llama's layers, each with a second
// feed-forward part for the tokens of images, which counts with the tower.
func readInternLM2VE(c *config) *document {
	t := traits{qkvBias: "bias", outputBias: "bias"}
	d := t.read(c)
	c.crossed = c.size("num_hidden_layers*3*hidden_size*intermediate_size")
	return d
}
