package figure

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

func TestRoundStepIsRoundAndNotTooSmall(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rough := math.Exp(rapid.Float64Range(-20, 20).Draw(t, "log rough"))
		step := RoundStep(rough)
		if step < rough*(1-1e-6) || step > rough*2.5*(1+1e-6) {
			t.Fatalf("RoundStep(%v) = %v", rough, step)
		}
		mantissa := step / math.Pow(10, math.Floor(math.Log10(step)+1e-9))
		for _, m := range []float64{1, 2, 5} {
			if math.Abs(mantissa-m) < 1e-6 {
				return
			}
		}
		t.Fatalf("RoundStep(%v) = %v is not round", rough, step)
	})
	for _, bad := range []float64{0, -1, math.NaN(), math.Inf(1)} {
		if got := RoundStep(bad); got != 0 {
			t.Errorf("RoundStep(%v) = %v", bad, got)
		}
	}
}

func TestTicksLieInRange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lo := rapid.Float64Range(-1e6, 1e6).Draw(t, "lo")
		hi := lo + rapid.Float64Range(1e-3, 1e6).Draw(t, "span")
		ticks := Linear{}.Ticks(lo, hi)
		if len(ticks) < 1 || len(ticks) > 12 {
			t.Fatalf("%d ticks in %v…%v", len(ticks), lo, hi)
		}
	})
	for _, c := range []struct {
		lo, hi float64
		want   []string
	}{{1, 10, []string{"1", "2", "5", "10"}}, {10, 1e6, []string{"10", "100", "1,000", "10k", "100k", "1M"}}} {
		var got []string
		for _, tick := range (Log{}).Ticks(c.lo, c.hi) {
			if tick.Label != "" {
				got = append(got, tick.Label)
			}
		}
		if len(got) != len(c.want) {
			t.Errorf("log ticks %v…%v: %v, want %v", c.lo, c.hi, got, c.want)
		}
	}
}

func TestNumber(t *testing.T) {
	for v, want := range map[float64]string{0: "0", 0.05: "0.05", 250: "250", 1500: "1,500", 20000: "20k", 3e6: "3M", 2.5e9: "2.5G", -1500: "-1,500"} {
		if got := Number(v); got != want {
			t.Errorf("Number(%v) = %q, want %q", v, got, want)
		}
	}
}
