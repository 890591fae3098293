package huggingface

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/roofserve/roofserve/sim/arch"
)

// headlessClasses are classes of models without a head that writes tokens: they give a vector, or judge.
var headlessClasses = strings.Fields("MistralModel LlamaModel LlamaBidirectionalModel Qwen2Model Qwen3Model Gemma2Model Phi3Model MixtralModel")

// headless leaves out the head of a model that has none.
func (c *config) headless(d *document) {
	for _, class := range append(c.texts("architectures"), c.wholeTexts("architectures")...) {
		judges := strings.HasSuffix(class, "ForSequenceClassification") || strings.HasSuffix(class, "ForTokenClassification") ||
			strings.HasSuffix(class, "RewardModel")
		if (judges || slices.Contains(headlessClasses, class)) && d.tree["tied"] == nil {
			d.tree["tied"] = true
			c.warn("architectures: %s has no head that writes tokens; none is counted, and its time is that of one", class)
			return
		}
	}
}

// elsewhere reads a model whose file only names its decoder, as Ultravox's do: from the catalogue.
func (c *config) elsewhere() (spec *arch.Spec, warnings []string, err error) {
	id := c.string("text_model_id")
	if id == "" || c.tower != "" || c.has("num_hidden_layers") {
		return nil, nil, c.err
	}
	spec, err = arch.Lookup(id)
	if err != nil {
		c.fail("text_model_id", fmt.Sprintf("the decoder is %s, which the catalogue does not have", id), "give that model's config.json")
		return nil, nil, c.err
	}
	c.warn("the decoder is that of %s in the catalogue; towers beside it are not counted", id)
	return spec, c.words, nil
}

// unreadExperts refuses a file with experts where its family has none: it would be counted as dense.
func (c *config) unreadExperts(f *family) {
	if f.traits == nil || f.traits.experts != nil {
		return
	}
	for _, key := range []string{"num_experts", "num_local_experts", "n_routed_experts", "moe_num_experts", "num_moe_experts"} {
		number, _ := c.fields[key].(json.Number)
		if n, ok := whole(number); ok && n > 1 && !c.used[key] {
			c.fail(key, fmt.Sprintf("%d experts could not be placed: this family is read without", n), "describe the model as TOML")
		}
	}
}
