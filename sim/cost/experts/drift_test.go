package experts

import (
	"math"
	"testing"
)

// Of 256 experts of which 8 are taken, 1/32 of a normal distribution lies above 1.8627, where its density is
// 0.07037: an expert whose logits are 0.1 higher is taken by 0.1·0.07037·32 = 22.5% more tokens.
func TestDriftByHand(t *testing.T) {
	d := newDrift(&Settings{Experts: 256, TopK: 8, Drift: 0.1})
	if math.Abs(d.growth-0.2252) > 1e-4 {
		t.Errorf("loads grow by %g for each standard deviation", d.growth)
	}
	for _, s := range []Settings{{Experts: 256, TopK: 8}, {Experts: 8, TopK: 8, Drift: 1}} {
		d, scale := newDrift(&s), []float64{0, 0}
		if d.scale(d.stream(), scale); scale[0] != 1 || scale[1] != 1 || d.each(3) != 1 {
			t.Errorf("%+v: %v", s, scale)
		}
	}
}

// Two ranks of two experts, whose choices are 4, 4, 4, 4: where the first expert has three times as many, the
// first rank has 16 of 24 of them, and of all 16 two thirds.
func TestDriftedRankByHand(t *testing.T) {
	p := contiguous(4, 2)
	got := p.fullestRank([]int{4, 4, 4, 4}, []float64{3, 1, 1, 1})
	if math.Abs(got.Copies-16*2.0/3) > 1e-12 || got.Experts != 2 {
		t.Errorf("%+v", got)
	}
}

// Replicas that were placed by the load of all batches do not even out what each has of its own, the less the
// fewer experts a rank has; half of the drift is felt about half as much.
func TestReplicasDoNotKnowTheDrift(t *testing.T) {
	fullest := func(drift float64, ranks int) float64 {
		settings := deepSeek(Unbalanced)
		settings.Drift = drift
		r, err := newRouter(t, settings).Sample(SampleTokens).Routing(ranks, 32)
		if err != nil {
			t.Fatal(err)
		}
		return r.Spread(SampleTokens, 8, 256, ranks).Copies/(SampleTokens*8/float64(ranks)) - 1
	}
	few, many, half := fullest(0.25, 72), fullest(0.25, 32), fullest(0.125, 32)
	if fullest(0, 32) > 0.05 || many < 0.3 || few < 1.5*many || math.Abs(half/many-0.5) > 0.1 {
		t.Errorf("the fullest of 72 ranks has %.2f more than the mean, of 32 %.2f, with half the drift %.2f", few, many, half)
	}
}
