package leftout

import (
	"bufio"
	"fmt"
	"math"
	"slices"

	"github.com/roofserve/roofserve/internal/fidelity"
	"github.com/roofserve/roofserve/internal/portable"
)

// group is predictions that are scored together.
type group struct {
	name        string
	predictions []fidelity.Prediction
}

// groups are all rows, and those of each engine and system.
func (e *Evaluation) groups() []group {
	list := []group{{name: "all"}}
	add := func(name string, p fidelity.Prediction) {
		i := slices.IndexFunc(list, func(g group) bool { return g.name == name })
		if i < 0 {
			list = append(list, group{name: name})
			i = len(list) - 1
		}
		list[i].predictions = append(list[i].predictions, p)
	}
	for _, p := range e.Out {
		add("all", p)
		add(p.Row.Engine, p)
	}
	for _, p := range e.Out {
		add(p.Row.System, p)
	}
	return list
}

// tail is the share of measurements that should lie on each side of an interval.
const tail = 0.05

// sureness is how good intervals of TPOT are.
type sureness struct {
	rows              int
	within, halfWidth float64
	score, constant   float64 // mean interval scores of the logarithm: of the intervals, and of a constant width
}

// intervalsOf scores intervals, and intervals of a constant half-width of the logarithm around the same
// predictions.
func intervalsOf(predictions []fidelity.Prediction, constant float64) sureness {
	var s sureness
	var widths []float64
	for _, p := range predictions {
		measured := portable.Log(p.Row.MeasuredTPOTMS)
		if math.IsNaN(measured) || math.IsNaN(p.TPOTLow) {
			continue
		}
		s.rows++
		if p.TPOTLow <= p.Row.MeasuredTPOTMS && p.Row.MeasuredTPOTMS <= p.TPOTHigh {
			s.within++
		}
		at := portable.Log(p.TPOTMS)
		widths = append(widths, (p.TPOTHigh-p.TPOTLow)/(2*p.TPOTMS))
		s.score += intervalScore(measured, portable.Log(p.TPOTLow), portable.Log(p.TPOTHigh))
		s.constant += intervalScore(measured, at-constant, at+constant)
	}
	n := float64(s.rows)
	s.within, s.score, s.constant = s.within/n, s.score/n, s.constant/n
	slices.Sort(widths)
	s.halfWidth = widths[len(widths)/2]
	return s
}

// intervalScore is the interval's width, and a penalty for what lies outside: 2/α times its distance, α =
// 2·tail.
func intervalScore(x, low, high float64) float64 {
	return high - low + math.Max(0, math.Max(low-x, x-high))/tail
}

// constantWidth is the half-width of the logarithm that covers as many measurements as the intervals do.
func (e *Evaluation) constantWidth() float64 {
	var distances []float64
	within := 0
	for _, p := range e.Out {
		distances = append(distances, math.Abs(portable.Log(p.TPOTMS/p.Row.MeasuredTPOTMS)))
		if p.TPOTLow <= p.Row.MeasuredTPOTMS && p.Row.MeasuredTPOTMS <= p.TPOTHigh {
			within++
		}
	}
	slices.Sort(distances)
	return distances[max(0, within-1)]
}

func (e *Evaluation) writeIntervals(out *bufio.Writer) {
	out.WriteString(`
## Intervals

Each prediction comes with an interval from the 5th to the 95th percentile: kernels' parameters are drawn as far from their values as held-out
measurements were, and what deployments, engines and GPUs differ by besides (spread in serving.toml, four numbers chosen on these errors).
Measured TPOTs of left-out cells within it, half its width, and its interval score (Gneiting and Raftery, JASA 102, 2007; for the logarithm, lower is better) beside that of the constant relative width that
covers as many of all rows:

| | rows | within | half-width, median | score | score of a constant width |
|---|---|---|---|---|---|
`)
	constant := e.constantWidth()
	for _, g := range e.groups() {
		s := intervalsOf(g.predictions, constant)
		fmt.Fprintf(out, "| %s | %d | %s | %s | %.3f | %.3f |\n", g.name, s.rows, percent(s.within), percent(s.halfWidth), s.score, s.constant)
	}
}
