package huggingface_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/sim/arch/huggingface"
)

// Bytes of the embedding and of the head, of 1000×64 values each, with the last norm in 16 bits.
func TestTheHeadAndTheEmbeddingAreStoredAsTheFileSays(t *testing.T) {
	const wide, half = 2 * 1000 * hidden, 4.125 / 8 * 1000 * hidden
	for _, c := range []struct {
		fields      string
		first, last float64
	}{
		{`"quantization_config": null`, wide, wide},
		{`"quantization_config": {}`, wide, wide},
		{`"quantization_config": {"quant_method": "gptq", "bits": 4, "group_size": 128, "lm_head": false}`, wide, wide},
		{`"quantization_config": {"quant_method": "gptq", "bits": 4, "group_size": 128, "lm_head": true}`, wide, half},
		{`"quantization_config": {"quant_method": "auto-round", "bits": 4, "group_size": 128, "extra_config": {"lm_head": {"bits": 8}}}`,
			wide, 1000 * hidden},
		{`"quantization_config": {"quant_method": "compressed-tensors", "ignore": ["lm_head"], "config_groups": {"group_0":
{"targets": ["Linear"], "weights": {"num_bits": 4, "type": "int", "group_size": 128}}}}`, wide, wide},
		{`"quantization_config": {"quant_method": "compressed-tensors", "ignore": ["re:.*lm_head"], "config_groups": {"group_0":
{"targets": ["Linear"], "weights": {"num_bits": 4, "type": "int", "group_size": 128}}}}`, wide, wide},
		{`"quantization_config": {"quant_method": "compressed-tensors", "ignore": [], "config_groups": {"group_0":
{"targets": ["Linear"], "weights": {"num_bits": 4, "type": "int", "group_size": 128}}}}`, wide, half},
		{`"quantization_config": {"quant_method": "modelopt", "quant_algo": "MIXED_PRECISION", "quantized_layers": {"lm_head":
{"quant_algo": "FP8"}}}`, wide, 1000 * hidden},
		// MLX: a scale and an offset of 16 bits for each 64 values
		{`"quantization": {"bits": 4, "group_size": 64}`, 4.5 / 8 * 1000 * hidden, 4.5 / 8 * 1000 * hidden},
		{`"quantization": {"bits": 4, "group_size": 64, "model.embed_tokens": {"bits": 8, "group_size": 64}, "lm_head": false}`,
			1000 * hidden, wide},
		{`"quantization": {"bits": 4, "group_size": 32, "mode": "mxfp4"}, "quantization_config": {"bits": 4, "group_size": 32,
"mode": "mxfp4"}`, 4.25 / 8 * 1000 * hidden, 4.25 / 8 * 1000 * hidden},
	} {
		m := imported(t, `{"model_type": "llama", `+plain+`, `+c.fields+`}`)
		first, last := m.EndBytesPerRank(arch.Whole, &m.Published)
		if float64(first) != c.first || float64(last) != c.last+2*hidden {
			t.Errorf("%s: %v before the layers, %v behind; want %v and %v", c.fields, first, last, c.first, c.last+2*hidden)
		}
	}
}

func TestModulesOfMLXHaveTheirOwnBits(t *testing.T) {
	m := imported(t, `{"model_type": "llama", `+plain+`, "quantization": {"bits": 4, "group_size": 64, "mode": "affine",
"model.layers.0.mlp.down_proj": {"bits": 8, "group_size": 64}, "model.layers.3.mlp.down_proj": {"bits": 8, "group_size": 64}}}`)
	layers, _ := m.WeightBytesPerRank(arch.Whole, &m.Published)
	wider := float64(2 * 96 * hidden * (8 - 4.5) / 8)
	if want := 4*(mha+mlp)*4.5/8 + wider + 2*4*norms; float64(layers) != want {
		t.Errorf("layers take %v, want %v", layers, want)
	}
	if m.Published.Dense != units.INT4G32 {
		t.Errorf("%v", m.Published.Dense)
	}
	for fields, want := range map[string]string{
		`"bits": 5, "group_size": 64`: "5 bits", `"bits": 4, "group_size": 64, "mode": "other"`: `mode "other"`,
		`"bits": 4, "group_size": 64, "lm_head": {"bits": 7}`: "7 bits",
	} {
		_, _, err := huggingface.Import("config.json", fmt.Appendf(nil, `{"model_type": "llama", %s, "quantization": {%s}}`, plain, fields))
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "precision.weights") {
			t.Errorf("%s: %v", fields, err)
		}
	}
}
