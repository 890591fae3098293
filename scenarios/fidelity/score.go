package fidelity

import (
	"encoding/json"
	"math"
	"slices"

	"github.com/montanaflynn/stats"

	"github.com/roofserve/roofserve/sim/metrics"
)

// Prediction is what the simulation of a row gave.
type Prediction struct {
	Row            *Row
	TTFTMS, TPOTMS float64 // means over requests; no TPOT (NaN) where requests ask for one token
	// TPOTLow and TPOTHigh bound 5–95% of an ensemble of parameter draws; NaN without one.
	TPOTLow, TPOTHigh float64
	TTFTLow, TTFTHigh float64
	// Skipped says why the row could not be simulated; empty where it was.
	Skipped string
}

// Score is how predictions compare with measurements.
type Score struct {
	Rows int    `json:"rows"`
	TPOT Errors `json:"tpot"`
	TTFT Errors `json:"ttft"`
}

// Errors summarises |predicted/measured − 1| and its sign, as fractions. As JSON, they are null where nothing was compared.
type Errors struct {
	Rows             int     `json:"rows"` // with a measurement and a prediction
	MedianAPE        float64 `json:"median_ape"`
	MeanAPE          float64 `json:"mean_ape"`
	P90APE           float64 `json:"p90_ape"`
	MedianBias       float64 `json:"median_bias"`       // of predicted/measured − 1
	IntervalCoverage float64 `json:"interval_coverage"` // share of measurements within the 5–95% interval; NaN without any
}

// MarshalJSON writes null for what no row tells: an error of 0 would be the best there is, and a coverage of 0 the worst.
func (e Errors) MarshalJSON() ([]byte, error) {
	type plain Errors
	if e.Rows == 0 {
		return []byte(`{"rows": 0, "median_ape": null, "mean_ape": null, "p90_ape": null, "median_bias": null, ` +
			`"interval_coverage": null}`), nil
	}
	told := struct {
		plain
		IntervalCoverage *float64 `json:"interval_coverage"`
	}{plain: plain(e)}
	if !math.IsNaN(e.IntervalCoverage) {
		told.IntervalCoverage = &e.IntervalCoverage
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

// ScoreAll scores predictions overall and by model, system and engine. Skipped rows do not count.
func ScoreAll(all []Prediction) Scores {
	var predictions []Prediction
	for _, p := range all {
		if p.Skipped == "" {
			predictions = append(predictions, p)
		}
	}
	by := func(key func(*Row) string) map[string]Score {
		groups := map[string][]Prediction{}
		for _, p := range predictions {
			groups[key(p.Row)] = append(groups[key(p.Row)], p)
		}
		scores := make(map[string]Score, len(groups))
		for name, group := range groups {
			scores[name] = ScoreOf(group)
		}
		return scores
	}
	return Scores{
		Overall:  ScoreOf(predictions),
		ByModel:  by(func(r *Row) string { return r.Model }),
		BySystem: by(func(r *Row) string { return r.System }),
		ByEngine: by(func(r *Row) string { return r.Engine }),
	}
}

// ScoreOf scores one group of simulated rows.
func ScoreOf(predictions []Prediction) Score {
	var tpot, ttft tally
	for _, p := range predictions {
		tpot.add(p.TPOTMS, p.Row.MeasuredTPOTMS, p.TPOTLow, p.TPOTHigh)
		ttft.add(p.TTFTMS, p.Row.MeasuredTTFTMS, p.TTFTLow, p.TTFTHigh)
	}
	return Score{Rows: len(predictions), TPOT: tpot.errors(), TTFT: ttft.errors()}
}

// tally collects the errors of one metric.
type tally struct {
	signed          []float64
	within, bounded int
}

func (t *tally) add(predicted, measured, low, high float64) {
	if math.IsNaN(measured) || math.IsNaN(predicted) {
		return
	}
	t.signed = append(t.signed, predicted/measured-1)
	if !math.IsNaN(low) {
		t.bounded++
		if low <= measured && measured <= high {
			t.within++
		}
	}
}

func (t *tally) errors() Errors {
	if len(t.signed) == 0 {
		return Errors{}
	}
	ape := make([]float64, len(t.signed))
	for i, e := range t.signed {
		ape[i] = math.Abs(e)
	}
	// The samples are not empty, which is all that these functions refuse.
	median, _ := stats.Median(ape)
	mean, _ := stats.Mean(ape)
	bias, _ := stats.Median(t.signed)
	e := Errors{Rows: len(ape), MedianAPE: median, MeanAPE: mean, MedianBias: bias, IntervalCoverage: math.NaN(),
		P90APE: metrics.Linear(slices.Sorted(slices.Values(ape)), 0.9)}
	if t.bounded > 0 {
		e.IntervalCoverage = float64(t.within) / float64(t.bounded)
	}
	return e
}
