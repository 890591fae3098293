package huggingface_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/roofserve/roofserve/sim/arch/huggingface"
)

// TestAQuantisedModelNamesItsLayersByTheTenThousand reads a file of 3 MB, as published ones are, whose last
// pattern counts.
func TestAQuantisedModelNamesItsLayersByTheTenThousand(t *testing.T) {
	var ignore strings.Builder
	for i := range 50_000 {
		fmt.Fprintf(&ignore, `"model.layers.%d.mlp.experts.%d.down_proj.weight_scale_inv",`, 100+i/256, i%256)
	}
	for pattern, want := range map[string]string{
		"self_attn": "bf16", "re:.*self_attn.*": "bf16", "model.layers.*.self_attn*": "bf16",
		"model.layers.7.self_attn.o_proj": "int4", "attn": "int4", "self_attn.o": "int4",
	} {
		data := edit(t, "meta-llama__Llama-3.1-8B", `"hidden_size"`,
			`"quantization_config": {"quant_method": "awq", "bits": 4, "ignore": [`+ignore.String()+`"`+pattern+`"]}, "hidden_size"`)
		spec, warnings, err := huggingface.Import("config.json", data)
		if err != nil || len(warnings) > 0 {
			t.Fatalf("%v, %v", warnings, err)
		}
		m, err := spec.Build()
		if err != nil {
			t.Fatal(err)
		}
		if got := m.Published.Attention.String(); got != want {
			t.Errorf("attention is %s where %q is left out; want %s", got, pattern, want)
		}
	}
}

func TestAConfigBeyondAnyPublishedOneIsRefused(t *testing.T) {
	for text, want := range map[string]string{
		`{"x": "` + strings.Repeat("x", 32<<20) + `"}`:         "config.json: has 33554441 bytes; a config.json takes at most 33554432",
		`{"x": [` + strings.Repeat("1,", 1<<20) + `1]}`:        "config.json:1: is not a JSON object: has more than 1000000 values; give a Hugging Face config.json",
		`{"x": [` + strings.Repeat("[", 9<<20) + `1`:           "config.json:1: is not a JSON object: is nested more than 1000 deep",
		`{"x":` + strings.Repeat(`{"x":`, 20_000) + `1}`:       "config.json:1: is not a JSON object",
		`{"model_type": "` + strings.Repeat("x", 1<<20) + `"}`: "config.json:1: model_type: ",
	} {
		_, _, err := huggingface.Import("config.json", []byte(text))
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%.40s…: %.200v; want %s", text, err, want)
		}
		if err != nil && len(err.Error()) > 2000 {
			t.Errorf("%.40s…: the message has %d bytes", text, len(err.Error()))
		}
	}
}
