package huggingface

import (
	"bytes"
	"fmt"
	"maps"
	"strings"

	"github.com/roofserve/roofserve/internal/bounded"
	"github.com/roofserve/roofserve/internal/fault"
	"github.com/roofserve/roofserve/internal/unpack"
)

// towers are the fields that hold the text decoder's part of a model of several towers.
var towers = []string{"text_config", "llm_config", "language_config", "thinker_config", "llm_cfg", "lm_config",
	"decoder_config", "language_model_config", "pretrained_config", "model_config"}

// otherNames are the names of GPT-2's lineage and of others for the fields that nearly all files name alike.
var otherNames = map[string][]string{
	"hidden_size":             {"n_embd", "n_embed", "d_model", "model_dim", "emb_dim"},
	"num_hidden_layers":       {"n_layer", "n_layers", "num_layers"},
	"num_attention_heads":     {"n_head", "n_heads", "num_heads", "attention_heads"},
	"num_key_value_heads":     {"n_head_kv", "num_kv_heads", "num_query_groups", "num_attention_groups"},
	"vocab_size":              {"padded_vocab_size"},
	"max_position_embeddings": {"n_positions", "max_seq_len", "seq_length", "n_ctx", "max_sequence_length", "max_seq_length"},
	"intermediate_size":       {"n_inner", "ffn_dim", "ffn_hidden_size"},
	"model_type":              {},
}

// read parses the JSON and, for a model of several towers, takes the text decoder's part; fields that only
// the file as a whole has (quantization_config, tie_word_embeddings) are added to it.
func read(file string, data []byte) (*config, error) {
	if len(data) > bounded.Config {
		return nil, &fault.Error{File: file, Wrong: fmt.Sprintf("has %d bytes", len(data)), Right: fmt.Sprintf("a config.json takes at most %d", bounded.Config)}
	}
	if wrong := ofWeights(data); wrong != "" {
		return nil, &fault.Error{File: file, Wrong: wrong, Right: besideWeights}
	}
	text := strings.TrimPrefix(unpack.Text(data), "\ufeff") // the mark that some editors begin a file with
	fields, err := readObject(file, text, "a Hugging Face config.json")
	if err != nil {
		return nil, err
	}
	c := &config{file: file, text: text, fields: fields, whole: fields, named: map[string]string{},
		used: map[string]bool{}}
	for inner := true; inner; {
		inner = false
		for _, tower := range towers {
			if part, ok := c.fields[tower].(map[string]any); ok {
				c.enter(tower, part)
				inner = true
			}
		}
	}
	c.native()
	c.engines()
	c.rename(otherNames)
	return c, nil
}

// besideWeights says what to give instead of a file of weights.
const besideWeights = "give the config.json of the model, and with --weights (precision.weights) the format that they are stored in"

// ofWeights says that a file holds weights; "" where it does not look so.
func ofWeights(data []byte) string {
	const length = 8 // bytes of the number that a file of safetensors begins with
	switch {
	case bytes.HasPrefix(data, []byte("GGUF")):
		return "holds weights, in llama.cpp's form"
	case len(data) > length && data[length] == '{' && data[length-1] == 0:
		return "holds weights, in the form of safetensors"
	}
	return ""
}

// readObject is the JSON object that a file holds.
func readObject(file, text, right string) (map[string]any, error) {
	value, offset, err := readJSON(text)
	fields, ok := value.(map[string]any)
	if err == nil && !ok {
		err = fmt.Errorf("it holds %s", describe(value))
	}
	if err != nil {
		return nil, &fault.Error{File: file, Line: 1 + strings.Count(text[:offset], "\n"),
			Wrong: "is not a JSON object: " + err.Error(), Right: "give " + right, Err: err}
	}
	if len(fields) == 0 {
		return nil, &fault.Error{File: file, Wrong: "has no fields", Right: "give " + right}
	}
	return fields, nil
}

// enter takes the part of one tower, with the fields that only the whole has.
func (c *config) enter(tower string, part map[string]any) {
	fields := maps.Clone(c.fields)
	delete(fields, tower)
	if c.fields["model_type"] != nil && part["model_type"] == nil {
		delete(fields, "model_type") // says what the whole is
	}
	maps.Copy(fields, part)
	c.fields, c.tower = fields, tower
}

// rename gives fields the names that they have in most files.
func (c *config) rename(otherNames map[string][]string) {
	for name, others := range otherNames {
		for _, other := range others {
			c.used[other] = true
			if c.fields[name] == nil && c.fields[other] != nil {
				c.fields[name], c.named[name] = c.fields[other], other
			}
		}
	}
}
