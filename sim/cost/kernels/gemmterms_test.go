package kernels

import (
	"testing"

	"github.com/roofserve/roofserve/hw/units"
)

func square(m, n, k int, weights, activations units.Format) GEMMShape {
	return GEMMShape{M: m, N: n, K: k, Weights: weights, Activations: activations}
}

// The bare roofline: 2MNK over the peak, or the operands' and the result's bytes over the bandwidth.
func TestPlainGEMMByHand(t *testing.T) {
	g := Datasheet().GEMM
	for _, law := range g.laws() {
		for _, p := range law.Law.Parameters() {
			*p.Value = p.Ideal
		}
	}
	m, n, k := 300., 200., 500.
	for _, c := range []struct {
		name                 string
		weights, activations units.Format
		peak, bytes          float64
	}{
		{"bf16", units.BF16, units.BF16, 1e12, 2*n*k + 2*m*k + 2*m*n},
		{"fp16", units.FP16, units.BF16, 1e12, 2*n*k + 2*m*k + 2*m*n},
		{"fp8", units.FP8, units.FP8, 2e12, n*k + m*k + 2*m*n},
		{"fp8 in blocks", units.FP8Block, units.FP8, 2e12, n*k + n*k*4/(128*128) + m*k + 2*m*n},
		{"fp8 weights alone", units.FP8, units.BF16, 1e12, n*k + 2*m*k + 2*m*n},
		{"int8", units.INT8, units.INT8, 3e12, n*k + m*k + 2*m*n},
		{"int8 weights alone", units.INT8, units.BF16, 1e12, n*k + 2*m*k + 2*m*n},
		{"int4", units.INT4, units.BF16, 1e12, n*k/2 + n*k/128*2 + 2*m*k + 2*m*n},
		{"int4 in groups of 32", units.INT4G32, units.BF16, 1e12, n*k/2 + n*k/32*2 + 2*m*k + 2*m*n},
		{"mxfp4", units.MXFP4, units.BF16, 1e12, n*k/2 + n*k/32 + 2*m*k + 2*m*n},
		{"nvfp4", units.NVFP4, units.NVFP4, 5e12, n*k/2 + n*k/16 + m*k/2 + m*k/16 + 2*m*n},
	} {
		shape := square(int(m), int(n), int(k), c.weights, c.activations)
		same(t, c.name+", arithmetic", g.Time(endless(), shape), 2*m*n*k/c.peak)
		wide := tireless()
		same(t, c.name+", memory", g.Time(wide, shape), c.bytes/1e9+c.bytes/(4*1e15))
	}
	if got := g.Time(idealDevice(), square(0, 200, 500, units.BF16, units.BF16)); got != 0 {
		t.Errorf("no rows take %v s", got)
	}
}

// A device without a format's tensor cores multiplies in bf16, at bf16's rate, with 16-bit activations.
func TestFormatsThatTheTensorCoresLack(t *testing.T) {
	g := ideal().GEMM
	d := endless()
	d.Peak[units.FP8] = 0
	same(t, "fp8 on bf16's cores", g.Time(d, square(256, 512, 256, units.FP8, units.FP8)),
		2.*256*512*256/1e12)
	d = tireless()
	d.Peak[units.FP8] = 0
	same(t, "bytes of fp8 weights and bf16 activations",
		g.Time(d, square(256, 512, 256, units.FP8Block, units.FP8Block)),
		(512*256*(1+4./16384)+2*256*256+2*256*512)/1e9)
}

// Whole tiles on whole waves take 2MNK over the peak; doubling any dimension doubles it.
func TestTiledGEMMIsItsArithmetic(t *testing.T) {
	g, d := ideal().GEMM, endless()
	for _, dims := range [][3]int{{256, 512, 1024}, {512, 512, 1024}, {256, 1024, 1024}, {256, 512, 2048}} {
		m, n, k := dims[0], dims[1], dims[2]
		for _, tiles := range []string{"heuristic", "dispatched", "narrow"} {
			if err := g.BF16.SetVariant(tiles); err != nil {
				t.Fatal(err)
			}
			same(t, tiles, g.Time(d, square(m, n, k, units.BF16, units.BF16)),
				2*float64(m)*float64(n)*float64(k)/1e12)
		}
	}
	g.BF16.Efficiency = 0.5
	same(t, "at half of the peak", g.Time(d, square(256, 512, 1024, units.BF16, units.BF16)),
		2*2.*256*512*1024/1e12)
	g.BF16.Fixed = 0.25
	same(t, "with a fixed time", g.Time(d, square(256, 512, 1024, units.BF16, units.BF16)),
		0.25+2*2.*256*512*1024/1e12)
}

