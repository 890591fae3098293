package sched

// Limits are an engine's scheduling settings, under vLLM's names. The zero value of an optional setting means "off".
type Limits struct {
	MaxNumSeqs           int // sequences running at once, on one data-parallel rank
	MaxNumBatchedTokens  int // tokens in one step, on one data-parallel rank
	MaxModelLen          int // longest prompt plus output
	ChunkedPrefill       bool
	LongPrefillThreshold int     // most prompt tokens of one request in a step; 0: no limit
	ReserveFullInput     bool    // admit only where the whole known sequence fits in free blocks (vLLM 2026: scheduler_reserve_full_isl)
	Watermark            float64 // share of the blocks that admissions leave free while something runs
}
