package huggingface_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/roofserve/roofserve/sim/arch/huggingface"
)

// What was mended after files that no test held had been opened for the first time.

func TestADeclinedFamilySaysWhy(t *testing.T) {
	_, _, err := huggingface.Import("config.json", []byte(`{"model_type": "iquestloopcoder", `+plain+`}`))
	if err == nil || !strings.Contains(err.Error(), "its second pass over the layers") {
		t.Errorf("%v", err)
	}
	for family, reason := range huggingface.Declined() {
		if len(reason) < 40 {
			t.Errorf("%s is declined without a reason: %q", family, reason)
		}
	}
}

// Step-3.7's files list the layers with experts as numbers, or say how many have none.
func TestStepsListsOfLayers(t *testing.T) {
	const step = `"model_type": "step3p5", ` + plain + `, "num_attention_groups": 2, "moe_num_experts": 8,
"moe_top_k": 2, "moe_intermediate_size": 32, "share_expert_dim": 32, "layer_types": ["full_attention", "full_attention",
"full_attention", "full_attention"], `
	count := func(more string) int64 {
		t.Helper()
		spec, _, err := huggingface.Import("config.json", []byte("{"+step+more+"}"))
		if err != nil {
			t.Fatal(err)
		}
		m, err := spec.Build()
		if err != nil {
			t.Fatal(err)
		}
		total, _, _ := m.Params()
		return int64(total)
	}
	words := count(`"moe_layers_enum": "1, 2,3"`)
	if numbers, first := count(`"moe_layers_enum": [1, 2, 3]`),
		count(`"first_k_dense_replace": 1`); numbers != words || first != words {
		t.Errorf("%d as words, %d as numbers, %d by how many have none", words, numbers, first)
	}
	if all := count(`"moe_layers_enum": ""`); all == words {
		t.Error("a layer more with experts counts the same")
	}
}

// ModelOpt's file beside a config.json of DeepSeek-V4 without quantization_config states the experts' format,
// whatever expert_dtype still says.
func TestTheFileBesideIsHeardBeforeExpertDtype(t *testing.T) {
	config, err := os.ReadFile(filepath.Join("testdata", "families", "deepseek-v4-flash.json"))
	if err != nil {
		t.Fatal(err)
	}
	cut := regexp.MustCompile(`(?s),\s*"quantization_config": \{[^{}]*\}`).ReplaceAll(config, nil)
	if len(cut) == len(config) {
		t.Fatal("nothing is cut")
	}
	var experts []string
	for layer := range 43 {
		experts = append(experts, fmt.Sprintf(`"layers.%d.ffn.experts": {"quant_algo": "NVFP4", "group_size": 16}`, layer))
	}
	k, err := folder(t, map[string]string{"config.json": string(cut),
		"hf_quant_config.json": `{"producer": {"name": "modelopt"}, "quantization": {"quant_algo": "MIXED_PRECISION",
"kv_cache_quant_algo": null, "group_size": 16, "quantized_layers": {` + strings.Join(experts, ",\n") + `}}}`})
	if err != nil {
		t.Fatal(err)
	}
	if m, _ := model(t, k); m.Published.Experts.String() != "nvfp4" {
		t.Errorf("experts in %v", m.Published.Experts)
	}
}

// GLM-5's first files leave out the indexer's sizes, which are its class's.
func TestGLM5sIndexerHasDefaults(t *testing.T) {
	const file = "zai-org__GLM-5.2"
	whole := edit(t, file)
	cut := regexp.MustCompile(`"index_(topk|n_heads|head_dim)": *\d+, *`).ReplaceAll(whole, nil)
	if string(cut) == string(whole) {
		t.Fatal("nothing is cut")
	}
	var counts []int64
	for _, text := range [][]byte{whole, cut} {
		spec, _, err := huggingface.Import("config.json", text)
		if err != nil {
			t.Fatal(err)
		}
		m, err := spec.Build()
		if err != nil {
			t.Fatal(err)
		}
		total, _, _ := m.Params()
		counts = append(counts, int64(total))
	}
	if counts[0] != counts[1] {
		t.Errorf("%d with them, %d without", counts[0], counts[1])
	}
}
