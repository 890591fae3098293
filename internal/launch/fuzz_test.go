package launch

import (
	"testing"

	"github.com/roofserve/roofserve/internal/fault/faulttest"
	"github.com/roofserve/roofserve/scenarios"
)

// Whatever a command line says, the scenario that is made of it is one that can be read, or an error says
// what of the line is wrong.
func FuzzFrom(f *testing.F) {
	for _, line := range []string{
		"vllm serve Qwen/Qwen2.5-72B --tensor-parallel-size 4 --max-num-seqs=128 --max-model-len 32k --kv-cache-dtype fp8",
		"CUDA_VISIBLE_DEVICES=0,1 python -m vllm.entrypoints.openai.api_server \\\n --model m -tp 2 -pp 2",
		"python3 -m sglang.launch_server --model-path 'deepseek-ai/DeepSeek-V3' --tp 16 --dp 8 --enable-dp-attention --nnodes 2",
		"trtllm-serve m --tp_size 4 --max_batch_size 64 --max-num-tokens 4096 --kv_cache_free_gpu_memory_fraction 0.8",
		"vllm serve m --swap-space 4 --frobnicate",
	} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		d, ok := faulttest.Read(t, func() (*Draft, error) { return From(line) })
		if !ok {
			return
		}
		if _, err := scenarios.Parse("draft.toml", t.TempDir(), []byte(d.TOML)); err != nil {
			t.Errorf("%q becomes\n%s\nof which it is said: %v", line, d.TOML, err)
		}
	})
}