// Five tiles of 64×64 on four SMs take two waves, as four of 64×128 do one of twice the work: K below 128 is
// not split.
func TestWavesAreWhole(t *testing.T) {
	g, d := ideal().GEMM, endless()
	tile := 2. * 64 * 64 * 64 / (1e12 / 4)
	for n, units64 := range map[int]float64{64: 1, 65: 1, 256: 1, 257: 2, 320: 2, 512: 2, 513: 3, 769: 4} {
		same(t, "waves", g.Time(d, square(64, n, 64, units.BF16, units.BF16)), units64*tile)
	}
	// One more row costs another row of tiles.
	same(t, "65 rows", g.Time(d, square(65, 64, 64, units.BF16, units.BF16)), tile)
	same(t, "65 rows of 4 tiles", g.Time(d, square(65, 256, 64, units.BF16, units.BF16)), 2*tile)
}

// Each wave costs Block: the largest tiles have the fewest.
func TestBlocksCostTheirPrologue(t *testing.T) {
	g, d := ideal().GEMM, endless()
	g.BF16.Block = 1e-3
	same(t, "one wave of 256×256", g.Time(d, square(512, 512, 64, units.BF16, units.BF16)),
		2.*512*512*64/1e12+1e-3)
	if err := g.BF16.SetVariant("dispatched"); err != nil {
		t.Fatal(err)
	}
	same(t, "four waves of 128×128", g.Time(d, square(512, 512, 64, units.BF16, units.BF16)),
		2.*512*512*64/1e12+4e-3)
}

// A grid of one tile is split over K where that is worth the sum afterwards, into 2, 4 … blocks, while a
// share has at least
// 128 of K and the SMs are not all busy.
func TestSplitsOfK(t *testing.T) {
	g, d := ideal().GEMM, endless()
	d.SMs = 64
	work := func(k int) float64 { return 2 * 64 * 64 * float64(k) / (1e12 / 64) }
	for k, shares := range map[int]float64{64: 1, 127: 1, 128: 2, 255: 2, 256: 4, 1 << 14: 16} {
		same(t, "split", g.Time(d, square(64, 64, k, units.BF16, units.BF16)), work(k)/shares)
	}
	d.SMs = 4
	same(t, "no more than the SMs", g.Time(d, square(64, 64, 1<<14, units.BF16, units.BF16)),
		2*64*64*float64(1<<14)/1e12)
	g.BF16.Split = 1
	same(t, "not worth a second", g.Time(d, square(64, 64, 1<<14, units.BF16, units.BF16)),
		4*2*64*64*float64(1<<14)/1e12)
	g.BF16.Split = 1e-5
	same(t, "worth 10 µs", g.Time(d, square(64, 64, 1<<14, units.BF16, units.BF16)),
		2*64*64*float64(1<<14)/1e12+1e-5)
	if err := g.BF16.SetVariant("dispatched"); err != nil {
		t.Fatal(err)
	}
	same(t, "dispatched tiles never split", g.Time(d, square(64, 64, 1<<14, units.BF16, units.BF16)),
		4*2*64*64*float64(1<<14)/1e12)
}

// vLLM's fp8 kernels go by the rows alone: 64×64 up to 64, 64×128 up to 128, then pairs of 128×128 tiles.
func TestDispatchedTilesGoByRows(t *testing.T) {
	g, d := ideal().GEMM, endless()
	d.SMs = 1
	if err := g.FP8.SetVariant("dispatched"); err != nil {
		t.Fatal(err)
	}
	for rows, computed := range map[int]float64{1: 64 * 64, 64: 64 * 64, 65: 2 * 64 * 128, 128: 2 * 64 * 128,
		129: 256 * 128, 256: 256 * 128, 257: 512 * 128} {
		same(t, "rows", g.Time(d, square(rows, 1, 100, units.FP8, units.FP8)), 2*computed*100/2e12)
	}
}

// SMs without a tile take in nothing: with one tile of four SMs the intake is a quarter as fast.
func TestIntakeNeedsTiles(t *testing.T) {
	g, d := ideal().GEMM, tireless()
	g.BF16.Rate = 1e8
	if err := g.BF16.SetVariant("dispatched"); err != nil {
		t.Fatal(err)
	}
	bytes := func(m, n, k float64) float64 { return 2 * (n*k + m*k + m*n) }
	same(t, "one tile", g.Time(d, square(64, 64, 1000, units.BF16, units.BF16)),
		bytes(64, 64, 1000)*(1/1e9+1/1e8))
	same(t, "three tiles", g.Time(d, square(64, 192, 1000, units.BF16, units.BF16)),
		bytes(64, 192, 1000)*(1/1e9+1/3e8))
	same(t, "forty tiles", g.Time(d, square(64, 2560, 1000, units.BF16, units.BF16)),
		bytes(64, 2560, 1000)*(1/1e9+1/4e8))
}

// Arithmetic and traffic as long as each other take 1 + serial.
func TestSerialShareOfAGEMM(t *testing.T) {
	g, d := ideal().GEMM, idealDevice()
	g.BF16.Serial = 0.5
	m, n, k := 256., 512., 256.
	bytes := 2 * (n*k + m*k + m*n)
	d.Bandwidth = units.BytesPerSecond(bytes / (2 * m * n * k / 1e12))
	same(t, "at the ridge", g.Time(d, square(256, 512, 256, units.BF16, units.BF16)), 1.5*2*m*n*k/1e12)
}

