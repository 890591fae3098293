package kernels

import (
	"math"
	"testing"

	"github.com/roofserve/roofserve/hw/units"
)

// A key of a decode step costs the bytes of a key and a value of each KV head; in 8 bits a quarter of that
// shows.
func TestDecodeReadsByHand(t *testing.T) {
	a, d := ideal().Decode, idealDevice()
	for _, c := range []struct {
		name  string
		shape DecodeShape
		bytes float64
	}{
		{"grouped heads", DecodeShape{Sequences: 3, Heads: 8, KVHeads: 2, KeyDim: 128, ValueDim: 128},
			2 * 2 * 256},
		{"twice the KV heads", DecodeShape{Sequences: 3, Heads: 8, KVHeads: 4, KeyDim: 128, ValueDim: 128},
			2 * 4 * 256},
		{"twice the width", DecodeShape{Sequences: 3, Heads: 8, KVHeads: 2, KeyDim: 256, ValueDim: 256},
			2 * 2 * 512},
		{"narrow values", DecodeShape{Sequences: 3, Heads: 8, KVHeads: 2, KeyDim: 192, ValueDim: 128},
			2 * 2 * 320},
		{"twice the sequences", DecodeShape{Sequences: 6, Heads: 8, KVHeads: 2, KeyDim: 128, ValueDim: 128},
			2 * 2 * 256},
		{"twice the query heads", DecodeShape{Sequences: 3, Heads: 16, KVHeads: 2, KeyDim: 128,
			ValueDim: 128}, 2 * 2 * 256},
	} {
		for kv, share := range map[units.Format]float64{units.BF16: 1, units.FP16: 1, units.FP8: 0.5 * 0.25} {
			c.shape.KV = kv
			fixed, perKey := a.Coefficients(d, c.shape)
			same(t, c.name+" in "+kv.String(), perKey, share*c.bytes/1e9)
			if fixed != 0 {
				t.Errorf("%s: %v without keys", c.name, fixed)
			}
		}
	}
	if fixed, perKey := a.Coefficients(d, DecodeShape{Heads: 8, KVHeads: 2,
		KeyDim: 128}); fixed != 0 || perKey != 0 {
		t.Errorf("no sequences take %v and %v a key", fixed, perKey)
	}
}

// Four SMs: blocks are sequences times KV heads; below a quarter of a block an SM not all of Cold is paid.
func TestDecodeFixedTimesByHand(t *testing.T) {
	d := idealDevice()
	d.SMs = 16
	shape := func(sequences, kvHeads, dim int) DecodeShape {
		return DecodeShape{Sequences: sequences, Heads: 32, KVHeads: kvHeads, KeyDim: dim, ValueDim: dim,
			KV: units.BF16}
	}
	fixed := func(a *Decode, s DecodeShape) units.Seconds { f, _ := a.Coefficients(d, s); return f }
	a := ideal().Decode
	a.Wide.Fixed = 0.5
	same(t, "fixed", fixed(&a, shape(3, 1, 128)), 0.5)
	a = ideal().Decode
	a.Wide.Cold = 1
	for blocks, want := range map[int]float64{1: 0.25, 3: 0.75, 4: 1, 5: 1, 64: 1} {
		same(t, "cold", fixed(&a, shape(blocks, 1, 128)), want)
	}
	warm := shape(8, 1, 128)
	warm.Cached = true
	if got := fixed(&a, warm); got != 0 {
		t.Errorf("what lies in the L2 cache costs %v more", got)
	}
	a = ideal().Decode
	a.Wide.Block = 1
	for _, c := range []struct {
		sequences, kvHeads, dim int
		want                    float64
	}{{1, 1, 128, 1}, {16, 1, 128, 1}, {17, 1, 128, 17. / 16}, {16, 4, 128, 4}, {1, 1, 64, 0.75},
		{1, 1, 384, 2}} {
		same(t, "blocks", fixed(&a, shape(c.sequences, c.kvHeads, c.dim)), c.want)
	}
	a.Wide.Scale = 3
	same(t, "scale", fixed(&a, shape(16, 4, 128)), 12)
}

