package huggingface

import (
	"maps"
	"slices"
	"strings"
)

// tower counts the parameters of a vision or audio tower: sums in the language of expression.go over the
// fields of its own part of the file, where text stands for the decoder's width.
type tower struct {
	names  string // model types of the tower, or of the whole
	layers string // size
	layer  string // sum: parameters of a layer
	ends   string // sum: patches, positions, norms, and what projects to the decoder
	assume string
}

// Sums that several towers share: a plain layer of a ViT, with LayerNorms and biases, and one with RMSNorms
// and a gated feed-forward part.
const (
	vitLayer = "4*hidden_size*hidden_size + 4*hidden_size + 4*hidden_size + 2*hidden_size*intermediate_size + intermediate_size + hidden_size"
	// Without biases in attention.
	mllamaLayer = "4*hidden_size*hidden_size + 4*hidden_size + 2*hidden_size*intermediate_size + intermediate_size + hidden_size"
	mergerNeck  = "4*hidden_size*4*hidden_size + 4*hidden_size + 4*hidden_size*out_hidden_size + out_hidden_size"
)

// visionTowers are known towers; the sums are those of the class in Hugging Face's transformers, or of the
// code beside the checkpoint, of the model that is named first.
var visionTowers = []tower{
	{"qwen3_vl qwen3_vl_moe qwen3_5 qwen3_5_moe", "depth", vitLayer,
		"in_channels=3*temporal_patch_size*patch_size*patch_size*hidden_size + hidden_size + " +
			"num_position_embeddings*hidden_size + 2*hidden_size + " + mergerNeck + " + deepstack*deepstack_neck=0", "temporal_patch_size=2"},
	{"qwen2_5_vl", "depth", "4*hidden_size*hidden_size + 4*hidden_size + 2*hidden_size + " +
		"3*hidden_size*intermediate_size + 2*intermediate_size + hidden_size",
		"in_channels=3*temporal_patch_size*patch_size*patch_size*hidden_size + hidden_size + " + mergerNeck,
		"temporal_patch_size=2 patch_size=14"},
	{"qwen2_vl", "depth", "12*embed_dim*embed_dim + 9*embed_dim + 4*embed_dim",
		"in_channels|in_chans=3*temporal_patch_size*patch_size*patch_size*embed_dim + 2*embed_dim + " +
			"4*embed_dim*4*embed_dim + 4*embed_dim + 4*embed_dim*hidden_size + hidden_size",
		"temporal_patch_size=2 patch_size=14 embed_dim=1280 depth=32"},
	{"gemma3", "num_hidden_layers", vitLayer, "3*patch_size*patch_size*hidden_size + hidden_size + " +
		"patches*hidden_size + 2*hidden_size + hidden_size*text + hidden_size", ""},
	{"mistral3", "num_hidden_layers", "4*hidden_size*hidden_size + 3*hidden_size*intermediate_size + 2*hidden_size",
		"3*patch_size*patch_size*hidden_size + hidden_size + hidden_size + 4*hidden_size*hidden_size + " +
			"hidden_size*text + text*text", "hidden_size=1024 intermediate_size=4096 num_hidden_layers=24 patch_size=16"},
	{"pixtral", "num_hidden_layers", "4*hidden_size*hidden_size + 3*hidden_size*intermediate_size + 2*hidden_size",
		"3*patch_size*patch_size*hidden_size + hidden_size + hidden_size*text + text + text*text + text",
		"hidden_size=1024 intermediate_size=4096 num_hidden_layers=24 patch_size=16"},
	{"llama4", "num_hidden_layers", vitLayer, "3*patch_size*patch_size*hidden_size + hidden_size + " +
		"patches*hidden_size + hidden_size + 4*hidden_size + intermediate_size*projector_input_dim + " +
		"projector_input_dim*projector_output_dim + vision_output_dim*text", ""},
	{"kimi_vl", "num_hidden_layers", vitLayer, "3*patch_size*patch_size*hidden_size + hidden_size + " +
		"init_pos_emb_height=64*init_pos_emb_width=64*hidden_size + 2*hidden_size + 2*hidden_size + " +
		"4*hidden_size*4*hidden_size + 4*hidden_size + 4*hidden_size*text + text", ""},
	{"llava llava_next", "num_hidden_layers", vitLayer, "3*patch_size*patch_size*hidden_size + hidden_size + " +
		"patches*hidden_size + hidden_size + 4*hidden_size + hidden_size*text + text + text*text + text", ""},
	// A layer of the first 32 and of the 8 that follow, which have a gate for each of their two parts.
	{"mllama", "num_hidden_layers", mllamaLayer, "3*patch_size*patch_size*hidden_size + hidden_size + patches*hidden_size + " +
		"hidden_size + 4*hidden_size + 9*max_num_tiles=4*patches*hidden_size + 9*max_num_tiles*hidden_size + " +
		"18*max_num_tiles*hidden_size + 3 + vision_output_dim*text + text + num_global_layers=8*mllama_layer", ""},
	{"exaone4_5 exaone4_5_vision", "depth", "2*hidden_size*hidden_size + 2*hidden_size*kv_width + 2*hidden_size + 2*kv_width + " +
		"2*hidden_size + 3*hidden_size*intermediate_size + 2*intermediate_size + hidden_size",
		"in_channels=3*temporal_patch_size*patch_size*patch_size*hidden_size + hidden_size + " + mergerNeck, "temporal_patch_size=2"},
	{"voxtral voxtral_encoder", "num_hidden_layers", vitLayer, "3*num_mel_bins*hidden_size + hidden_size + " +
		"3*hidden_size*hidden_size + hidden_size + max_source_positions*hidden_size + 2*hidden_size + 4*hidden_size*text + text*text", ""},
	{"internvl_chat", "num_hidden_layers", vitLayer + " + 2*hidden_size", "3*patch_size*patch_size*hidden_size + " +
		"hidden_size + hidden_size + patches*hidden_size + hidden_size + 8*hidden_size + 4*hidden_size*text + text + text*text + text", ""},
}

