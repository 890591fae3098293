package sched

import "fmt"

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

func (l *Limits) validate() error {
	switch {
	case l.MaxNumSeqs < 1:
		return fmt.Errorf("max_num_seqs is %d; at least 1", l.MaxNumSeqs)
	case l.MaxNumBatchedTokens < 1:
		return fmt.Errorf("max_num_batched_tokens is %d; at least 1", l.MaxNumBatchedTokens)
	case l.MaxModelLen < 1:
		return fmt.Errorf("max_model_len is %d; at least 1", l.MaxModelLen)
	case !l.ChunkedPrefill && l.MaxNumBatchedTokens < l.MaxModelLen:
		return fmt.Errorf("max_num_batched_tokens is %d, below max_model_len %d: a longer prompt could never run without chunked prefill",
			l.MaxNumBatchedTokens, l.MaxModelLen)
	case l.LongPrefillThreshold < 0:
		return fmt.Errorf("long_prefill_token_threshold is %d; at least 0", l.LongPrefillThreshold)
	case !(l.Watermark >= 0 && l.Watermark < 1):
		return fmt.Errorf("watermark is %v; a share from 0 to below 1", l.Watermark)
	}
	return nil
}

// chunk is how many of the remaining tokens of a prompt fit into a step that has budget tokens left.
func (l *Limits) chunk(remaining, budget int) int {
	if l.LongPrefillThreshold > 0 {
		remaining = min(remaining, l.LongPrefillThreshold)
	}
	return min(remaining, budget)
}