// Activations are read in 16 bits and written in 8, each row costs its own time on an SM; 16-bit products pay
// nothing.
func TestQuantisingActivations(t *testing.T) {
	for name, format := range map[string][2]units.Format{"fp8": {units.FP8, units.FP8},
		"fp8 in blocks": {units.FP8Block, units.FP8}} {
		g := ideal().GEMM
		g.FP8.Quantise, g.FP8Block.Quantise = 2, 2
		bare := ideal().GEMM.Time(tireless(), square(128, 256, 512, format[0], format[1]))
		same(t, name+", traffic", g.Time(tireless(), square(128, 256, 512, format[0], format[1]))-bare,
			2*3*128*512/1e9)
		g = ideal().GEMM
		g.FP8.Row, g.FP8Block.Row = 1e-3, 1e-3
		bare = ideal().GEMM.Time(endless(), square(128, 256, 512, format[0], format[1]))
		same(t, name+", rows", g.Time(endless(), square(128, 256, 512, format[0], format[1]))-bare,
			128./4*1e-3)
	}
	g := ideal().GEMM
	g.FP8.Quantise, g.FP8Block.Quantise, g.FP8.Row, g.FP8Block.Row = 9, 9, 9, 9
	same(t, "bf16", g.Time(endless(), square(256, 512, 256, units.BF16, units.BF16)), 2.*256*512*256/1e12)
	same(t, "int8 is quantised before", g.Time(endless(), square(256, 512, 256, units.INT8, units.INT8)),
		2.*256*512*256/3e12)
}

// A tile unpacks its columns' weights: with 16 rows nothing else takes long.
func TestUnpackingWeights(t *testing.T) {
	for name, c := range map[string]struct {
		format units.Format
		bytes  float64 // of a weight
	}{"int4": {units.INT4, 0.5 + 2./128}, "int8": {units.INT8, 1}, "mxfp4": {units.MXFP4, 0.5 + 1./32}} {
		g := ideal().GEMM
		g.Weight4.Unpack, g.Weight8.Unpack = 1e6, 1e6
		d := endless()
		arithmetic := 2. * 16 * 128 * 100 / (1e12 / 4)
		same(t, name, g.Time(d, square(16, 512, 100, c.format, units.BF16)), arithmetic+128*100*c.bytes/1e6)
	}
}

// One matrix for each head: tiles of 64×128, in whole waves; K is never split.
func TestBatchedGEMMByHand(t *testing.T) {
	shape := func(batch, m, n, k int, f units.Format) BatchedShape {
		return BatchedShape{Batch: batch, M: m, N: n, K: k, Format: f}
	}
	b := ideal().Batched
	tile := 2. * 64 * 128 * 1000 / (1e12 / 4)
	for _, c := range []struct {
		batch, m, n int
		waves       float64
	}{{1, 1, 1, 1}, {4, 64, 128, 1}, {5, 64, 128, 2}, {4, 65, 128, 2}, {4, 64, 129, 2}, {8, 128, 256, 8}} {
		same(t, "waves", b.Time(endless(), shape(c.batch, c.m, c.n, 1000, units.BF16)), c.waves*tile)
	}
	same(t, "fp8", b.Time(endless(), shape(4, 64, 128, 1000, units.FP8)), tile/2)
	same(t, "bytes", b.Time(tireless(), shape(3, 20, 70, 500, units.BF16)), 2*3*(500.*(20+70)+20*70)/1e9)
	// In fp8 operands are half as wide; activations are quantised first, 2 bytes read and 1 written, once
	// where Quantise is 1.
	same(t, "bytes in fp8", b.Time(tireless(), shape(3, 20, 70, 500, units.FP8)),
		3*(500.*(20+70)+2*20*70)/1e9+3*3*20*500/1e9)
	lacking := tireless()
	lacking.Peak[units.FP8] = 0
	same(t, "fp8 where there is none", b.Time(lacking, shape(3, 20, 70, 500, units.FP8)),
		2*3*(500.*(20+70)+20*70)/1e9)
	b.BF16.Fixed, b.BF16.Block, b.BF16.Efficiency = 0.5, 0.25, 0.5
	same(t, "fixed, blocks and efficiency", b.Time(endless(), shape(5, 64, 128, 1000, units.BF16)),
		0.5+2*(2*tile+0.25))
	b = ideal().Batched
	b.BF16.Rate, b.BF16.Serial = 1e8, 1
	same(t, "nothing overlaps", b.Time(idealDevice(), shape(4, 64, 128, 1000, units.BF16)),
		tile+2*4*(1000.*(64+128)+64*128)*(1/1e9+1/4e8))
	if got := b.Time(idealDevice(), shape(4, 0, 128, 1000, units.BF16)); got != 0 {
		t.Errorf("no rows take %v s", got)
	}
}
