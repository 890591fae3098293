package portable

import (
	"math"
	"math/rand/v2"
	"testing"
)

// A million draws are those of the standard library to the last bit or two, and leave as much of the source
// unread: some ten thousand of them need an exponential, and some six hundred lie in the tail.
func TestDeviatesAreTheStandardLibrarys(t *testing.T) {
	mine, theirs := rand.New(rand.NewPCG(7, 11)), rand.New(rand.NewPCG(7, 11))
	beyond := 0
	for i := range 1_000_000 {
		got, want := Deviate(mine), theirs.NormFloat64()
		if math.Abs(got-want) > 1e-15*math.Abs(want) {
			t.Fatalf("draw %d: got %v, want %v", i, got, want)
		}
		if math.Abs(got) > zigguratEdge {
			beyond++
		}
	}
	if beyond < 400 || beyond > 800 { // 2·Φ(−3.4426) of a million are 576
		t.Errorf("%d draws beyond the ziggurat", beyond)
	}
	if mine.Uint64() != theirs.Uint64() {
		t.Error("one source is further than the other")
	}
}
