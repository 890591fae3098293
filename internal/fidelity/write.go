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
	SkippedRows []SkippedRow `json:"skipped_rows"` // the first MostSkipped of them
}

// MostSkipped is the number of skipped rows up to which each is listed.
const MostSkipped = 10_000

// SkippedRow is a row that could not be simulated.
type SkippedRow struct {
	Line   int    `json:"line"` // of the measurements file
	Model  string `json:"model"`
	Reason string `json:"reason"`
}

// Reporter writes a Report as predictions come.
type Reporter struct {
	scorer  *Scorer
	skipped int
	rows    []SkippedRow
}

// NewReporter has no predictions yet.
func NewReporter() *Reporter { return &Reporter{scorer: NewScorer(), rows: []SkippedRow{}} }

// Add counts a prediction, or a row that was skipped.
func (r *Reporter) Add(p *Prediction) {
	r.scorer.Add(p)
	if p.Skipped == "" {
		return
	}
	if r.skipped++; r.skipped <= MostSkipped {
		r.rows = append(r.rows, SkippedRow{Line: p.Row.Line, Model: p.Row.Model, Reason: p.Skipped})
	}
}

// Report is that of all predictions so far.
func (r *Reporter) Report() Report {
	return Report{Scores: r.scorer.Scores(), Skipped: r.skipped, SkippedRows: r.rows}
}

// NewReport scores predictions and lists what was skipped.
func NewReport(predictions []Prediction) Report {
	r := NewReporter()
	for i := range predictions {
		r.Add(&predictions[i])
	}
	return r.Report()
}

// Writer writes rows back with what was predicted of each; cells without a prediction are empty.
type Writer struct{ out *csv.Writer }

// NewWriter begins a table with the header of the measurements.
func NewWriter(w io.Writer, header []string) (*Writer, error) {
	out := csv.NewWriter(w)
	header = append(append([]string(nil), header...), "predicted_ttft_ms", "predicted_tpot_ms", "tpot_lo_ms", "tpot_hi_ms")
	return &Writer{out}, out.Write(header)
}

// Add writes one row.
func (w *Writer) Add(p *Prediction) error {
	cells := append([]string(nil), p.Row.Cells...)
	for _, v := range []float64{p.TTFTMS, p.TPOTMS, p.TPOTLow, p.TPOTHigh} {
		if p.Skipped != "" || math.IsNaN(v) {
			cells = append(cells, "")
			continue
		}
		cells = append(cells, strconv.FormatFloat(v, 'f', 4, 64))
	}
	return w.out.Write(cells)
}

// Close writes what is left.
func (w *Writer) Close() error {
	w.out.Flush()
	return w.out.Error()
}

// WriteCSV writes the table back with what was predicted of each row.
func WriteCSV(w io.Writer, t *Table, predictions []Prediction) error {
	out, err := NewWriter(w, t.Header)
	if err != nil {
		return err
	}
	for i := range predictions {
		if err := out.Add(&predictions[i]); err != nil {
			return err
		}
	}
	return out.Close()
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
