package results

import "strings"

// weightsNamed takes note of the number format of weights as engines and benchmarks call it, or of a method
// that does not tell the format.
func (p *Deployed) weightsNamed(text, model string) {
	text = strings.ToLower(strings.TrimSpace(text))
	switch text {
	case "", "none", "null", "auto", "no_quant":
	case "fp4": // of gpt-oss its own, of others NVIDIA's
		if p.Weights = "nvfp4"; strings.Contains(strings.ToLower(model), "gpt-oss") {
			p.Weights = "mxfp4"
		}
	case "bf16", "bfloat16":
		p.Weights = "bf16"
	case "fp16", "float16", "half":
		p.Weights = "fp16"
	case "fp8", "w8a8_fp8", "fp8_per_channel_per_token":
		p.Weights = "fp8"
	case "fp8_block_scales":
		p.Weights = "fp8-block"
	case "nvfp4", "modelopt_fp4":
		p.Weights = "nvfp4"
	case "mxfp4", "w4a8_mxfp4_fp8", "w4a8_mxfp4_mxfp8":
		p.Weights = "mxfp4"
	case "int8", "w8a8_int8", "w8a16", "w8a8_sq_per_channel":
		p.Weights = "int8"
	case "int4", "w4a16", "w4a16_awq", "w4a8_awq", "w4a16_gptq":
		p.Weights = "int4"
	default:
		p.Method = text
	}
}

// cacheNamed takes note of the number format of the cache.
func (p *Deployed) cacheNamed(text string) {
	switch text = strings.ToLower(strings.TrimSpace(text)); text {
	case "fp8", "fp8_e4m3", "fp8_e5m2":
		p.KV = "fp8"
	case "bf16", "bfloat16":
		p.KV = "bf16"
	case "nvfp4":
		p.KV = "nvfp4"
	}
}
