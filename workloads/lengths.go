package workloads

import (
	"fmt"
	"math"
	"slices"
	"sync"

	"github.com/roofserve/roofserve/internal/fault"
	"github.com/roofserve/roofserve/internal/names"
	"github.com/roofserve/roofserve/internal/portable"
)

// Lengths is a distribution of token counts.
type Lengths struct {
	Distribution string  // one of Distributions
	Value        int     // fixed
	Mean, Std    float64 // normal, lognormal: of the length itself, before it is rounded and clipped
	// uniform: both included; normal, lognormal: clipped to them; 0: from 1, up to MaxTokens
	Min, Max int
	Trace    string // empirical: whose rows are drawn
}

// Distributions are the names of all length distributions.
func Distributions() []string {
	return []string{"fixed", "uniform", "normal", "lognormal", "empirical"}
}

// lengths draws token counts, as many as there is room for.
type lengths interface{ fill(counts []int32) }

// drawn is lengths that are drawn ahead and taken one by one.
type drawn struct {
	lengths
	ahead [drawAhead]int32
	left  int
}

func (d *drawn) next() int {
	if d.left == 0 {
		d.fill(d.ahead[:])
		d.left = drawAhead
	}
	d.left--
	return int(d.ahead[drawAhead-1-d.left])
}

// maxVariation is the most that a lognormal's standard deviation may be in means. Far beyond, no number holds
// its square.
const maxVariation = 1e6

// newLengths builds the distribution that spec names; side is "input" or "output".
func newLengths(side string, spec Lengths, random stream, open Opener) (lengths, error) {
	bad := func(key, right, format string, args ...any) (lengths, error) {
		return nil, &fault.Error{Key: side + "." + key, Wrong: fmt.Sprintf(format, args...), Right: right}
	}
	if spec.Distribution == "fixed" {
		if spec.Value < 1 || spec.Value > MaxTokens {
			return bad("value", "use at least 1", "%d is no number of tokens", spec.Value)
		}
		return fixed(spec.Value), nil
	}
	low, high := max(spec.Min, 1), spec.Max
	if high == 0 && spec.Distribution != "uniform" {
		high = MaxTokens
	}
	if spec.Min < 0 || high < low || high > MaxTokens {
		return bad("max", "let 1 ≤ min ≤ max", "min %d and max %d leave nothing between them", spec.Min, spec.Max)
	}
	switch spec.Distribution {
	case "uniform":
		return &uniform{random, low, high - low + 1}, nil
	case "normal", "lognormal":
		if !(spec.Mean > 0) || spec.Mean > MaxTokens {
			return bad("mean", "use a positive number of tokens", "%v is no mean length", spec.Mean)
		}
		if !(spec.Std >= 0) || spec.Std > MaxTokens {
			return bad("std", "use a number of tokens from 0", "%v is no standard deviation", spec.Std)
		}
		if spec.Std > maxVariation*spec.Mean && spec.Distribution == "lognormal" {
			return bad("std", "use a smaller one, or another distribution", "%v is more than %g times the mean", spec.Std, maxVariation)
		}
		shape := continuous{spec.Distribution == "lognormal", spec.Mean, spec.Std, low, high}
		if shape.logarithmic {
			return newLognormal(shape, random), nil
		}
		return newNormal(shape, random), nil
	case "empirical":
		return newEmpirical(side, spec.Trace, random, open)
	}
	return bad("distribution", names.Suggest(spec.Distribution, Distributions()), "unknown distribution %q", spec.Distribution)
}

// fixed is always the same length.
type fixed int

func (f fixed) fill(counts []int32) {
	for i := range counts {
		counts[i] = int32(f)
	}
}

// uniform draws all whole numbers of a range with the same probability.
type uniform struct {
	random stream
	low, n int
}

func (u *uniform) fill(counts []int32) {
	for i := range counts {
		counts[i] = int32(u.low + u.random.below(u.n))
	}
}

// inverted draws a continuous length by inverting its distribution, rounded to the nearest whole number and
// clipped.
//
// The quantile never falls, so that a range of probabilities at both ends of which the length is the same has
// no other. Most draws are looked up among such ranges.
type inverted struct {
	random    stream
	quantile  func(p float64) float64
	low, high int
	ranges    []uint16 // as rangesOf gives them
}

const rangeBits = 12

func newInverted(spec continuous, random stream, quantile func(p float64) float64) *inverted {
	v := &inverted{random: random, quantile: quantile, low: spec.low, high: spec.high}
	v.ranges = inverses.of(spec, v.rangesOf)
	return v
}