// otherNamesOfTowers are the names that some towers give to fields which the others name alike.
var otherNamesOfTowers = map[string][]string{
	"num_hidden_layers": {"depth", "num_layers", "n_layers", "layers", "vt_num_hidden_layers", "encoder_layers"},
	"hidden_size":       {"embed_dim", "d_model", "vt_hidden_size", "width", "dim"},
	"intermediate_size": {"vt_intermediate_size", "encoder_ffn_dim", "mlp_dim"},
}

// towerFields are the parts of a file that describe towers.
var towerFields = []string{"vision_config", "audio_config", "vit_config", "vision_tower_config", "audio_tower_config"}

// vision counts the towers beside the text decoder.
func (c *config) vision(d *document) {
	total := c.crossed
	for _, field := range towerFields {
		if _, ok := c.fields[field].(map[string]any); !ok {
			continue
		}
		n, known := c.towerOf(field)
		total += n
		switch {
		case n == 0:
			c.warn("%s: a tower that could not be counted; it takes memory", field)
		case !known:
			c.warn("%s: counted as a plain vision transformer, %d million parameters", field, n/1_000_000)
		}
	}
	if total > 0 {
		d.tree["vision_params"] = int64(total)
	}
}

// towerOf counts one tower. A kind that is not known counts as a plain vision transformer, without what
// projects it.
func (c *config) towerOf(field string) (n int, known bool) {
	part := c.table(field)
	part.fields = maps.Clone(part.fields)
	whole, own := c.whole["model_type"], part.fields["model_type"]
	part.rename(otherNamesOfTowers)
	for i := range visionTowers {
		t := &visionTowers[i]
		names := strings.Fields(t.names)
		if !slices.ContainsFunc(names, func(name string) bool { return name == whole || name == own }) {
			continue
		}
		part.assumeAll(t.assume)
		part.derive(c)
		n = part.size(t.layers)*part.sum(t.layer) + part.sum(t.ends)
		if part.err == nil {
			return n, true
		}
		part.err = nil
	}
	part.assumeAll("intermediate_size=0")
	if part.integerOr("intermediate_size", 0) == 0 {
		part.fields["intermediate_size"] = number(part.size("4*hidden_size=0"))
	}
	n = part.size("num_hidden_layers=0") * part.sum(vitLayer)
	return n, false
}

// derive adds what sums use and no field says: the decoder's width, the patches of an image, and the necks
// that feed inner layers' output to the decoder (Qwen3-VL's DeepStack).
func (part *config) derive(c *config) {
	part.fields["text"] = number(c.integerOr("hidden_size", 0))
	if patch := part.integerOr("patch_size", 0); patch > 0 {
		side := part.integerOr("image_size", 0) / patch
		part.fields["patches"] = number(side * side)
	}
	if heads := part.integerOr("num_heads", 0); heads > 0 {
		part.fields["kv_width"] = number(part.integerOr("hidden_size", 0) / heads * part.integerOr("num_key_value_heads", heads))
	}
	part.fields["mllama_layer"] = number(part.sum(mllamaLayer) + 2)
	part.fields["deepstack"] = number(len(part.list("deepstack_visual_indexes")))
	if part.has("out_hidden_size") {
		part.fields["deepstack_neck"] = number(part.sum("8*hidden_size + " + mergerNeck))
	}
}
