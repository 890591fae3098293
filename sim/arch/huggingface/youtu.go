package huggingface

// readYoutu reads Youtu-LLM: latent attention and dense parts.
func readYoutu(c *config) *document {
	t := traits{tied: "yes", mlpBias: "mlp_bias"}
	d := t.begin(c)
	d.tree["mla"] = latent(c)
	t.layers(c, d, func(int) string { return "mla" })
	return d
}