// rangesOf are the lengths of 2^rangeBits equal ranges of probability; 0 where there are several in one, or
// it is too long.
func (v *inverted) rangesOf() []uint16 {
	ranges := make([]uint16, 1<<rangeBits)
	const width = 1 << (drawBits - rangeBits)
	for i := range ranges {
		first := uint64(i) * width
		if length := v.length(first); length == v.length(first+width-1) && length <= math.MaxUint16 {
			ranges[i] = uint16(length)
		}
	}
	return ranges
}

// continuous is all that the lengths of an inverted distribution depend on.
type continuous struct {
	logarithmic bool
	mean, std   float64
	low, high   int
}

// inverses holds the ranges of distributions that were drawn from last: the cases of a sweep draw from few,
// and a short one would take longer to compute them than to run.
var inverses = inverseTables{known: map[continuous][]uint16{}}

type inverseTables struct {
	sync.Mutex
	known map[continuous][]uint16
}

// maxInverses bounds the tables that are held, 8 KiB each.
const maxInverses = 64

func (t *inverseTables) of(spec continuous, compute func() []uint16) []uint16 {
	t.Lock()
	ranges := t.known[spec]
	t.Unlock()
	if ranges != nil {
		return ranges
	}
	ranges = compute()
	t.Lock()
	defer t.Unlock()
	if len(t.known) == maxInverses {
		clear(t.known)
	}
	t.known[spec] = ranges
	return ranges
}

func (v *inverted) fill(counts []int32) {
	for i := range counts {
		draw := v.random.draw()
		counts[i] = int32(v.ranges[draw>>(drawBits-rangeBits)])
		if counts[i] == 0 {
			counts[i] = int32(v.length(draw))
		}
	}
}

// length is the one that a draw gives.
func (v *inverted) length(draw uint64) int {
	switch n := math.RoundToEven(v.quantile(probability(draw))); {
	case n < float64(v.low):
		return v.low
	case n > float64(v.high):
		return v.high
	default:
		return int(n)
	}
}

// newNormal draws from a normal distribution.
func newNormal(spec continuous, random stream) *inverted {
	return newInverted(spec, random,
		func(p float64) float64 { return spec.mean + float64(spec.std*portable.NormalQuantile(p)) })
}

// newLognormal draws e to the power of a normal variable, whose parameters follow from the moments of the
// length itself: σ² = ln(1 + std²/mean²), μ = ln mean − σ²/2 (Johnson, Kotz, Balakrishnan: Continuous
// Univariate Distributions 1, 1994, chapter 14).
func newLognormal(spec continuous, random stream) *inverted {
	variation := spec.std / spec.mean
	variance := portable.Log(1 + float64(variation*variation))
	mu, sigma := portable.Log(spec.mean)-float64(variance/2), math.Sqrt(variance)
	return newInverted(spec, random,
		func(p float64) float64 { return portable.Exp(mu + float64(sigma*portable.NormalQuantile(p))) })
}

// empirical draws the lengths of the rows of a trace, all with the same probability.
type empirical struct {
	random stream
	rows   [][2]int32 // input, output
	side   int        // which of them
	drawn  []int      // rows drawn last
}

func newEmpirical(side, trace string, random stream, open Opener) (lengths, error) {
	from, err := open(side+".trace", trace)
	if err != nil {
		return nil, err
	}
	e := &empirical{random: random, side: max(0, slices.Index([]string{"input", "output"}, side))}
	var r Request
	for from.Next(&r) {
		e.rows = append(e.rows, [2]int32{int32(r.Input), int32(r.Output)})
	}
	if err := from.Err(); err != nil {
		return nil, err
	}
	if len(e.rows) == 0 {
		return nil, &fault.Error{Key: side + ".trace", Wrong: fmt.Sprintf("%s has no rows", trace), Right: "name a trace with at least one request"}
	}
	return e, nil
}

func (e *empirical) fill(counts []int32) {
	e.drawn = e.drawn[:0]
	for i := range counts {
		row := e.random.below(len(e.rows))
		e.drawn = append(e.drawn, row)
		counts[i] = e.rows[row][e.side]
	}
}

// outputs are the output lengths of the rows whose input lengths e drew last.
func (e *empirical) outputs() lengths { return sameRow{e} }

type sameRow struct{ inputs *empirical }

func (s sameRow) fill(counts []int32) {
	for i, row := range s.inputs.drawn {
		counts[i] = s.inputs.rows[row][1]
	}
}
