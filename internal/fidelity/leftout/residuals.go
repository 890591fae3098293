package leftout

import (
	"bufio"
	"fmt"
	"math"
	"slices"
)

// lowest are the rows of a cell at one tensor parallelism and its lowest concurrency: where a step is
// shortest, and what is missing from it shows most.
type lowest struct {
	cell                   string
	tp, concurrency        int
	rows                   int
	step, layer, predicted float64 // means: residual in µs a step and a layer, and the predicted step in ms
}

// lowestOf sums up residuals of the fit to all rows at the lowest concurrency, in the order of rows.
func (e *Evaluation) lowestOf() []*lowest {
	var list []*lowest
	for i := range e.In {
		p := &e.In[i]
		cell := cellOf(p.Row)
		at := slices.IndexFunc(list, func(l *lowest) bool { return l.cell == cell && l.tp == p.Row.TP })
		if at < 0 {
			at = len(list)
			list = append(list, &lowest{cell: cell, tp: p.Row.TP, concurrency: math.MaxInt})
		}
		l := list[at]
		if p.Row.Concurrency > l.concurrency {
			continue
		}
		if p.Row.Concurrency < l.concurrency {
			*l = lowest{cell: cell, tp: l.tp, concurrency: p.Row.Concurrency}
		}
		residual := float64(1000 * (p.TPOTMS - p.Row.MeasuredTPOTMS))
		l.rows++
		l.step += residual
		l.layer += residual / float64(e.layers[i])
		l.predicted += p.TPOTMS
	}
	for _, l := range list {
		n := float64(l.rows)
		l.step, l.layer, l.predicted = l.step/n, l.layer/n, l.predicted/n
	}
	return list
}

// writeResiduals tells where a step is too short or too long. A residual of a layer that is not the same at
// every tensor parallelism shows work that is missing or that should be divided.
func (e *Evaluation) writeResiduals(out *bufio.Writer) {
	out.WriteString(`
## Residuals at the lowest concurrency

Predicted less measured TPOT of the fit to all rows, in µs a step and a layer, by cell and TP: flat in TP and near zero, or something is missing.

| cell | TP | users | rows | predicted TPOT | µs a step | µs a layer |
|---|---|---|---|---|---|---|
`)
	for _, l := range e.lowestOf() {
		fmt.Fprintf(out, "| %s | %d | %d | %d | %.2f ms | %+.0f | %+.1f |\n", l.cell, l.tp, l.concurrency, l.rows, l.predicted, l.step, l.layer)
	}
}
