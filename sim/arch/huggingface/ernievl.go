package huggingface

// readErnieVL reads ERNIE 4.5's models of images: the text decoder is ERNIE 4.5's mixture, and beside its
// experts each layer has others, mostly narrower, that only tokens of images pass. Files list both; those of
// images are counted with the tower.
func readErnieVL(c *config) *document {
	part := func(key string, of int) int {
		list, is := c.value(key).([]any)
		if !is {
			return c.integerOr(key, 0)
		}
		if of >= len(list) {
			return 0
		}
		n, _ := common(list[of : of+1])
		return n
	}
	images := map[string]int{}
	for _, key := range []string{"moe_num_experts", "moe_intermediate_size", "moe_layer_start_index", "moe_layer_end_index"} {
		text := part(key, 0)
		images[key] = part(key, 1)
		c.fields[key] = number(text)
	}
	layers := min(images["moe_layer_end_index"]+1, c.integer("num_hidden_layers")) - images["moe_layer_start_index"]
	experts, hidden := images["moe_num_experts"], c.integer("hidden_size")
	c.crossed = max(0, layers) * experts * (3*hidden*images["moe_intermediate_size"] + hidden)
	t := ernieMoE
	return t.read(c)
}
