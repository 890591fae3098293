package sim

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/roofserve/roofserve/workloads"
)

func TestByHandBudgetIsShared(t *testing.T) {
	// To 1,200: 20 tokens of the first prompt. To 2,400: its last ten, the second prompt's five, five of the
	// third. Then two decodes and three tokens of a prompt: 1,032.
	expectLives(t, byHand("vllm"), []workloads.Request{ask(0, 30, 2), ask(0, 5, 2), ask(0, 8, 1)},
		life{First: 2400, Last: 3432}, life{First: 2400, Last: 3432}, life{First: 3432, Last: 3432})
}

func TestByHandDecodesTakeOfTheBudget(t *testing.T) {
	c := byHand("vllm")
	c.Limits.MaxNumBatchedTokens = 5
	// To 1,050: five tokens of the first prompt. To 2,100: its last one and four of the second's eight. To
	// 3,141: a decode and the second's four left.
	expectLives(t, c, []workloads.Request{ask(0, 6, 2), ask(0, 8, 1)}, life{First: 2100, Last: 3141},
		life{First: 3141, Last: 3141})
}

func TestByHandLongPromptsAreCut(t *testing.T) {
	c := byHand("vllm")
	c.Limits.LongPrefillThreshold = 6
	// To 1,200: six tokens each, and two of the last prompt. To 2,330: four each and one.
	expectLives(t, c, []workloads.Request{ask(0, 10, 1), ask(0, 10, 1), ask(0, 10, 1), ask(0, 3, 1)},
		life{First: 2330, Last: 2330}, life{First: 2330, Last: 2330}, life{First: 2330, Last: 2330},
		life{First: 2330, Last: 2330})
}

func TestByHandMostSequences(t *testing.T) {
	c := byHand("vllm")
	c.Limits.MaxNumSeqs = 2
	// Two prompts to 1,080, two decodes to 2,082; the third prompt beside a decode to 3,123.
	r := expectLives(t, c, []workloads.Request{ask(0, 4, 3), ask(0, 4, 2), ask(0, 4, 1)},
		life{First: 1080, Last: 3123}, life{First: 1080, Last: 2082}, life{First: 3123, Last: 3123})
	if r.QueueEnd != 2 || r.QueueHalf != 1 {
		t.Errorf("the last of three requests finds %d waiting, the one in the middle %d; two and one by hand", r.QueueEnd, r.QueueHalf)
	}
	if r.ConcurrentSequences.Max != 2 || r.ConcurrentSequences.Mean != 2 {
		t.Errorf("concurrency %+v; two all the time by hand", r.ConcurrentSequences)
	}
}

// The second sequence runs out of blocks, waits until the first has finished, and is computed again.
func TestByHandPreemption(t *testing.T) {
	for _, policy := range []string{"vllm", "vllm0"} {
		c := byHand(policy)
		c.Blocks = usable(c.Policy, 5)
		// Two prompts of two blocks each to 1,160. Their next tokens need a third block each, and one is free: the
		// later one goes, and the first decodes alone for five steps, to 6,165. Then the prompt and the one token
		// known so far, 9 tokens in three blocks, are computed to 7,255, which gives the second token, and four
		// more to 11,259.
		r := expectLives(t, c, []workloads.Request{ask(0, 8, 6), ask(0, 8, 6)},
			life{First: 1160, Last: 6165}, life{First: 1160, Last: 11259, Preemptions: 1})
		if r.Preemptions != 1 || r.ITL.Count != 10 || r.MaxContext != 14 {
			t.Errorf("%s: %d preemptions, %d gaps, longest context %d", policy, r.Preemptions, r.ITL.Count, r.MaxContext)
		}
		near(t, "ITL", r.ITL.Mean, (6.095+9*1.001)/10)
		near(t, "longest gap", r.ITL.Max, 6.095)
		near(t, "TPOT", r.TPOT.Mean, (5*1.001+10.099)/5/2)
		// 9 to 12 tokens are three blocks, the thirteenth takes a fourth.
		near(t, "mean use", r.KVUsage.Mean, (4*1160+3*4*1001+4*1001+3*1090+3*3*1001+4*1001)/11259./5)
		near(t, "mean concurrency", r.ConcurrentSequences.Mean, (2*1160+10099.)/11259)
	}
}

