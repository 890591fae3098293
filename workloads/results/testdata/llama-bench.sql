CREATE TABLE IF NOT EXISTS llama_bench (
  build_commit TEXT,
  n_prompt INTEGER
);

INSERT INTO llama_bench (build_commit, build_number, gpu_info, backends, model_filename, model_type, n_batch, n_prompt, n_gen, n_depth, test_time, avg_ns, stddev_ns, avg_ts, stddev_ts) VALUES ('8cf427ff', '5163', 'NVIDIA GeForce RTX 4080', 'CUDA', 'models/llama-3.1-8b-q4_k_m.gguf', 'llama 8B Q4_K - Medium', '2048', '512', '0', '0', '2025-04-24T11:57:09Z', '64000000', '519516', '8000.0', '5.7');
INSERT INTO llama_bench (build_commit, build_number, gpu_info, backends, model_filename, model_type, n_batch, n_prompt, n_gen, n_depth, test_time, avg_ns, stddev_ns, avg_ts, stddev_ts) VALUES ('8cf427ff', '5163', 'NVIDIA GeForce RTX 4080', 'CUDA', 'models/llama-3.1-8b-q4_k_m.gguf', 'llama 8B Q4_K - Medium', '2048', '0', '128', '0', '2025-04-24T11:57:09Z', '1024000000', '519516', '125.0', '5.7');
