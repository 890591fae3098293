package fidelity

import (
	"encoding/csv"
	"io"
	"math"
	"slices"
	"strconv"
)

// Report is what `validate` says of a measurements file.
type Report struct {
	Scores
	Skipped     int          `json:"skipped"`
	SkippedRows []SkippedRow `json:"skipped_rows"`
}

// SkippedRow is a row that could not be simulated.
type SkippedRow struct {
	Line   int    `json:"line"` // of the measurements file
	Model  string `json:"model"`
	Reason string `json:"reason"`
}

// NewReport scores predictions and lists what was skipped.
func NewReport(predictions []Prediction) Report {
	r := Report{Scores: ScoreAll(predictions), SkippedRows: []SkippedRow{}}
	for _, p := range predictions {
		if p.Skipped != "" {
			r.SkippedRows = append(r.SkippedRows, SkippedRow{Line: p.Row.Line, Model: p.Row.Model, Reason: p.Skipped})
		}
	}
	r.Skipped = len(r.SkippedRows)
	return r
}

// WriteCSV writes the table back with what was predicted of each row; cells without a prediction are empty.
func WriteCSV(w io.Writer, t *Table, predictions []Prediction) error {
	out := csv.NewWriter(w)
	header := append(append([]string(nil), t.Header...), "predicted_ttft_ms", "predicted_tpot_ms", "tpot_lo_ms", "tpot_hi_ms")
	if err := out.Write(header); err != nil {
		return err
	}
	for _, p := range predictions {
		cells := append([]string(nil), p.Row.Cells...)
		for _, v := range []float64{p.TTFTMS, p.TPOTMS, p.TPOTLow, p.TPOTHigh} {
			if p.Skipped != "" || math.IsNaN(v) {
				cells = append(cells, "")
				continue
			}
			cells = append(cells, strconv.FormatFloat(v, 'f', 4, 64))
		}
		if err := out.Write(cells); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// Parse gives the prediction of a row of a table that WriteCSV wrote; NaN where it has none.
func Parse(t *Table, row int) Prediction {
	p := Prediction{Row: &t.Rows[row]}
	none := math.NaN()
	p.TTFTLow, p.TTFTHigh = none, none
	for name, field := range map[string]*float64{
		"predicted_ttft_ms": &p.TTFTMS, "predicted_tpot_ms": &p.TPOTMS, "tpot_lo_ms": &p.TPOTLow, "tpot_hi_ms": &p.TPOTHigh} {
		*field = none
		if i := slices.Index(t.Header, name); i >= 0 && i < len(p.Row.Cells) {
			if v, err := strconv.ParseFloat(p.Row.Cells[i], 64); err == nil {
				*field = v
			}
		}
	}
	return p
}
