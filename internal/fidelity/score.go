package fidelity

import (
	"encoding/json"
	"math"

	"github.com/roofserve/roofserve/sim/engines"
)

// Prediction is what the simulation of a row gave.
type Prediction struct {
	Row            *Row
	TTFTMS, TPOTMS float64 // means over requests; no TPOT (NaN) where requests ask for one token
	OutputRate     float64 // output tokens a second
	// What the deployment's own would lie in, from the 5th to the 95th percentile; E2E and Output are
	// those of the end-to-end time of all requests and of OutputRate.
	TPOT, TTFT, E2E, Output Range
	// Grounds are what the prediction rests on, where that was asked for.
	Grounds *engines.Grounds
	// Skipped says why the row could not be simulated; empty where it was.
	Skipped string
}

// Range is what a measurement would lie in; the zero value where nothing says so.
type Range struct{ Low, High float64 }

// Known tells whether there is a range.
func (r Range) Known() bool { return r.High > 0 }

// Holds tells whether a value lies in the range.
func (r Range) Holds(v float64) bool { return r.Low <= v && v <= r.High }

// HalfWidth is half of the range's width, as a share of what was predicted.
func (r Range) HalfWidth(predicted float64) float64 { return (r.High - r.Low) / (2 * predicted) }

// around is the range that lies as far from a value, in proportion, as it does from a point.
func (r Range) around(value, point float64) Range {
	return Range{r.Low * value / point, r.High * value / point}
}

// EndToEndMS is the mean time of a request, as the row's EndToEndMS counts it.
func (p *Prediction) EndToEndMS() float64 { return p.Row.EndToEndMS(p.TTFTMS, p.TPOTMS) }

// Score is how predictions compare with measurements.
type Score struct {
	Rows int    `json:"rows"`
	TPOT Errors `json:"tpot"`
	TTFT Errors `json:"ttft"`
	E2E  Errors `json:"e2e"` // of the end-to-end time, where TTFT and TPOT were measured
	// Output is of the output tokens a second over the whole benchmark.
	Output Errors `json:"output"`
}

// Errors summarises |predicted/measured − 1| and its sign, as fractions. As JSON, they are null where nothing
// was compared.
type Errors struct {
	Rows             int     `json:"rows"` // with a measurement and a prediction
	MedianAPE        float64 `json:"median_ape"`
	MeanAPE          float64 `json:"mean_ape"`
	P90APE           float64 `json:"p90_ape"`
	MedianBias       float64 `json:"median_bias"`       // of predicted/measured − 1
	IntervalCoverage float64 `json:"interval_coverage"` // share of measurements within the 5–95% interval; NaN without any
	// median of half of the intervals' widths, as a share of what was predicted; NaN without any
	IntervalHalfWidth float64 `json:"interval_half_width"`
}

// MarshalJSON writes null for what no row tells: an error of 0 would be the best there is, and a coverage of
// 0 the worst.
func (e Errors) MarshalJSON() ([]byte, error) {
	type plain Errors
	if e.Rows == 0 {
		return []byte(`{"rows": 0, "median_ape": null, "mean_ape": null, "p90_ape": null, "median_bias": null, ` +
			`"interval_coverage": null, "interval_half_width": null}`), nil
	}
	told := struct {
		plain
		IntervalCoverage  *float64 `json:"interval_coverage"`
		IntervalHalfWidth *float64 `json:"interval_half_width"`
	}{plain: plain(e)}
	if !math.IsNaN(e.IntervalCoverage) {
		told.IntervalCoverage, told.IntervalHalfWidth = &e.IntervalCoverage, &e.IntervalHalfWidth
	}
	return json.Marshal(told)
}

// Scores groups scores as `validate` reports them.
type Scores struct {
	Overall  Score            `json:"overall"`
	ByModel  map[string]Score `json:"by_model"`
	BySystem map[string]Score `json:"by_system"`
	ByEngine map[string]Score `json:"by_engine"`
}

// Scorer adds up scores of predictions as they come. Its memory grows with the number of names, not of rows.
type Scorer struct {
	overall                     group
	byModel, bySystem, byEngine map[string]*group
}

// NewScorer has no predictions yet.
func NewScorer() *Scorer {
	return &Scorer{byModel: map[string]*group{}, bySystem: map[string]*group{}, byEngine: map[string]*group{}}
}

// Add counts a prediction. Skipped rows do not count.
func (s *Scorer) Add(p *Prediction) {
	if p.Skipped != "" {
		return
	}
	s.overall.add(p)
	for _, by := range []struct {
		groups map[string]*group
		name   string
	}{{s.byModel, p.Row.Model}, {s.bySystem, p.Row.System}, {s.byEngine, p.Row.Engine}} {
		if by.groups[by.name] == nil {
			by.groups[by.name] = new(group)
		}
		by.groups[by.name].add(p)
	}
}

// Scores are those of all predictions so far.
func (s *Scorer) Scores() Scores {
	scored := func(groups map[string]*group) map[string]Score {
		scores := make(map[string]Score, len(groups))
		for name, g := range groups {
			scores[name] = g.score()
		}
		return scores
	}
	return Scores{Overall: s.overall.score(), ByModel: scored(s.byModel), BySystem: scored(s.bySystem),
		ByEngine: scored(s.byEngine)}
}

// ScoreAll scores predictions overall and by model, system and engine. Skipped rows do not count.
func ScoreAll(all []Prediction) Scores {
	s := NewScorer()
	for i := range all {
		s.Add(&all[i])
	}
	return s.Scores()
}

// ScoreOf scores one group of simulated rows.
func ScoreOf(predictions []Prediction) Score {
	var g group
	for i := range predictions {
		g.add(&predictions[i])
	}
	return g.score()
}

// group is predictions that are scored together.
type group struct {
	rows                    int
	tpot, ttft, e2e, output tally
}

func (g *group) add(p *Prediction) {
	g.rows++
	g.tpot.add(p.TPOTMS, p.Row.MeasuredTPOTMS, p.TPOT)
	g.ttft.add(p.TTFTMS, p.Row.MeasuredTTFTMS, p.TTFT)
	g.e2e.add(p.EndToEndMS(), p.Row.EndToEndMS(p.Row.MeasuredTTFTMS, p.Row.MeasuredTPOTMS), p.E2E)
	if measured := p.Row.MeasuredOutputRate; measured > 0 {
		g.output.add(p.OutputRate, measured, p.Output)
	}
}

func (g *group) score() Score {
	return Score{Rows: g.rows, TPOT: g.tpot.errors(), TTFT: g.ttft.errors(), E2E: g.e2e.errors(),
		Output: g.output.errors()}
}
