package leftout

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/roofserve/roofserve/internal/fidelity"
	"github.com/roofserve/roofserve/sim/engines"
)

// world makes rows whose measurements lie off their predictions by one effect a cell and a residual a row.
func world(rng *rand.Rand, cells int, effect, residual float64) (list []fidelity.Prediction) {
	for c := range cells {
		off := effect * rng.NormFloat64()
		row := fidelity.Row{Engine: "vllm", Model: fmt.Sprint(c), OutputTokens: 100, LengthMinFraction: 0.8}
		for range 2 + rng.IntN(60) {
			r := row
			r.MeasuredTPOTMS = 10 * math.Exp(off+residual*rng.NormFloat64())
			r.MeasuredTTFTMS = 100 * math.Exp(off+residual*rng.NormFloat64())
			list = append(list, fidelity.Prediction{Row: &r, TPOTMS: 10, TTFTMS: 100,
				Grounds: &engines.Grounds{VersionMeasured: true}})
		}
	}
	return list
}

// TestMomentsFindTheEffects: over many sets of cells, variances come out as they were put in.
func TestMomentsFindTheEffects(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, want := range []struct{ effect, residual float64 }{{0.07, 0.06}, {0.15, 0.02}, {0.03, 0.1}} {
		var cell, residual mean
		for range 300 {
			e := latencyKinds[0].effectOf(world(rng, 12, want.effect, want.residual))
			cell.note(e.Cell * e.Cell)
			residual.note(e.Residual * e.Residual)
		}
		if c, r := math.Sqrt(cell.value()), math.Sqrt(residual.value()); math.Abs(c/want.effect-1) > 0.06 ||
			math.Abs(r/want.residual-1) > 0.06 {
			t.Errorf("effect %.4f, residual %.4f; made with %+v", c, r, want)
		}
	}
}

// TestIntervalsHoldNineInTen: a row of a cell that the effects were not found on lies within its interval as
// often as is said, where cells are as they are taken to be.
func TestIntervalsHoldNineInTen(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, made := range []struct {
		cells            int
		effect, residual float64
	}{{12, 0.085, 0.06}, {6, 0.1, 0.03}, {20, 0.2, 0.01}} {
		var held mean
		for range 2000 {
			d := doubtOf(world(rng, made.cells, made.effect, made.residual))
			d.Unseen = 0
			p := world(rng, 1, made.effect, made.residual)[0]
			d.See("vllm", p.Grounds)
			bound(d, &p)
			share := 0.0
			if p.TPOT.Holds(p.Row.MeasuredTPOTMS) {
				share = 1
			}
			held.note(share)
		}
		if h := held.value(); math.Abs(h-0.9) > 0.025 {
			t.Errorf("%+v: %.3f within", made, h)
		}
	}
}

// A row's doubt grows with what nobody measured, and never shrinks with it.
func TestDoubtGrowsWithWhatIsNew(t *testing.T) {
	d := *engines.InDoubt()
	d.Wider = engines.Wider{Engine: 1.3, Format: 1.1, Mixer: 1.2}
	known := &engines.Grounds{VersionMeasured: true, Formats: []string{"bf16"}, Mixers: []string{"attention"}}
	d.Lacks(known, "vllm")
	if known.NewEngine || known.NewFormat || known.NewMixer {
		t.Fatalf("%+v", known)
	}
	half := func(change func(*engines.Grounds), laws float64, engine string) float64 {
		g := *known
		change(&g)
		d.Lacks(&g, engine)
		return d.HalfWidth(&d.TPOT, laws, &g)
	}
	none := func(*engines.Grounds) {}
	base := half(none, 0, "vllm")
	for name, wider := range map[string]float64{
		"version": half(func(g *engines.Grounds) { g.VersionMeasured = false }, 0, "vllm"),
		"format":  half(func(g *engines.Grounds) { g.Formats = []string{"nvfp4"} }, 0, "vllm"),
		"mixer":   half(func(g *engines.Grounds) { g.Mixers = []string{"mamba2"} }, 0, "vllm"),
		"laws":    half(none, 2*d.TPOT.Laws, "vllm"),
		"engine":  half(none, 0, "vllm-2023"),
	} {
		if wider <= 1.02*base {
			t.Errorf("%s: half-width %.3f, and %.3f where all was seen", name, wider, base)
		}
	}
	if same := half(none, d.TPOT.Laws, "vllm"); same != base {
		t.Errorf("laws as good as in the cells make %.4f of %.4f", same, base)
	}
}