// What an SM takes in is slowed by heads of other than 128 values, alone, or more than 8 to a group: one
// factor at a time.
func TestDecodeSlowingsByHand(t *testing.T) {
	d := tireless()
	d.Bandwidth = units.BytesPerSecond(math.Inf(1))
	a := ideal().Decode
	a.Wide.Rate, a.Wide.Small, a.Wide.Large, a.Wide.Single, a.Wide.Groups = 1e6, 2, 3, 5, 7
	for _, c := range []struct {
		heads, kvHeads, dim int
		times               float64
	}{{8, 2, 128, 1}, {8, 2, 127, 2}, {8, 2, 129, 3}, {2, 2, 128, 5}, {16, 2, 128, 1}, {18, 2, 128, 7},
		{2, 2, 64, 10}, {18, 2, 256, 21}} {
		_, perKey := a.Coefficients(d, DecodeShape{Sequences: 1, Heads: c.heads, KVHeads: c.kvHeads,
			KeyDim: c.dim, ValueDim: c.dim, KV: units.BF16})
		same(t, "intake", perKey, c.times*2*float64(c.kvHeads)*2*float64(c.dim)/(4*1e6))
	}
	a = ideal().Decode
	a.Wide.Cached = 1e5
	_, perKey := a.Coefficients(idealDevice(), DecodeShape{Sequences: 1, Heads: 4, KVHeads: 2, KeyDim: 128,
		ValueDim: 128, KV: units.BF16, Cached: true})
	same(t, "from L2", perKey, 2*2*256/(4*1e5))
}

// Sequences that are not split leave SMs idle in the last wave: 3 blocks on 4 SMs use three quarters of them,
// 5 use 5 of 8;
// below half as many blocks as SMs they are split.
func TestWholeSequencesLeaveSMsIdle(t *testing.T) {
	d, a := idealDevice(), ideal().Decode
	if err := a.Wide.SetVariant("whole"); err != nil {
		t.Fatal(err)
	}
	for blocks, share := range map[int]float64{1: 1, 2: 1, 3: 0.75, 4: 1, 5: 0.625, 8: 1, 9: 0.75} {
		_, perKey := a.Coefficients(d, DecodeShape{Sequences: blocks, Heads: 4, KVHeads: 1, KeyDim: 128,
			ValueDim: 128, KV: units.BF16})
		same(t, "blocks", perKey, 512/1e9/share)
	}
}

// prompt is a whole prompt of n tokens: each token and all before it, n(n+1)/2 pairs.
func prompt(n, heads, kvHeads, keyDim, valueDim int, kv units.Format) PrefillShape {
	return PrefillShape{Sequences: 1, Tokens: int64(n), Pairs: int64(n) * int64(n+1) / 2, Keys: int64(n),
		Heads: heads, KVHeads: kvHeads,
		KeyDim: keyDim, ValueDim: valueDim, KV: kv}
}

// The bare roofline: 2 FLOPs for each value of key and value, pair and head; the cache is written and read.
func TestPlainPrefillByHand(t *testing.T) {
	a := Datasheet().Prefill
	same(t, "arithmetic", a.Time(endless(), prompt(1000, 8, 2, 128, 64, units.BF16)),
		2*500500.*8*(128+64)/1e12)
	same(t, "memory", a.Time(tireless(), prompt(1000, 8, 2, 128, 64, units.BF16)),
		(2*1000*8*(128+64)+2*2*1000*2*(128+64))*(1/1e9+1/4e15))
	same(t, "memory with an fp8 cache", a.Time(tireless(), prompt(1000, 8, 2, 128, 64, units.FP8)),
		(2*1000*8*(128+64)+2*1000*2*(128+64))*(1/1e9+1/4e15))
}

