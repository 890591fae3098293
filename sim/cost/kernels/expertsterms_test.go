package kernels

import (
	"math"
	"testing"

	"github.com/roofserve/roofserve/hw/units"
)

// layer is 8 experts of 100→50 of which each token takes 2, in bf16 on one rank, with all tokens spread
// evenly.
func layer(tokens int) ExpertsShape {
	return ExpertsShape{Tokens: tokens, Hidden: 100, Inter: 50, TopK: 2, Experts: 8, Ranks: 1, Gated: true,
		Weights: units.BF16, Activations: units.BF16, Routing: Balanced{}}
}

// Each choice multiplies three matrices of hidden×inter; the weights of the experts hit are read; each
// choice's input is
// gathered, what lies between its matrices written and read, its output written and added up.
func TestExpertsByHand(t *testing.T) {
	e := ideal().Experts
	for tokens, times := range map[int]float64{4: 1, 8: 2, 400: 100} {
		same(t, "arithmetic", e.Time(endless(), layer(tokens)), times*2*8*3*100*50/1e12)
	}
	activations := func(tokens, width float64) float64 {
		return 2 * (2*tokens*(3*100+width+50) +
			tokens*100) / 1e9
	}
	same(t, "memory, every expert hit", e.Time(tireless(), layer(4)), 8*3*100*50*2/1e9+activations(4, 100))
	same(t, "memory, two experts hit", e.Time(tireless(), layer(1)), 2*3*100*50*2/1e9+activations(1, 100))
	plain := layer(4)
	plain.Gated = false
	same(t, "two matrices, arithmetic", e.Time(endless(), plain), 2*8*2*100*50/1e12)
	same(t, "two matrices, memory", e.Time(tireless(), plain), 8*2*100*50*2/1e9+activations(4, 50))
	half := layer(40)
	half.Ranks = 2
	same(t, "a rank of two has half the choices", e.Time(endless(), half), 2*40*3*100*50/1e12)
	wide := layer(4)
	wide.Hidden = 200
	same(t, "twice the width", e.Time(endless(), wide), 2*2*8*3*100*50/1e12)
	if got := e.Time(idealDevice(), layer(0)); got != 0 {
		t.Errorf("no tokens take %v s", got)
	}
}

// Without a routing, experts are drawn at random: E·(1−(1−k/E)^M) of them are hit.
func TestExpertsHitByHand(t *testing.T) {
	for _, c := range []struct{ experts, topK, tokens int }{{8, 2, 1}, {8, 2, 3}, {64, 8, 20}, {256, 8, 100},
		{4, 4, 1}} {
		hit := float64(c.experts) * (1 - math.Pow(1-float64(c.topK)/float64(c.experts), float64(c.tokens)))
		got := Uniform{}.Spread(c.tokens, c.topK, c.experts, 1)
		if math.Abs(got.Experts-hit) > 1e-9*hit || got.Copies != float64(c.tokens*c.topK) {
			t.Errorf("%+v: %+v, by hand %g experts", c, got, hit)
		}
	}
	e := ideal().Experts
	s := layer(3)
	s.Routing = nil
	hit := 8 * (1 - 0.75*0.75*0.75)
	got := float64(e.Time(tireless(), s) - 2*units.Seconds(6*(3*100+100+50)+3*100)/1e9)
	if want := hit * 3 * 100 * 50 * 2 / 1e9; math.Abs(got/want-1) > 1e-9 {
		t.Errorf("weights take %g s, by hand %g", got, want)
	}
}

// The law, one term at a time.
func TestExpertsLawByHand(t *testing.T) {
	base := 2. * 8 * 3 * 100 * 50 / 1e12
	time := func(change func(l *ExpertsLaw)) units.Seconds {
		e := ideal().Experts
		change(&e.BF16)
		return e.Time(endless(), layer(4))
	}
	same(t, "fixed", time(func(l *ExpertsLaw) { l.Fixed = 0.5 }), 0.5+base)
	same(t, "efficiency", time(func(l *ExpertsLaw) { l.Efficiency = 0.25 }), 4*base)
	same(t, "a prologue of 10 columns", time(func(l *ExpertsLaw) { l.Prologue = 10 }),
		2*8*(100.*(100+10)+100*(50+10))/1e12)
	same(t, "padding of half a row for each expert", time(func(l *ExpertsLaw) { l.Padding = 0.5 }), 1.5*base)
	same(t, "padding doubles at most", time(func(l *ExpertsLaw) { l.Padding = 100 }), 2*base)
	same(t, "an SM moves activations", time(func(l *ExpertsLaw) { l.Traffic = 1e6 }),
		base+2*(8*(3*100+100+50)+4*100)/4e6)
	same(t, "an SM takes in weights", time(func(l *ExpertsLaw) { l.Rate = 1e6 }), 8*3*100*50*2/4e6)
	same(t, "and nothing overlaps", time(func(l *ExpertsLaw) { l.Rate, l.Serial = 1e6, 1 }),
		8*3*100*50*2/4e6+base)
	same(t, "all choices are this rank's", time(func(l *ExpertsLaw) { l.Skipping = 1 }), base)
	e := ideal().Experts
	e.BF16.Skipping = 1e6
	half := layer(4)
	half.Ranks = 2
	same(t, "it walks over the other rank's", e.Time(endless(), half), base/2+4*(2*100+100+50)*2/4e6)
}

