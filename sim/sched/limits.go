package sched

// Limits are an engine's scheduling settings, under vLLM's names. The zero value of an optional setting means "off".
type Limits struct {
	MaxNumSeqs           int     `toml:"max_num_seqs"`           // sequences running at once, on one data-parallel rank
	MaxNumBatchedTokens  int     `toml:"max_num_batched_tokens"` // tokens in one step, on one data-parallel rank
	MaxModelLen          int     `toml:"max_model_len"`          // longest prompt plus output
	ChunkedPrefill       bool    `toml:"chunked_prefill"`
	LongPrefillThreshold int     `toml:"long_prefill_token_threshold"` // most prompt tokens of one request in a step; 0: no limit
	ReserveFullInput     bool    `toml:"scheduler_reserve_full_isl"`   // admit only where the whole known sequence fits in free blocks (vLLM 2026: scheduler_reserve_full_isl)
	Watermark            float64 `toml:"watermark"`                    // share of the blocks that admissions leave free while something runs
}
