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

// predictedColumns are what a Writer adds to a row, in the order of Prediction.columns.
var predictedColumns = []string{"predicted_ttft_ms", "predicted_tpot_ms", "tpot_lo_ms", "tpot_hi_ms", "ttft_lo_ms", "ttft_hi_ms",
	"predicted_e2e_ms", "e2e_lo_ms", "e2e_hi_ms", "predicted_output_tokens_per_s", "output_lo_tokens_per_s", "output_hi_tokens_per_s"}

// columns are the prediction's numbers; 0 and NaN where it has none.
func (p *Prediction) columns() []float64 {
	return []float64{p.TTFTMS, p.TPOTMS, p.TPOT.Low, p.TPOT.High, p.TTFT.Low, p.TTFT.High,
		p.EndToEndMS(), p.E2E.Low, p.E2E.High, p.OutputRate, p.Output.Low, p.Output.High}
}

// Writer writes rows back with what was predicted of each; cells without a prediction are empty.
type Writer struct{ out *csv.Writer }

// NewWriter begins a table with the header of the measurements.
func NewWriter(w io.Writer, header []string) (*Writer, error) {
	out := csv.NewWriter(w)
	header = append(append([]string(nil), header...), predictedColumns...)
	return &Writer{out}, out.Write(header)
}

// Add writes one row.
func (w *Writer) Add(p *Prediction) error {
	cells := append([]string(nil), p.Row.Cells...)
	for _, v := range p.columns() {
		if p.Skipped != "" || !(v > 0) {
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
	for name, field := range map[string]*float64{
		"predicted_ttft_ms": &p.TTFTMS, "predicted_tpot_ms": &p.TPOTMS, "tpot_lo_ms": &p.TPOT.Low, "tpot_hi_ms": &p.TPOT.High,
		"ttft_lo_ms": &p.TTFT.Low, "ttft_hi_ms": &p.TTFT.High, "e2e_lo_ms": &p.E2E.Low, "e2e_hi_ms": &p.E2E.High} {
		*field = none
		if i := slices.Index(t.Header, name); i >= 0 && i < len(p.Row.Cells) {
			if v, err := strconv.ParseFloat(p.Row.Cells[i], 64); err == nil {
				*field = v
			}
		}
	}
	return p
}
