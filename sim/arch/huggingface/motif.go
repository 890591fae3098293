package huggingface

// readMotif reads Motif 2.6B: attention that is the difference of two halves' (arXiv:2508.09148, §2).
func readMotif(c *config) *document {
	if c.has("num_noise_heads") { // Motif-2 gives the subtracted heads a size of their own
		c.fail("num_noise_heads", "grouped differential attention, with fewer heads subtracted than kept, is not modelled",
			"describe the model as TOML, as near as it may be")
	}
	t := traits{qkvBias: "use_bias", outputBias: "use_bias", mlpBias: "use_bias", window: all}
	d := t.read(c)
	c.warn("differential attention is timed as attention of as many heads")
	return d
}