// Blocks of 128 queries work through their pairs and half a tile that the diagonal wastes, 64 pairs a query.
func TestPrefillByHand(t *testing.T) {
	a := ideal().Prefill
	pair := 2. * (128 + 64) / (1e12 / 4) // on one SM
	s := prompt(1024, 8, 2, 128, 64, units.BF16)
	work := (float64(s.Pairs) + 64*1024) * 8 * pair / 4
	same(t, "work", a.Time(endless(), s), work)
	half := s
	half.Heads = 4
	same(t, "half the heads", a.Time(endless(), half), work/2)
	same(t, "traffic", a.Time(tireless(), s), (2*1024*8*(128+64)+2*2*1024*2*(128+64))/1e9)
	a.Wide.Softmax = units.Seconds(pair)
	same(t, "with as long an exponential", a.Time(endless(), s), 2*work)
	a = ideal().Prefill
	a.Wide.Efficiency = 0.25
	same(t, "at a quarter of the peak", a.Time(endless(), s), 4*work)
	a = ideal().Prefill
	a.Wide.Fixed = 0.5
	same(t, "fixed", a.Time(endless(), s), 0.5+work)
	a = ideal().Prefill
	a.Wide.Block = 1e-2
	same(t, "8 blocks of 8 heads on 4 SMs", a.Time(endless(), s), work+8*8/4.*1e-2)
	more := s
	more.Tokens = 1025
	moreWork := (float64(s.Pairs) + 64*1025) * 8 * pair / 4
	same(t, "one more token is one more block a head", a.Time(endless(), more), moreWork+9*8/4.*1e-2)
	if got := a.Time(idealDevice(), PrefillShape{Heads: 8, KVHeads: 8}); got != 0 {
		t.Errorf("nothing takes %v s", got)
	}
}

// With one head on many SMs the block that sees most keys sets the time: 128 queries by all the keys. Under a
// window it
// sees twice the mean, and the mask wastes a second half tile.
func TestLongestBlockSetsThePrefill(t *testing.T) {
	d, a := endless(), ideal().Prefill
	d.SMs = 1000
	pair := 2. * 256 / (1e12 / 1000)
	s := prompt(1024, 1, 1, 128, 128, units.BF16)
	same(t, "the last block", a.Time(d, s), 128*1024*pair)
	short := prompt(64, 1, 1, 128, 128, units.BF16)
	same(t, "a short prompt has as many queries", a.Time(d, short), 64*64*pair)
	// A window of 100 in a prompt of 1024: 100·101/2 + 924·100 pairs.
	window := s
	window.Pairs = 5050 + 92400
	same(t, "window, the longest block", a.Time(d, window), 128*2*float64(window.Pairs)/1024*pair)
	d.SMs = 1
	pair = 2. * 256 / 1e12
	same(t, "window, all blocks", a.Time(d, window), (float64(window.Pairs)+2*64*1024)*pair)
	two := prompt(1024, 1, 1, 128, 128, units.BF16)
	two.Sequences, two.Pairs = 2, 2*512*513/2
	d.SMs = 1000
	same(t, "two sequences", a.Time(d, two), 128*512*2.*256/(1e12/1000))
}

// An fp8 cache has a law of its own, which multiplies in fp8 where it says so and the tensor cores can.
func TestPrefillFormats(t *testing.T) {
	a, d := ideal().Prefill, endless()
	s := prompt(1024, 8, 2, 128, 128, units.FP8)
	bf16 := (float64(s.Pairs) + 64*1024) * 8 * 2 * 256 / 1e12
	same(t, "in bf16", a.Time(d, s), bf16)
	if err := a.Narrow.SetVariant("fp8"); err != nil {
		t.Fatal(err)
	}
	same(t, "in fp8", a.Time(d, s), bf16/2)
	same(t, "the wide law", a.Time(d, prompt(1024, 8, 2, 128, 128, units.BF16)), bf16)
	d.Peak[units.FP8] = 0
	same(t, "without fp8 tensor cores", a.Time(d, s), bf16)
}

