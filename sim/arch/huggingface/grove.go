package huggingface

// readGroveMoE reads GroveMoE: Qwen3's mixtures in whose groups of experts one more, narrower, works wherever
// one of the group does (arXiv:2508.07785, §3). It counts as that much width of each of the group's experts.
func readGroveMoE(c *config) *document {
	d := readQwen3MoE(c)
	group := c.size("parallel_expert_layers=2")
	if moe, is := d.tree["moe"].(table); is && group > 0 {
		moe["width"] = int64(c.size("moe_intermediate_size") + c.size("parallel_expert_intermediate_size=0")/group)
	}
	c.warn("parallel_expert_intermediate_size: counted as width of the experts of a group")
	return d
}
