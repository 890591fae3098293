package sim

import (
	"cmp"
	"math"
	"slices"
)

// sglangWalk is what SGLang's scheduler remembers from one step to the next.
type sglangWalk struct {
	full    bool    // running_batch.batch_is_full
	ran     []*job  // in the last step, or waiting for it
	prompts bool    // whether that computed prompts
	started bool    // whether there is a share yet
	share   float64 // new_token_ratio when it was last set
	decodes int     // steps that have lowered it since
}

// walkSGLang schedules a step as SGLang does (sglang/srt/managers/scheduler.py, get_next_batch_to_run):
// prompts if any can run, else decodes, for which those with the least output are retracted.
//
// In three things the policy, and these rules with it, are simpler than SGLang: the output of a prompt
// counts as pledged from the step after its last piece on, not in it; the share stays where a full batch
// ends as a whole while others wait; and of sequences that are equal in output and prompt the earlier one
// is retracted.
func walkSGLang(r *oracleRank) {
	s := &r.sglang
	if !s.started {
		s.started, s.share = true, r.pool.firstShare()
	}
	left := slices.ContainsFunc(s.ran, func(j *job) bool { return !slices.Contains(r.running, j) })
	if left && s.prompts { // the batch of prompts is filtered before the look for more
		s.full = false
	}
	s.prompts = r.sglangPrompts()
	if !s.prompts {
		if left { // that of decodes after it
			s.full = false
		}
		if r.Decoding() == 0 && left {
			s.prompts = r.sglangPrompts() // nothing to decode: the scheduler looks again
		}
	}
	if !s.prompts {
		r.sglangDecodes()
	}
	s.ran = slices.Clone(r.running)
}

// firstShare is SGLang's init_new_token_ratio of 0.7, in which schedule_conservativeness counts.
func (o *oraclePool) firstShare() float64 {
	if f := o.c.Limits.ScheduleConservativeness; f > 0 {
		return math.Min(1, 0.7*f)
	}
	return 0.7
}

// expected is the share of the declared output that is expected: it falls to 0.14 of the first in 600 steps
// of decodes.
func (r *oracleRank) expected() float64 {
	first := r.pool.firstShare()
	least := first * 0.14
	return math.Max(least, r.sglang.share-(first-least)/600*float64(r.sglang.decodes))
}

// sglangDecodes is update_running_batch: where the pool is short some are retracted, and what the others
// have generated so far and in 20 steps more, of all that they declared, is the share expected from then
// on; else it falls by a step.
func (r *oracleRank) sglangDecodes() {
	s := &r.sglang
	switch {
	case r.Decoding() == 0:
		s.share, s.decodes = r.pool.firstShare(), 0
		return
	case r.DecodeBlocks() <= r.Free():
		s.decodes++
	default:
		for r.retractOne(); r.Decoding() > 1; r.retractOne() {
			if r.Free() >= max(r.DecodeBlocks(), r.GrowthBlocks(20*r.Decoding())) {
				break
			}
		}
		generated, declared := 0, 0
		for _, j := range r.running {
			if j.decoding {
				generated += j.generated + 20
				declared += j.maxOutput
			}
		}
		*s = sglangWalk{started: true, share: math.Min(1, float64(generated)/float64(declared+1))}
	}
	r.Decode()
}

// retractOne sends back the sequence with the least output, of those the one with the longest prompt.
func (r *oracleRank) retractOne() {
	var worst *job
	for _, j := range r.running {
		if j.decoding && (worst == nil || cmp.Or(j.generated-worst.generated, worst.Input-j.Input) < 0) {
			worst = j
		}
	}
	r.Preempt(r.id(worst), true)
}

// sglangPrompts is get_new_batch_prefill. It tells whether the step computes prompts.
func (r *oracleRank) sglangPrompts() bool {
	s, limits := &r.sglang, &r.pool.c.Limits
	chunk, tokens, decodes := math.MaxInt, 16384, 0
	if limits.MaxPrefillTokens > 0 {
		tokens = limits.MaxPrefillTokens
	}
	tokens *= r.pool.c.Stages
	if limits.ChunkedPrefill {
		chunk = r.pool.c.Stages * limits.MaxNumBatchedTokens
	}
	if limits.MixedChunk {
		chunk -= r.Decoding()
	}
	inStep := 0
	for _, j := range r.running {
		if n := min(j.known()-j.computed, chunk); !j.decoding && n > 0 {
			for r.ExtendBlocks(r.id(j), n)+r.mixedBlocks() > r.Free() {
				r.retractOne()
			}
			r.Extend(r.id(j), n)
			chunk, tokens, inStep = chunk-n, tokens-n, 1
			break // one prompt at a time is in progress
		}
	}
	decodes = r.mixedBlocks()
	expected := 0
	for _, j := range r.running {
		if j.decoding {
			expected += min(j.maxOutput-j.generated, 4096)
		}
	}
	pledged := decodes + r.GrowthBlocks(int(float64(expected)*r.expected()))
	for len(r.waiting) > 0 && (inStep > 0 || !s.full) && chunk > 0 && tokens > 0 {
		j := r.waiting[0]
		output := min(j.maxOutput-j.generated, 4096)
		fits := r.AdmitBlocks(j.known()+output+1)+pledged < r.Free()
		alone := len(r.running) == 0 && r.AdmitBlocks(j.known()) <= r.Free()
		if len(r.running) == limits.MaxNumSeqs || !fits && !alone {
			s.full = true
			break
		}
		left := j.known() - r.cachedOf(j)
		if left >= tokens && inStep > 0 {
			break
		}
		n := min(left, chunk)
		r.Admit(n)
		pledged += r.GrowthBlocks(output)
		chunk, tokens, inStep = chunk-n, tokens-n, inStep+1
	}
	if inStep > 0 && limits.MixedChunk {
		r.Decode()
	}
	return inStep > 0
}

// mixedBlocks is what decodes take in a step of prompts, which they join under enable_mixed_chunk.
func (r *oracleRank) mixedBlocks() int {
	if r.pool.c.Limits.MixedChunk {
		return r.DecodeBlocks()
	}
	return 0
}
