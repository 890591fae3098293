package portable_test

import (
	"math"
	"testing"

	"github.com/roofserve/roofserve/internal/portable"
	"pgregory.net/rapid"
)

// The standard library is right to one unit in the last place on the machines it has assembly for; so must
// this be.
func TestAgreesWithTheStandardLibrary(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.Float64Range(-700, 700).Draw(t, "x")
		near(t, "Exp", portable.Exp(x), math.Exp(x), 3e-16)
		y := rapid.Float64Range(1e-300, 1e300).Draw(t, "y")
		near(t, "Log", portable.Log(y), math.Log(y), 3e-16)
		base, power := rapid.Float64Range(1e-9, 100).Draw(t, "base"), rapid.Float64Range(-8, 8).Draw(t, "power")
		near(t, "Pow", portable.Pow(base, power), math.Pow(base, power), 6e-16*(1+math.Abs(power*math.Log(base))))
	})
}

func near(t *rapid.T, what string, got, want, tolerance float64) {
	t.Helper()
	if got != want && !(math.Abs(got-want) <= tolerance*math.Abs(want)) {
		t.Fatalf("%s gives %v, the standard library %v", what, got, want)
	}
}

func TestEdges(t *testing.T) {
	inf := math.Inf(1)
	for _, c := range []struct{ got, want float64 }{
		{portable.Exp(0), 1}, {portable.Exp(inf), inf}, {portable.Exp(710), inf}, {portable.Exp(-inf), 0},
		{portable.Exp(-746), 0},
		{portable.Exp(1e-20), 1}, {portable.Log(1), 0}, {portable.Log(0), -inf}, {portable.Log(inf), inf},
		{portable.Exp(-740), math.Exp(-740)}, {portable.Exp(709.5), 1.3549863193146328e308},
		{portable.Log(5e-324), -744.4400719213812},
		{portable.Pow(0, 2), 0}, {portable.Pow(0, -1), inf}, {portable.Pow(0, 0), 1}, {portable.Pow(1, 1e9), 1},
	} {
		if c.got != c.want {
			t.Errorf("got %v, want %v", c.got, c.want)
		}
	}
	if !math.IsNaN(portable.Exp(math.NaN())) || !math.IsNaN(portable.Log(-1)) ||
		!math.IsNaN(portable.Log(math.NaN())) {
		t.Error("NaN is lost")
	}
}

// The very bits, so that a port to another machine shows at once.
func TestBits(t *testing.T) {
	for _, c := range []struct {
		got  float64
		want uint64
	}{
		{portable.Exp(1), 0x4005bf0a8b145769}, {portable.Exp(-0.3), 0x3fe7b4c869c37c05},
		{portable.Log(10), 0x40026bb1bbb55516},
		{portable.Log(0.7), 0xbfd6d3c324e13f50}, {portable.Pow(2.5, 1.0/3), 0x3ff5b7209557b0ee},
	} {
		if got := math.Float64bits(c.got); got != c.want {
			t.Errorf("%v has bits %#x, want %#x", c.got, got, c.want)
		}
	}
}

func BenchmarkPow(b *testing.B) {
	x := 1.5
	for b.Loop() {
		x = 1 + portable.Pow(x, 1.0/3)/4
	}
}
