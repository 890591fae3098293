package scenarios

// What engines call otherwise than scenarios do.

// Instead says which key has what SGLang and TensorRT-LLM call otherwise.
func (Engine) Instead(key string) string {
	switch key {
	case "kv_cache_free_gpu_memory_fraction":
		return "free_gpu_memory_fraction has it"
	case "disable_radix_cache", "enable_block_reuse":
		return "prefix_caching has it"
	case "disable_overlap_schedule", "disable_overlap_scheduler":
		return "async_scheduling has it"
	case "disable_cuda_graph":
		return "enforce_eager has it"
	case "cuda_graph_bs":
		return "cudagraph_capture_sizes has it"
	case "scheduling_policy":
		return "order has it"
	}
	return ""
}

// Instead says which key has what engines call otherwise: vLLM's speculative_config, SGLang's
// --speculative-… and TensorRT-LLM's speculative_config.
func (Speculative) Instead(key string) string {
	switch key {
	case "speculative_algorithm", "speculative_algo", "decoding_type":
		return "method has it"
	case "speculative_num_steps", "speculative_num_draft_tokens", "max_draft_len", "num_nextn_predict_layers":
		return "num_speculative_tokens has how many tokens are drafted in a step"
	case "model", "speculative_model", "speculative_model_dir", "speculative_draft_model_path":
		return "draft_model has it"
	case "speculative_disable_by_batch_size":
		return "disable_by_batch_size has it"
	case "speculative_eagle_topk":
		return "drafts are no tree here: leave it out"
	case "draft_tensor_parallel_size":
		return "the drafter is divided as the model is: leave it out"
	}
	return ""
}
