package metrics

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/roofserve/roofserve/hw/units"
)

// At every instant the levels are the sums of what replicas said, in whatever order and parts they said it.
func TestLevelsOfASystemAreSumsAtInstants(t *testing.T) {
	const seed = 5
	rng := rand.New(rand.NewPCG(seed, seed))
	for _, end := range []Nanoseconds{900, 50_000, 20_000_000, 70_000_000_000} {
		type span struct {
			level    int
			from, to Nanoseconds
		}
		var spans []span
		for range 5 {
			for at := Nanoseconds(0); at < end; {
				to := min(end, at+1+Nanoseconds(rng.Uint64N(uint64(end/40))))
				spans = append(spans, span{rng.IntN(9), at, to})
				at = to
			}
		}
		rng.Shuffle(len(spans), func(i, j int) { spans[i], spans[j] = spans[j], spans[i] })
		one, other := NewInstants(), NewInstants()
		for i, s := range spans {
			one.Hold(Held, s.level, s.from, s.to)
			if i%3 == 0 {
				other.Hold(Running, s.level, s.from, s.to)
			}
		}
		other.Hold(Held, 7, end-1, end)
		one.Merge(other)
		for kind, counts := range map[Level]func(int) bool{
			Held: func(int) bool { return true }, Running: func(i int) bool { return i%3 == 0 },
		} {
			var levels []float64
			for at := Nanoseconds(0); at < end; at += 1 << one.shift {
				sum := 0
				if kind == Held && at == end-1 {
					sum = 7
				}
				for i, s := range spans {
					if counts(i) && s.from <= at && at < s.to {
						sum += s.level
					}
				}
				levels = append(levels, float64(sum))
			}
			slices.Sort(levels)
			got, highest := one.Quantiles(kind, units.Picoseconds(end)*1000, 0.5, 0.99, 1)
			for i, q := range []float64{0.5, 0.99, 1} {
				want := levels[max(0, int(math.Ceil(q*float64(len(levels))))-1)]
				if got[i] != want || highest != levels[len(levels)-1] {
					t.Errorf("seed %d, end %d, level %d: the %v-quantile of %d instants is %v, want %v; the highest %v, want %v",
						seed, end, kind, q, len(levels), got[i], want, highest, levels[len(levels)-1])
				}
			}
			if least := 1 << 14; end > 1<<firstApart*mostInstants && len(levels) < least {
				t.Errorf("only %d instants before %d", len(levels), end)
			}
		}
	}
}
