package workloads

import (
	"fmt"
	"math"
	"slices"

	"github.com/roofserve/roofserve/hw/fault"
	"github.com/roofserve/roofserve/hw/names"
	"github.com/roofserve/roofserve/hw/portable"
)

// Lengths is a distribution of token counts.
type Lengths struct {
	Distribution string  // one of Distributions
	Value        int     // fixed
	Mean, Std    float64 // normal, lognormal: of the length itself, before it is rounded and clipped
	Min, Max     int     // uniform: both included; normal, lognormal: clipped to them; 0: from 1, up to MaxTokens
	Trace        string  // empirical: whose rows are drawn
}

// Distributions are the names of all length distributions.
func Distributions() []string {
	return []string{"fixed", "uniform", "normal", "lognormal", "empirical"}
}

// lengths draws token counts.
type lengths interface{ next() int }

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
		if spec.Distribution == "normal" {
			return &normal{random, spec.Mean, spec.Std, low, high}, nil
		}
		return newLognormal(random, spec.Mean, spec.Std, low, high), nil
	case "empirical":
		return newEmpirical(side, spec.Trace, random, open)
	}
	return bad("distribution", names.Suggest(spec.Distribution, Distributions()), "unknown distribution %q", spec.Distribution)
}

// fixed is always the same length.
type fixed int

func (f fixed) next() int { return int(f) }

// uniform draws all whole numbers of a range with the same probability.
type uniform struct {
	random stream
	low, n int
}

func (u *uniform) next() int { return u.low + u.random.below(u.n) }

// normal draws from a normal distribution, rounded to the nearest whole number and clipped.
type normal struct {
	random    stream
	mean, std float64
	low, high int
}

func (n *normal) next() int {
	return clip(n.mean+float64(n.std*n.random.normal()), n.low, n.high)
}

// lognormal draws e to the power of a normal variable, rounded and clipped.
type lognormal struct {
	random    stream
	mu, sigma float64 // of the normal variable
	low, high int
}

// newLognormal finds the parameters from the moments of the length itself: σ² = ln(1 + std²/mean²), μ = ln mean − σ²/2
// (Johnson, Kotz, Balakrishnan: Continuous Univariate Distributions 1, 1994, chapter 14).
func newLognormal(random stream, mean, std float64, low, high int) *lognormal {
	variation := std / mean
	variance := portable.Log(1 + float64(variation*variation))
	return &lognormal{random, portable.Log(mean) - variance/2, math.Sqrt(variance), low, high}
}

func (l *lognormal) next() int {
	return clip(portable.Exp(l.mu+float64(l.sigma*l.random.normal())), l.low, l.high)
}

func clip(x float64, low, high int) int {
	switch n := math.RoundToEven(x); {
	case n < float64(low):
		return low
	case n > float64(high):
		return high
	default:
		return int(n)
	}
}

// empirical draws the lengths of the rows of a trace, all with the same probability.
type empirical struct {
	random stream
	rows   [][2]int32 // input, output
	side   int        // which of them
	drawn  int        // row drawn last
}

func newEmpirical(side, trace string, random stream, open Opener) (lengths, error) {
	from, err := open(trace)
	if err != nil {
		return nil, err
	}
	e := &empirical{random: random, side: slices.Index([]string{"input", "output"}, side)}
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

func (e *empirical) next() int {
	e.drawn = e.random.below(len(e.rows))
	return int(e.rows[e.drawn][e.side])
}

// outputs are the output lengths of the rows whose input lengths e draws.
func (e *empirical) outputs() lengths { return sameRow{e} }

type sameRow struct{ inputs *empirical }

func (s sameRow) next() int { return int(s.inputs.rows[s.inputs.drawn][1]) }
