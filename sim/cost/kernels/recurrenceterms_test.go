package kernels

import (
	"math"
	"testing"
)

// statesOf is a shape of 4 heads of 16×32 states, and a convolution of 4 taps over 64 channels.
func statesOf(kind string, sequences, tokens int) RecurrenceShape {
	return RecurrenceShape{Kind: kind, Sequences: sequences, Tokens: tokens, KeyHeads: 2, Heads: 4,
		KeyDim: 16, ValueDim: 32,
		ConvWidth: 4, ConvDim: 64}
}

// A step reads and writes 4 bytes of each state value, and the convolution the last 4 inputs, of 2 bytes, of
// each channel.
func TestRecurrentStepByHand(t *testing.T) {
	for _, kind := range []string{"gdn", "kda", "mamba2", "mamba1"} {
		r, d := ideal().Recurrence, idealDevice()
		for n, times := range map[int]float64{1: 1, 2: 2, 7: 7} {
			s := statesOf(kind, n, n)
			same(t, kind+", states", r.Step(d, s), times*2*4*4*16*32/1e9)
			same(t, kind+", inputs", r.ConvStep(d, s), times*64*2*4*2/1e9)
			same(t, kind+", both", r.Decode(d, s), times*(2*4*4*16*32+64*2*4*2)/1e9)
		}
		same(t, kind+", no convolution", r.Decode(d,
			RecurrenceShape{Kind: kind, Sequences: 1, Heads: 4, KeyDim: 16, ValueDim: 32}), 2*4*4*16*32/1e9)
		laws := r.of(kind)
		laws.Step.Fixed, laws.ConvStep.Fixed = 0.5, 0.25
		same(t, kind+", fixed", r.Decode(d, statesOf(kind, 1, 1)), 0.75+(2*4*4*16*32+64*2*4*2)/1e9)
		if got := r.Decode(d, statesOf(kind, 0, 0)); got != 0 {
			t.Errorf("%s: no sequences take %v s", kind, got)
		}
	}
}

// A prompt updates each state value once for each token, the last chunk of 64 being half empty on average,
// and moves its
// states once; the convolution reads and writes each channel of each token.
func TestRecurrentScanByHand(t *testing.T) {
	for _, kind := range []string{"gdn", "kda", "mamba2", "mamba1"} {
		r, d := ideal().Recurrence, tireless()
		laws := r.of(kind)
		laws.Scan.Update = 1e6
		states, moved := 4.*16*32, 2*4*4*16*32/1e9
		tokens := func(n, sequences float64) float64 { return n + 31.5*sequences }
		same(t, kind+", one prompt", r.Scan(d, statesOf(kind, 1, 1000)), tokens(1000, 1)*states/4e6+moved)
		same(t, kind+", three", r.Scan(d, statesOf(kind, 3, 1000)), tokens(1000, 3)*states/4e6+3*moved)
		laws.Scan.Update, laws.Scan.Wait = math.Inf(1), 1e-3
		same(t, kind+", chunks wait for each other", r.Scan(d, statesOf(kind, 3, 1000)),
			tokens(1000, 3)/3*1e-3)
		laws.Scan.Serial = 1
		same(t, kind+", and for the states", r.Scan(d, statesOf(kind, 3, 1000)),
			tokens(1000, 3)/3*1e-3+3*moved)
		laws.Scan.Fixed = 0.5
		same(t, kind+", fixed", r.Scan(d, statesOf(kind, 3, 1000)), 0.5+tokens(1000, 3)/3*1e-3+3*moved)
		same(t, kind+", convolution", r.ConvScan(d, statesOf(kind, 3, 1000)), 1000*64*2*2/1e9)
		laws.ConvScan.Fixed, laws.ConvScan.Sequence = 0.5, 2
		same(t, kind+", of sequences one by one", r.ConvScan(d, statesOf(kind, 3, 1000)),
			0.5+2*3*64/1024.+1000*64*2*2/1e9)
		same(t, kind+", both", r.Prefill(d, statesOf(kind, 3, 1000)),
			0.5+tokens(1000, 3)/3*1e-3+3*moved+0.5+2*3*64/1024.+1000*64*2*2/1e9)
		if got := r.Prefill(d, statesOf(kind, 1, 0)) + r.ConvScan(d,
			RecurrenceShape{Kind: kind, Tokens: 5}); got != 0 {
			t.Errorf("%s: nothing takes %v s", kind, got)
		}
	}
}

// Each kind has laws of its own, but for Mamba-1, which takes Mamba-2's.
func TestRecurrencesHaveTheirOwnLaws(t *testing.T) {
	r, d := ideal().Recurrence, idealDevice()
	r.GDN.Step.Fixed, r.KDA.Step.Fixed, r.Mamba2.Step.Fixed = 1, 2, 4
	bare := 2 * 4 * 4 * 16 * 32 / 1e9
	for kind, want := range map[string]float64{"gdn": 1, "kda": 2, "mamba2": 4, "mamba1": 4} {
		same(t, kind, r.Step(d, statesOf(kind, 1, 1)), want+bare)
	}
}