// Of three sequences the one that was admitted last goes first, and comes back first.
func TestByHandPreemptionOrder(t *testing.T) {
	c := byHand("vllm")
	c.Blocks, c.Limits.MaxNumBatchedTokens = usable(c.Policy, 6), 100
	// Three prompts of two blocks each to 1,240, pool full. Each needs a third block: the last one goes and
	// frees two, which the others take. They decode from 1,240 by 1,002 a step and finish after four (12 tokens)
	// at 5,248. The last, known by 9 tokens, needs three blocks: at 5,248 all are free. 1,090 for those nine
	// tokens to 6,338, three decodes to 9,341.
	expectLives(t, c, []workloads.Request{ask(0, 8, 5), ask(0, 8, 5), ask(0, 8, 5)},
		life{First: 1240, Last: 5248}, life{First: 1240, Last: 5248}, life{First: 1240, Last: 9341, Preemptions: 1})
	// With a block less two must go. At 1,240 the first decodes alone to 2,241, … 5,244 is its last of four.
	// Then the second, which came earlier, and the third start over: 9 tokens each are three blocks each, and
	// only five are there.
	c.Blocks = usable(c.Policy, 5)
	c.Limits.MaxNumBatchedTokens = 100
	got, _ := served(t, c, 0, ask(0, 8, 5), ask(0, 4, 5), ask(0, 4, 5))
	// Blocks 2+1+1 of five to 1,160. All need one more, of one free: the third goes, two are free, both others
	// decode. At nine and five tokens they hold three and two blocks, until they finish together at
	// 1,160+4·1,002 = 5,168 (12 and 8 tokens). The third, five tokens in two blocks, starts over at 5,168: 6,218
	// is its second token, and 9,221 its fifth.
	want := []life{{First: 1160, Last: 5168}, {First: 1160, Last: 5168},
		{First: 1160, Last: 9221, Preemptions: 1}}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("by hand (-) and simulated (+):\n%s", d)
	}
}

// Six blocks hold two sequences of 12 tokens to the end; one less, and the later one is computed twice.
func TestByHandExactlyEnoughBlocks(t *testing.T) {
	requests := []workloads.Request{ask(0, 8, 5), ask(0, 8, 5)}
	for _, policy := range []string{"vllm", "vllm0"} {
		c := byHand(policy)
		c.Blocks = usable(c.Policy, 6)
		expectLives(t, c, requests, life{First: 1160, Last: 5168}, life{First: 1160, Last: 5168})
		c.Blocks = usable(c.Policy, 5)
		if _, r := served(t, c, 0, requests...); r.Preemptions != 1 {
			t.Errorf("%s: five blocks for two sequences of three give %d preemptions", policy, r.Preemptions)
		}
	}
}

func TestByHandWatermark(t *testing.T) {
	c := byHand("vllm")
	c.Blocks, c.Limits.MaxNumBatchedTokens, c.Limits.Watermark = usable(c.Policy, 10), 100, 0.3
	// The first takes four blocks, as nothing runs. Of six free ones three are to stay free: three are left for
	// the second.
	expectLives(t, c, []workloads.Request{ask(0, 16, 3), ask(0, 12, 1)}, life{First: 1280, Last: 3282},
		life{First: 1280, Last: 1280})
	expectLives(t, c, []workloads.Request{ask(0, 16, 3), ask(0, 13, 1)}, life{First: 1160, Last: 3162},
		life{First: 4292, Last: 4292})
}

func TestByHandWholePromptReserved(t *testing.T) {
	c := byHand("vllm")
	c.Blocks, c.Limits.MaxNumBatchedTokens = usable(c.Policy, 10), 8
	requests := []workloads.Request{ask(0, 20, 2), ask(0, 24, 1)}
	// Chunks of eight to 1,080 and 2,160, then four and four of the next to 3,240; a decode and seven to 4,311;
	// eight and five.
	expectLives(t, c, requests, life{First: 3240, Last: 4311}, life{First: 6441, Last: 6441})
	// The second prompt's six blocks beside the first one's five are more than ten: it waits for the first to
	// finish at 4,201.
	c.Limits.ReserveFullInput = true
	expectLives(t, c, requests, life{First: 3200, Last: 4201}, life{First: 7441, Last: 7441})
	// One prompt token less makes five blocks, but the first then takes a sixth to decode: it has to give way to
	// nobody.
	c.Blocks = usable(c.Policy, 11)
	expectLives(t, c, requests, life{First: 3240, Last: 4311}, life{First: 6441, Last: 6441})
}

