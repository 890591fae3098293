package splitwise

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/roofserve/roofserve/internal/fidelity"
	"github.com/roofserve/roofserve/sim/cost/kernels"
	"github.com/roofserve/roofserve/sim/engines"
)

// Evaluation is what the simulation gives for a table.
type Evaluation struct {
	Table *Table
	// Predictions and Roofline have an entry for each row of the table: with the engine's profile, and with
	// nothing but the GPU's data sheet.
	Predictions, Roofline []fidelity.Prediction
	Scores                []Score
	batches               []*batch
}

// Phase is what a step computes.
type Phase string

// The phases.
const (
	Prompt Phase = "prompt_time"
	Token  Phase = "token_time"
)

// Score is the errors of one phase on one system at one TP.
type Score struct {
	System string
	TP     int
	Phase  Phase
	fidelity.Errors
	// median of |median over a shape's rows of predicted/measured − 1|: every batch of prompts counts once
	ByShape  float64
	Roofline fidelity.Errors // of the data-sheet roofline
}

// Evaluate simulates every row that is not left out.
func Evaluate(ctx context.Context, t *Table) (*Evaluation, error) {
	list, err := batches(t)
	if err != nil {
		return nil, err
	}
	e := &Evaluation{Table: t, batches: list}
	predicted, err := simulateAll(ctx, list, func(b *batch) (*kernels.Set, engines.Overhead) {
		c := b.profile()
		return c.Apply(b.base), c.Overhead
	})
	if err != nil {
		return nil, err
	}
	bare, err := simulateAll(ctx, list, func(*batch) (*kernels.Set,
		engines.Overhead) {
		return kernels.Datasheet(), engines.Overhead{}
	})
	if err != nil {
		return nil, err
	}
	e.Predictions, e.Roofline = spread(t, list, predicted), spread(t, list, bare)
	e.score()
	return e, nil
}

// Fit fits the engine's constants on every system of the table, from what its profile says.
func (e *Evaluation) Fit(ctx context.Context) ([]*Fitted, error) {
	var fits []*Fitted
	for _, system := range systemsOf(e.batches) {
		f, err := fit(ctx, e.Table, e.batches, system)
		if err != nil {
			return nil, err
		}
		fits = append(fits, f)
	}
	return fits, nil
}

func systemsOf(list []*batch) (names []string) {
	for _, b := range list {
		if !slices.Contains(names, b.system) {
			names = append(names, b.system)
		}
	}
	slices.Sort(names)
	return names
}

// spread gives each row the times of its batch.
func spread(t *Table, list []*batch, of []times) []fidelity.Prediction {
	predictions := make([]fidelity.Prediction, len(t.Rows))
	for i := range t.Rows {
		predictions[i] = fidelity.Prediction{Row: &t.Rows[i], Skipped: t.Reasons[i]}
	}
	for i, b := range list {
		for _, row := range b.rows {
			predictions[row].TTFTMS, predictions[row].TPOTMS = of[i].promptMS, of[i].tokenMS
		}
	}
	return predictions
}

// score compares by system, TP and phase.
func (e *Evaluation) score() {
	type cell struct {
		system string
		tp     int
	}
	rows := map[cell][]int{}
	var order []cell
	for i := range e.Table.Rows {
		r := &e.Table.Rows[i]
		if c := (cell{r.System, r.TP}); e.Table.Reasons[i] == "" {
			if rows[c] == nil {
				order = append(order, c)
			}
			rows[c] = append(rows[c], i)
		}
	}
	slices.SortFunc(order, func(a, b cell) int { return cmp.Or(cmp.Compare(a.system, b.system), a.tp-b.tp) })
	for _, c := range order {
		for _, phase := range []Phase{Prompt, Token} {
			signed := errorsOf(e.Predictions, rows[c], phase)
			e.Scores = append(e.Scores, Score{System: c.system, TP: c.tp, Phase: phase,
				Errors:  fidelity.ErrorsOf(signed),
				ByShape: e.byShape(rows[c], signed), Roofline: fidelity.ErrorsOf(errorsOf(e.Roofline, rows[c], phase))})
		}
	}
}

// errorsOf are predicted/measured − 1 of rows.
func errorsOf(predictions []fidelity.Prediction, rows []int, phase Phase) []float64 {
	signed := make([]float64, len(rows))
	for i, row := range rows {
		p := &predictions[row]
		if phase == Prompt {
			signed[i] = p.TTFTMS/p.Row.MeasuredTTFTMS - 1
		} else {
			signed[i] = p.TPOTMS/p.Row.MeasuredTPOTMS - 1
		}
	}
	return signed
}

// byShape is the median error when every shape of prompts counts once.
func (e *Evaluation) byShape(rows []int, signed []float64) float64 {
	shapes := map[string][]float64{}
	for i, row := range rows {
		r := &e.Table.Rows[row]
		name := fmt.Sprintf("%dx%d", r.Concurrency, r.InputTokens)
		shapes[name] = append(shapes[name], signed[i])
	}
	var medians []float64
	for _, errors := range shapes {
		medians = append(medians, fidelity.ErrorsOf(errors).MedianBias)
	}
	return fidelity.ErrorsOf(medians).MedianAPE
}