// Formats: the bytes of a weight, what the tensor cores multiply at, and how much of the memory's time shows.
func TestExpertFormatsByHand(t *testing.T) {
	for _, c := range []struct {
		name                 string
		weights, activations units.Format
		peak, bytes, shown   float64
	}{
		{"fp8", units.FP8, units.FP8, 2e12, 1, 1},
		{"fp8 in blocks", units.FP8Block, units.FP8, 2e12, 1 + 4./16384, 1},
		{"int8", units.INT8, units.INT8, 3e12, 1, 1},
		{"fp8 weights alone", units.FP8, units.BF16, 1e12, 1, 0.4},
		{"int4", units.INT4, units.BF16, 1e12, 0.5 + 2./128, 0.4},
		{"int4 in groups of 32", units.INT4G32, units.BF16, 1e12, 0.5 + 2./32, 0.4},
		{"nvfp4", units.NVFP4, units.NVFP4, 5e12, 0.5 + 1./16, 1},
		{"nvfp4 weights alone", units.NVFP4, units.BF16, 1e12, 0.5 + 1./16, 0.25},
	} {
		e, s := ideal().Experts, layer(4)
		s.Weights, s.Activations = c.weights, c.activations
		same(t, c.name+", arithmetic", e.Time(endless(), s), 2*8*3*100*50/c.peak)
		same(t, c.name+", memory", e.Time(tireless(), s),
			c.shown*8*3*100*50*c.bytes/1e9+2.*(8*(3*100+100+50)+4*100)/1e9)
	}
	// mxfp4 is padded to multiples of 128: 100 and 50 are 128 and 128.
	e, s := ideal().Experts, layer(4)
	s.Weights = units.MXFP4
	same(t, "mxfp4, arithmetic", e.Time(endless(), s), 2*8*3*128*128/1e12)
	same(t, "mxfp4, memory", e.Time(tireless(), s),
		0.25*8*3*128*128*(0.5+1./32)/1e9+2.*(8*(3*128+256+128)+4*128)/1e9)
}

// Each way to multiply has its own law.
func TestExpertsHaveTheirOwnLaws(t *testing.T) {
	e := ideal().Experts
	e.BF16.Fixed, e.FP8.Fixed, e.FP8Block.Fixed, e.Weight4.Fixed, e.MXFP4.Fixed = 1, 2, 3, 4, 5
	e.NVFP4.Fixed = 6
	for _, c := range []struct {
		weights, activations units.Format
		want                 float64
	}{
		{units.BF16, units.BF16, 1}, {units.FP16, units.BF16, 1}, {units.FP32, units.BF16, 1},
		{units.FP8, units.FP8, 2}, {units.INT8, units.INT8, 2}, {units.NVFP4, units.NVFP4, 6},
		{units.FP8Block, units.FP8, 3}, {units.FP8Block, units.FP8Block, 3},
		{units.INT4, units.BF16, 4}, {units.INT4G32, units.BF16, 4}, {units.FP8, units.BF16,
			4}, {units.FP8Block, units.FP16, 4}, {units.INT8, units.BF16, 4},
		{units.MXFP4, units.BF16, 5}, {units.NVFP4, units.BF16, 5}, {units.MXFP4, units.FP8, 5},
	} {
		s := layer(4)
		s.Weights, s.Activations = c.weights, c.activations
		if got := math.Floor(float64(e.Time(endless(), s))); got != c.want {
			t.Errorf("%v weights and %v activations take the law with %g s, want %g", c.weights,
				c.activations, got, c.want)
		}
	}
}

// Balanced loads, by hand.
func TestBalancedSpreadByHand(t *testing.T) {
	for _, c := range []struct {
		tokens, topK, experts, ranks int
		want                         Spread
	}{
		{1, 2, 8, 1, Spread{Copies: 2, Experts: 2}},
		{100, 2, 8, 1, Spread{Copies: 200, Experts: 8}},
		{1, 2, 8, 4, Spread{Copies: 1, Experts: 1}}, // half a choice for each rank: one at least on some rank
		{3, 2, 8, 4, Spread{Copies: 1.5, Experts: 1.5}},
		{100, 2, 8, 4, Spread{Copies: 50, Experts: 2}},
		{0, 2, 8, 4, Spread{}},
	} {
		if got := (Balanced{}).Spread(c.tokens, c.topK, c.experts, c.ranks); got != c.want {
			t.Errorf("%+v, got %+v", c, got)
		}
	}
}
