package hash

import (
	"hash/fnv"
	"math/bits"
	"testing"

	"pgregory.net/rapid"
)

func TestNameIsFNV(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SliceOf(rapid.Byte()).Draw(t, "text")
		want := fnv.New64a()
		want.Write(text)
		if got := Name(text); got != want.Sum64() || Name(string(text)) != got {
			t.Errorf("%q has the number %x, want %x", text, got, want.Sum64())
		}
	})
}

// TestScrambleSpreads any bit that differs over about half of all bits.
func TestScrambleSpreads(t *testing.T) {
	const numbers = 1000
	for bit := range 64 {
		changed := 0
		for x := range uint64(numbers) {
			changed += bits.OnesCount64(Scramble(x) ^ Scramble(x^1<<bit))
		}
		if mean := float64(changed) / numbers; mean < 31 || mean > 33 {
			t.Errorf("bit %d changes %.1f of 64", bit, mean)
		}
	}
}
