package workloads

import (
	"testing"

	"pgregory.net/rapid"
)

// What is looked up is what the quantile gives, at the borders of the ranges and anywhere within.
func TestLengthsLookedUpAreThoseComputed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		mean, share := rapid.Float64Range(1, 5000).Draw(t, "mean"), rapid.Float64Range(0, 3).Draw(t, "std/mean")
		low := rapid.IntRange(1, 100).Draw(t, "low")
		high := low + rapid.IntRange(0, 10_000).Draw(t, "high−low")
		shape := continuous{false, mean, share * mean, low, high}
		v := newNormal(shape, newStream(7, "input"))
		if rapid.Bool().Draw(t, "logarithmic") { // then after a normal one of the same numbers
			shape.logarithmic = true
			v = newLognormal(shape, newStream(7, "input"))
		}
		plain := newStream(7, "input")
		counts := make([]int32, 2000)
		v.fill(counts)
		for _, got := range counts {
			if want := v.length(plain.draw()); int(got) != want {
				t.Fatalf("length %d is drawn, %d computed", got, want)
			}
		}
		i := rapid.IntRange(0, len(v.ranges)-1).Draw(t, "range")
		const width = 1 << (drawBits - rangeBits)
		for range 100 {
			if got := v.length(uint64(i)*width + rapid.Uint64Range(0, width-1).Draw(t, "draw")); v.ranges[i] > 0 &&
				got != int(v.ranges[i]) {
				t.Fatalf("a length of %d in a range of %d", got, v.ranges[i])
			}
		}
	})
}
