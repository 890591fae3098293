package scenarios

import (
	"cmp"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/roofserve/roofserve/sim/engines"
)

// nameKeys are other engines' own names of settings that stand under vLLM's.
var nameKeys = []key{{
	name: "mem_fraction_static", unit: "share", with: []string{"sglang"}, within: positive(1), unset: "by SGLang's rule",
	stands:  "gpu_memory_utilization",
	does:    "SGLang's name of `gpu_memory_utilization`: the share of what is free at its start.",
	example: "0.88",
}, {
	name: "free_gpu_memory_fraction", unit: "share", with: []string{"trtllm"}, within: positive(1), unset: "the engine's",
	stands:  "gpu_memory_utilization",
	does:    "TensorRT-LLM's name of `gpu_memory_utilization`: the share of what weights and a step leave.",
	example: "0.85",
}, {
	name: "max_batch_size", unit: "sequences", with: []string{"trtllm"}, within: counted(maxTokens), unset: "the engine's",
	stands:  "max_num_seqs",
	does:    "TensorRT-LLM's name of `max_num_seqs`.",
	example: "128",
}, {
	name: "max_running_requests", unit: "sequences", with: []string{"sglang"}, within: counted(maxTokens), unset: "the engine's",
	stands:  "max_num_seqs",
	does:    "SGLang's name of `max_num_seqs`.",
	example: "64",
}, {
	name: "chunked_prefill_size", unit: "tokens", with: []string{"sglang"}, within: counted(maxTokens), unset: "the engine's",
	stands:  "max_num_batched_tokens",
	does:    "SGLang's name of `max_num_batched_tokens`.",
	example: "4096",
}, {
	name: "max_num_tokens", unit: "tokens", with: []string{"trtllm"}, within: counted(maxTokens), unset: "the engine's",
	stands:  "max_num_batched_tokens",
	does:    "TensorRT-LLM's name of `max_num_batched_tokens`.",
	example: "8192",
}, {
	name: "page_size", unit: "tokens", with: []string{"sglang"}, within: counted(1 << 20), unset: "the engine's for the model",
	stands:  "block_size",
	does:    "SGLang's name of `block_size`.",
	example: "16",
}, {
	name: "tokens_per_block", unit: "tokens", with: []string{"trtllm"}, within: counted(1 << 20), unset: "the engine's for the model",
	stands:  "block_size",
	does:    "TensorRT-LLM's name of `block_size`.",
	example: "64",
}, {
	name: "context_length", unit: "tokens", with: []string{"sglang"}, within: counted(maxTokens), unset: "the model's published context",
	stands:  "max_model_len",
	does:    "SGLang's name of `max_model_len`.",
	example: "8192",
}, {
	name: "max_seq_len", unit: "tokens", with: []string{"trtllm"}, within: counted(maxTokens), unset: "the model's published context",
	stands:  "max_model_len",
	does:    "TensorRT-LLM's name of `max_model_len`.",
	example: "8192",
}}

// otherNames are the paths of the engines' own names of settings, by the path of each.
var otherNames = sync.OnceValue(func() map[string][]string {
	names := map[string][]string{}
	for i := range nameKeys {
		path := "engine." + nameKeys[i].stands
		names[path] = append(names[path], "engine."+nameKeys[i].name)
	}
	return names
})

// forgetOtherNames lets what a pool says of a setting stand for what the scenario says under other names.
func (s *Scenario) forgetOtherNames(says func(key string) bool) {
	e := reflect.ValueOf(&s.Engine).Elem()
	for setting, others := range otherNames() {
		names := append([]string{setting}, others...)
		if !slices.ContainsFunc(names, says) {
			continue
		}
		for _, name := range names {
			if !says(name) {
				e.FieldByIndex(field(e.Type(), strings.TrimPrefix(name, "engine.")).Index).SetZero()
				s.source.hidden = append(s.source.hidden, name)
			}
		}
	}
}

// resolveNames takes settings by the engine's own names, and refuses those of other engines with this one's.
func (s *Scenario) resolveNames(p *Parts) error {
	for _, k := range nameKeys {
		own, general := "engine."+k.name, "engine."+k.stands
		if !s.source.exactly(own) {
			continue
		}
		if !k.means(p.Engine.Policy) {
			return s.source.faultf(own, "use "+nameOf(k.stands, p.Engine.Policy), "is a setting of %s, not of %s",
				quoted(engines.OfPolicy(k.with...)), p.Engine.Title)
		}
		if s.source.exactly(general) {
			return s.source.faultf(own, "give one of them", "stands beside %s, which is the same", k.stands)
		}
	}
	e := &s.Engine
	e.GPUMemoryUtilization = cmp.Or(e.MemFractionStatic, e.FreeGPUMemoryFraction, e.GPUMemoryUtilization)
	e.MaxNumSeqs = cmp.Or(e.MaxBatchSize, e.MaxRunningRequests, e.MaxNumSeqs)
	e.MaxNumBatchedTokens = cmp.Or(e.ChunkedPrefillSize, e.MaxNumTokens, e.MaxNumBatchedTokens)
	e.BlockSize = cmp.Or(e.PageSize, e.TokensPerBlock, e.BlockSize)
	e.MaxModelLen = cmp.Or(e.ContextLength, e.MaxSeqLen, e.MaxModelLen)
	return nil
}

// nameOf is what a policy's engine calls a setting.
func nameOf(setting, policy string) string {
	for _, k := range nameKeys {
		if k.stands == setting && slices.Contains(k.with, policy) {
			return k.name
		}
	}
	return setting
}