// Absorbed decode: a key's latent is read once for all heads, which each multiply it with the query (latent
// and rope) and
// with the weight (latent).
func TestLatentDecodeByHand(t *testing.T) {
	l := ideal().LatentDecode
	s := LatentShape{Sequences: 4, Heads: 16, LatentDim: 512, RopeDim: 64, KV: units.BF16}
	perKey := func(l *LatentDecode, s LatentShape, memory bool) units.Seconds {
		d := endless()
		if memory {
			d = tireless()
		}
		_, p := l.Coefficients(d, s)
		return p
	}
	same(t, "bytes", perKey(&l, s, true), 2*576/1e9)
	same(t, "arithmetic", perKey(&l, s, false), 2*16*(576+512)/1e12)
	more := s
	more.Heads = 32
	same(t, "twice the heads, bytes", perKey(&l, more, true), 2*576/1e9)
	same(t, "twice the heads, arithmetic", perKey(&l, more, false), 2*32*(576+512)/1e12)
	narrow := s
	narrow.KV = units.FP8
	same(t, "fp8, a quarter shows", perKey(&l, narrow, true), 0.25*576/1e9)
	l.Wide.Tile = 64
	same(t, "16 heads cost as 64", perKey(&l, s, false), 2*64*(576+512)/1e12)
	l.Wide.Efficiency = 0.5
	same(t, "at half of the peak", perKey(&l, s, false), 2*2*64*(576+512)/1e12)
	l = ideal().LatentDecode
	l.Wide.Single = 1e-3
	same(t, "turns over one sequence, shared by four", perKey(&l, s, true), 1e-3/4)
	l = ideal().LatentDecode
	l.Wide.Fixed, l.Wide.Sequence = 0.5, 2
	fixed, _ := l.Coefficients(idealDevice(), s)
	same(t, "fixed, and a sequence for each SM", fixed, 0.5+2)
	s.Sequences = 6
	fixed, _ = l.Coefficients(idealDevice(), s)
	same(t, "six on four SMs", fixed, 0.5+3)
	l = ideal().LatentDecode
	l.Wide.Query = 1e6
	fixed, _ = l.Coefficients(idealDevice(), s)
	same(t, "queries and outputs", fixed, 2*6*16*(576+512)/4e6)
	if fixed, perKey := l.Coefficients(idealDevice(), LatentShape{}); fixed != 0 || perKey != 0 {
		t.Errorf("no sequences take %v and %v a key", fixed, perKey)
	}
}

// Over chosen latents 16-bit caches cost what was chosen, 8-bit ones always as much as may be chosen.
func TestSparseDecodeByHand(t *testing.T) {
	l := ideal().LatentDecode
	s := LatentShape{Sequences: 3, Heads: 16, LatentDim: 512, RopeDim: 64, Sparse: true, Chosen: 2048,
		KV: units.BF16}
	l.SparseWide.Rate, l.SparseNarrow.Rate = 1e6, 1e6 // tells them from the dense laws
	fixed, perKey := l.Coefficients(tireless(), s)
	same(t, "16 bits, a key", perKey, 2*576*(1/1e9+1/4e6))
	if fixed != 0 {
		t.Errorf("16 bits: %v without keys", fixed)
	}
	s.KV = units.FP8
	fixed, perKey = l.Coefficients(tireless(), s)
	same(t, "8 bits, three times 2048 keys", fixed, 3*2048*576*(0.25/1e9+1/4e6))
	if perKey != 0 {
		t.Errorf("8 bits: %v a key", perKey)
	}
	s.Chosen = 0
	fixed, perKey = l.Coefficients(tireless(), s)
	same(t, "8 bits, the keys told one by one", perKey, 576*(0.25/1e9+1/4e6))
	if fixed != 0 {
		t.Errorf("8 bits: %v without keys", fixed)
	}
}

