package huggingface_test

import (
	"math"
	"os"
	"testing"

	"github.com/roofserve/roofserve/internal/fault/faulttest"
	"github.com/roofserve/roofserve/sim/arch/huggingface"
)

// Whatever lies beside a config.json, the model is finite, or an error says which file is wrong. What cannot
// be read of an index is a warning.
func FuzzSidecars(f *testing.F) {
	var configs [][]byte
	for _, name := range []string{"meta-llama__Llama-3.1-8B", "deepseek-ai__DeepSeek-V3", "openai__gpt-oss-120b"} {
		config, err := os.ReadFile("testdata/" + name + ".json")
		if err != nil {
			f.Fatal(err)
		}
		configs = append(configs, config)
	}
	index := []byte(`{"metadata": {"total_size": 16060522496}, "weight_map": {"lm_head.weight": "model-00004-of-00004.safetensors"}}`)
	for i, quantization := range []string{
		`{"producer": {"name": "modelopt"}, "quantization": {"quant_algo": "FP8", "kv_cache_quant_algo": "FP8", "exclude_modules": ["lm_head"]}}`,
		`{"quantization": {"quant_algo": "NVFP4", "kv_cache_quant_algo": null, "group_size": 16, "exclude_modules": ["*self_attn*"]}}`,
		`{"quantization": {"quant_algo": "MIXED_PRECISION", "quantized_layers": {"model.layers.0.mlp": {"quant_algo": "W4A8_AWQ"}}}}`,
	} {
		f.Add(uint8(i), []byte(quantization), index)
	}
	f.Add(uint8(0), []byte(nil), []byte(`{"metadata": {"total_size": "16"}}`))
	f.Fuzz(func(t *testing.T, which uint8, quantization, index []byte) {
		k := huggingface.Checkpoint{File: "config.json", Config: configs[int(which)%len(configs)],
			Quantization: quantization, Index: index}
		faulttest.Read(t, func() (warnings []string, err error) {
			spec, warnings, err := k.Import()
			if err != nil {
				return nil, err
			}
			m, err := spec.Build()
			if err != nil {
				t.Fatalf("Import took what Build refuses: %v", err)
			}
			if bytes := float64(m.WeightBytes(&m.Published)); !(bytes > 0) || math.IsInf(bytes, 0) {
				t.Errorf("weights of %v bytes", bytes)
			}
			return warnings, nil
		})
	})
}