// TensorRT-LLM and vLLM v0 bound each microbatch, the others the engine.
func TestByHandStagesMultiplySlots(t *testing.T) {
	for policy, last := range map[string]int{"vllm": 2080, "sglang": 2080, "trtllm": 1040, "vllm0": 1040} {
		c := byHand(policy)
		c.Stages, c.Limits.MaxNumSeqs = 2, 2
		got, _ := served(t, c, 0, ask(0, 1, 1), ask(0, 1, 1), ask(0, 1, 1), ask(0, 1, 1))
		if policy == "vllm" || policy == "sglang" {
			last = 2 * 1020 // two steps of two prompts
		}
		if got[3].Last != last {
			t.Errorf("%s: the last of four requests is answered at %d, by hand at %d", policy, got[3].Last, last)
		}
	}
}

func TestByHandSGLang(t *testing.T) {
	c := byHand("sglang")
	requests := []workloads.Request{ask(0, 4, 3), ask(500, 4, 1)}
	// The second prompt alone to 2,080, while the first sequence waits.
	r := expectLives(t, c, requests, life{First: 1040, Last: 4082}, life{First: 2080, Last: 2080})
	near(t, "longest gap", r.ITL.Max, 2.041)
	c.Limits.MixedChunk = true
	expectLives(t, c, requests, life{First: 1040, Last: 3082}, life{First: 2081, Last: 2081})
	// A full batch decodes once more before it admits: to 2,082, where one leaves, to 3,083, and only then the
	// third.
	c = byHand("sglang")
	c.Limits.MaxNumSeqs = 2
	expectLives(t, c, []workloads.Request{ask(0, 4, 4), ask(0, 4, 2), ask(0, 4, 1)},
		life{First: 1080, Last: 5124}, life{First: 1080, Last: 2082}, life{First: 4123, Last: 4123})
	// Unless nothing is left to decode.
	c.Limits.MaxNumSeqs = 1
	expectLives(t, c, []workloads.Request{ask(0, 4, 2), ask(0, 4, 1)}, life{First: 1040, Last: 2041},
		life{First: 3081, Last: 3081})
	// A prompt is cut at chunked_prefill_size, and max_prefill_tokens bounds how many prompts join; both count
	// in pages, here of four tokens.
	c = byHand("sglang")
	expectLives(t, c, []workloads.Request{ask(0, 30, 1), ask(0, 5, 1)}, life{First: 2350, Last: 2350},
		life{First: 2350, Last: 2350})
	c.Limits.MaxPrefillTokens = 8
	expectLives(t, c, []workloads.Request{ask(0, 4, 1), ask(0, 4, 1), ask(0, 3, 1)},
		life{First: 1040, Last: 1040}, life{First: 2080, Last: 2080}, life{First: 3110, Last: 3110})
}

// Retraction takes the sequence with the least output, of those the one with the longest prompt, to the end
// of the queue.
func TestByHandRetraction(t *testing.T) {
	c := byHand("sglang")
	c.Blocks, c.Limits.MaxNumBatchedTokens = usable(c.Policy, 7), 100
	c.Limits.ScheduleConservativeness = 0.01 // running requests are expected to end at once
	// Prompts to 1,040 and 2,120, eight decodes of both to 10,136, where 12 and 16 tokens fill the pool. Both
	// have nine tokens: the longer prompt goes. The other has its 14th at 15,141; only then do its estimate and
	// the victim's fit. 17 known tokens take 1,170 and give the tenth.
	expectLives(t, c, []workloads.Request{ask(0, 4, 14), ask(500, 8, 10)},
		life{First: 1040, Last: 15141}, life{First: 2120, Last: 16311, Preemptions: 1})
	c.Blocks = usable(c.Policy, 9)
	// A prompt to 1,080, a decode to 2,081, a shorter prompt to 3,121, eleven decodes of both to 14,143, where
	// 20 and 15 tokens fill the pool. The shorter prompt has one token less: it goes. The other ends at 17,146;
	// 16 tokens to 18,306, a decode.
	expectLives(t, c, []workloads.Request{ask(0, 8, 16), ask(1500, 4, 14)},
		life{First: 1080, Last: 17146}, life{First: 3121, Last: 19307, Preemptions: 1})
}

