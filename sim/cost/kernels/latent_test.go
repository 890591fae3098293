package kernels

import (
	"math"
	"testing"

	"github.com/roofserve/roofserve/hw/units"
)

func deepseekLatents(sequences, heads int, kv units.Format) LatentShape {
	return LatentShape{Sequences: sequences, Heads: heads, LatentDim: 512, RopeDim: 64, KV: kv}
}

func TestLatentDecodeOnTheDataSheetIsTheRoofline(t *testing.T) {
	d, set := expertsDevice(), Datasheet()
	for _, heads := range []int{1, 16, 128} {
		_, perKey := set.LatentDecode.Coefficients(d, deepseekLatents(64, heads, units.BF16))
		want := math.Max(576*2/3.35e12, float64(2*heads*(576+512))/989.4e12)
		if got := float64(perKey); math.Abs(got/want-1) > 1e-3 {
			t.Errorf("%d heads: a key takes %g s, the roofline gives %g", heads, got, want)
		}
	}
}

func TestLatentDecodeKeepsItsLaws(t *testing.T) {
	d, set := expertsDevice(), Default()
	fast := *d
	fast.Bandwidth *= 2
	for _, kv := range []units.Format{units.BF16, units.FP8} {
		for _, heads := range []int{1, 8, 64, 128} {
			var before units.Seconds
			for _, sequences := range []int{1, 4, 16, 64, 256} {
				s := deepseekLatents(sequences, heads, kv)
				fixed, perKey := set.LatentDecode.Coefficients(d, s)
				if total := fixed + 2048*perKey*units.Seconds(sequences); total <= before {
					t.Errorf("%v, %d heads: %d sequences of 2048 keys take %g s, fewer took %g", kv, heads, sequences, total, before)
				} else {
					before = total
				}
				if _, faster := set.LatentDecode.Coefficients(&fast, s); faster > perKey {
					t.Errorf("%v, %d heads, %d sequences: more bandwidth makes a key slower", kv, heads, sequences)
				}
			}
		}
	}
	if fixed, perKey := set.LatentDecode.Coefficients(d, deepseekLatents(0, 16, units.BF16)); fixed != 0 ||
		perKey != 0 {
		t.Errorf("no sequences take %g + %g·keys", fixed, perKey)
	}
}

func TestLatentPrefillApproachesTheTensorCores(t *testing.T) {
	d, set := expertsDevice(), Datasheet()
	const tokens = 1 << 15
	s := PrefillShape{Sequences: 1, Tokens: tokens, Keys: tokens, Pairs: tokens * (tokens + 1) / 2,
		Heads: 128, KVHeads: 128, KeyDim: 192, ValueDim: 128, KV: units.BF16}
	want := 2 * float64(s.Pairs) * 128 * 320 / 989.4e12
	if got := float64(set.LatentPrefill.Time(d, s)); got < want || got > 1.02*want {
		t.Errorf("%d tokens take %g s, their arithmetic %g", tokens, got, want)
	}
	half := s
	half.Pairs /= 2
	if set.LatentPrefill.Time(d, half) >= set.LatentPrefill.Time(d, s) {
		t.Error("half the pairs take as long")
	}
}
