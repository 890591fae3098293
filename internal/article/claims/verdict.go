package claims

import (
	"fmt"
	"math"
	"slices"

	"github.com/roofserve/roofserve/internal/names"
)

// Verdict says whether a claim holds.
type Verdict uint8

// Verdicts, the kindest first.
const (
	Holds         Verdict = iota // within the tolerance of what roofserve computes
	Corrected                    // true in substance; the figure is another
	Assumes                      // true only under an assumption that the article does not state
	Contradicts                  // the article's own figures give another
	Refuted                      // roofserve computes quite another figure, and nothing else supports this one
	NotReproduced                // the same of a figure that others measured, which a simulator cannot refute
	Impossible                   // a physical bound is broken
	NotServing                   // carried as data: nothing that serving could prove or refute
)

var verdictNames = [...]string{
	Holds: "holds", Corrected: "holds with a correction", Assumes: "depends on an unstated assumption",
	Contradicts: "contradicts the article's own numbers", Refuted: "refuted", NotReproduced: "not reproduced",
	Impossible: "physically impossible", NotServing: "not a serving claim",
}

// Verdicts lists all of them, the kindest first.
func Verdicts() []Verdict {
	return []Verdict{Holds, Corrected, Assumes, Contradicts, Refuted, NotReproduced, Impossible, NotServing}
}

// String is the verdict in words.
func (v Verdict) String() string {
	if int(v) < len(verdictNames) {
		return verdictNames[v]
	}
	return fmt.Sprintf("Verdict(%d)", uint8(v))
}

// UnmarshalText reads a verdict in words.
func (v *Verdict) UnmarshalText(text []byte) error {
	i := slices.Index(verdictNames[:], string(text))
	if i < 0 {
		return fmt.Errorf("unknown verdict %q; %s", text, names.Suggest(string(text), verdictNames[:]))
	}
	*v = Verdict(i)
	return nil
}

// Numbers are the values of a claim's formulas, in base units; NaN where a formula is missing.
type Numbers struct {
	Says            Figure
	Tolerance       float64 // relative; 0: half of the last digit written
	Computed, Own   float64
	Assuming        float64
	AtLeast, AtMost float64
	Needs           float64
	Measured        bool // by whoever says it
}

// correctable is how far a figure may be from the computed one, relative to it, to count as true in
// substance.
const correctable = 0.30

// Judge derives the verdict from the numbers alone. Physics comes first, then what roofserve computes, then
// the article's own figures, then the assumption; a figure that none of these supports but that is near the
// computed one is corrected, and one that is not is refuted, or not reproduced where it was measured.
func Judge(n Numbers) Verdict {
	says := n.Says.Value
	known := func(v float64) bool { return !math.IsNaN(v) }
	switch {
	case n.Measured && known(n.Needs) && n.Needs < 1:
		return NotReproduced
	case known(n.Needs) && n.Needs < 1,
		known(n.AtLeast) && says+n.Says.HalfDigit < n.AtLeast,
		known(n.AtMost) && says-n.Says.HalfDigit > n.AtMost:
		return Impossible
	case n.agrees(n.Computed):
		return Holds
	case known(n.Own) && !n.agrees(n.Own):
		return Contradicts
	case n.agrees(n.Assuming):
		return Assumes
	case known(n.Computed) && math.Abs(says-n.Computed) <= correctable*math.Abs(n.Computed):
		return Corrected
	case n.Measured && known(n.Computed):
		return NotReproduced
	case known(n.Computed) || known(n.Assuming):
		return Refuted
	case known(n.Needs) || known(n.AtLeast) || known(n.AtMost) || known(n.Own):
		return Holds
	default:
		return NotServing
	}
}

// agrees tells whether the article's figure is v within the tolerance or, where there is none, but for
// rounding to the digits written. Floating-point dust does not count.
func (n *Numbers) agrees(v float64) bool {
	const dust = 1e-9
	slack := n.Says.HalfDigit
	if n.Tolerance > 0 {
		slack = n.Tolerance * math.Abs(v)
	}
	return math.Abs(n.Says.Value-v) <= slack+float64(dust*math.Abs(v))
}