func TestByHandTensorRT(t *testing.T) {
	c := byHand("trtllm")
	c.Blocks = usable(c.Policy, 10)
	first, second := ask(0, 4, 2), ask(0, 4, 1)
	first.MaxOutput = 21 // 25 tokens, seven blocks
	second.MaxOutput = 8
	expectLives(t, c, []workloads.Request{first, second}, life{First: 1080, Last: 2081},
		life{First: 1080, Last: 1080})
	second.MaxOutput = 9 // 13 tokens, four blocks: one too many
	expectLives(t, c, []workloads.Request{first, second}, life{First: 1040, Last: 2041},
		life{First: 3081, Last: 3081})
	second.MaxOutput = 37 // more than ten blocks
	lives, _ := served(t, c, 0, first, second)
	if !lives[1].Failed {
		t.Errorf("what cannot be guaranteed is to be refused: %+v", lives)
	}
}

func TestByHandOldVLLM(t *testing.T) {
	c := byHand("vllm0")
	c.Limits.MaxNumBatchedTokens = 8
	// Two prompts to 1,080, the third to 2,120 while they wait; 1,002 for their second tokens. A prompt beyond
	// the budget runs alone.
	r := expectLives(t, c, []workloads.Request{ask(0, 4, 2), ask(0, 4, 2), ask(0, 4, 1), ask(3000, 12, 1)},
		life{First: 1080, Last: 3122}, life{First: 1080, Last: 3122}, life{First: 2120, Last: 2120},
		life{First: 4242, Last: 4242})
	near(t, "gap", r.ITL.Mean, 2.042)
}

// Two prompts that fill the budget exactly run in one step, whole; a token more, and the second waits.
func TestByHandWholePromptsFillTheBudget(t *testing.T) {
	c := byHand("vllm")
	c.Limits.ChunkedPrefill, c.Limits.MaxModelLen = false, 20
	expectLives(t, c, []workloads.Request{ask(0, 12, 1), ask(0, 8, 1)}, life{First: 1200, Last: 1200},
		life{First: 1200, Last: 1200})
	expectLives(t, c, []workloads.Request{ask(0, 12, 1), ask(0, 9, 1)}, life{First: 1120, Last: 1120},
		life{First: 2210, Last: 2210})
}

// SGLang counts on the whole output of a request that it has admitted in the same step: 17 tokens of the
// first leave 15 of eight blocks for the second, which wants as many as the first. In the step after,
// which is not marked as full any more, 0.7 of the 12 tokens that the first has to go leave 20 of 28.
func TestByHandPledges(t *testing.T) {
	c := byHand("sglang")
	c.Blocks = usable(c.Policy, 8)
	requests := []workloads.Request{ask(0, 4, 13), ask(0, 4, 13)}
	expectLives(t, c, requests, life{First: 1040, Last: 14104}, life{First: 2080, Last: 14104})
	c.Blocks = usable(c.Policy, 9)
	expectLives(t, c, requests, life{First: 1080, Last: 13104}, life{First: 1080, Last: 13104})
}

// Without chunked prefill a prompt has to fit what is left of a step, of which its cached beginning takes
// nothing, but under TensorRT-LLM, which looks into its cache only after that.
func TestByHandCachedBeginningsTakeNoBudget(t *testing.T) {
	for _, policy := range []string{"vllm", "vllm0", "trtllm"} {
		c := byHand(policy)
		c.PrefixCaching, c.Limits.ChunkedPrefill, c.Limits.MaxModelLen = true, false, 20
		first := ask(0, 16, 1, 1, 2, 3, 4)
		// The first prompt alone to 1,160. Then ten tokens of the other, and those of the third that are
		// not cached: the last four, which are less than the ten that are left, or the last twelve, which
		// are too many.
		other := ask(100, 10, 1, 7, 8)
		alike, unlike := ask(100, 16, 1, 1, 2, 3, 9), ask(100, 16, 1, 1, 9, 10, 11)
		alone := life{First: 1160, Last: 1160}
		if policy == "trtllm" {
			expectLives(t, c, []workloads.Request{first, other, alike},
				alone, life{First: 2260, Last: 2260}, life{First: 3300, Last: 3300, Cached: 12})
			continue
		}
		expectLives(t, c, []workloads.Request{first, other, alike},
			alone, life{First: 2300, Last: 2300}, life{First: 2300, Last: 2300, Cached: 12})
		expectLives(t, c, []workloads.Request{first, other, unlike},
			alone, life{First: 2260, Last: 2260}, life{First: 3380, Last: 3380, Cached: 4})
	}
}