// Expanded prefill: pairs of every head, 64 more a query at the diagonal; queries and outputs, keys and
// values are moved.
func TestLatentPrefillByHand(t *testing.T) {
	l := ideal().LatentPrefill
	s := prompt(1024, 16, 16, 192, 128, units.BF16)
	work := (float64(s.Pairs) + 64*1024) * 16 * 2 * 320 / 1e12
	same(t, "arithmetic", l.Time(endless(), s), work)
	same(t, "traffic", l.Time(tireless(), s), 2*(1024*16*320+1024*16*320)/1e9)
	after := s
	after.Keys = 3000
	same(t, "traffic after cached tokens", l.Time(tireless(), after), 2*(1024*16*320+3000*16*320)/1e9)
	wide := endless()
	wide.SMs = 1000
	same(t, "few blocks: the longest, of twice the mean",
		l.Time(wide, prompt(1024, 1, 1, 192, 128, units.BF16)),
		2*(float64(s.Pairs)+64*1024)/1024*128*2*320/(1e12/1000))
	l.Wide.Fixed, l.Wide.Block, l.Wide.Token = 0.5, 1e-3, 1e-5
	same(t, "fixed, heads and tokens", l.Time(endless(), s), 0.5+16*1e-3/4+1024*1e-5/4+work)
	s.KV = units.FP8
	same(t, "an fp8 cache has its own law", l.Time(endless(), s), work)
	if got := l.Time(idealDevice(), PrefillShape{}); got != 0 {
		t.Errorf("nothing takes %v s", got)
	}
}

// Each query gathers the latents that it chose, absent ones too, for at least 64 heads.
func TestSparsePrefillByHand(t *testing.T) {
	p := ideal().SparsePrefill
	s := PrefillShape{Sequences: 1, Tokens: 100, Pairs: 100 * 500, Keys: 500, Heads: 128, KVHeads: 1,
		KeyDim: 576, ValueDim: 512,
		Chosen: 300, KV: units.BF16}
	same(t, "500 keys each", p.Time(endless(), s), 2*100*500*128*1088/1e12)
	s.Chosen = 2048
	same(t, "2048 chosen, most of them absent", p.Time(endless(), s), 2*100*2048*128*1088/1e12)
	s.Heads = 16
	same(t, "16 heads as 64", p.Time(endless(), s), 2*100*2048*64*1088/1e12)
	p.Wide.Rate, p.Narrow.Rate = 1e6, 1e6
	same(t, "gathered", p.Time(tireless(), s), 100*2048*576*2/4e6)
	s.KV = units.FP8
	same(t, "gathered in fp8", p.Time(tireless(), s), 100*2048*576/4e6)
	p.Narrow.Fixed = 0.5
	same(t, "fixed", p.Time(tireless(), s), 0.5+100*2048*576/4e6)
}

// The indexer reads 132 bytes of a key of 128 fp8 values with its scale, and scores pairs in 8 bits.
func TestIndexerByHand(t *testing.T) {
	x, d := ideal().Indexer, idealDevice()
	fixed, perKey := x.Coefficients(d, IndexerShape{Sequences: 6, Heads: 64, KeyDim: 128})
	same(t, "a key", perKey, 132/1e9)
	if fixed != 0 {
		t.Errorf("%v without keys", fixed)
	}
	x.Step.Fixed, x.Step.Row = 0.5, 2
	fixed, _ = x.Coefficients(d, IndexerShape{Sequences: 6, Heads: 64, KeyDim: 128})
	same(t, "six choices on four SMs", fixed, 0.5+3)
	s := PrefillShape{Tokens: 100, Pairs: 5050, Heads: 64, KeyDim: 128}
	same(t, "scores in fp8", x.Prefill(d, s), 2*5050*64*128/2e12)
	d.Peak[units.FP8] = 0
	same(t, "scores in bf16", x.Prefill(d, s), 2*5050*64*128/1e12)
	x.Many.Fixed, x.Many.Row = 0.5, 2
	same(t, "a hundred choices on four SMs", x.Prefill(d, s), 0.5+2*5050*64*128/1e12+50)
	if got := x.Prefill(d, PrefillShape{}); got != 0 {
		t.Errorf("nothing takes %v s", got)
	}
}
