package leftout

import (
	"bufio"
	"fmt"
	"slices"

	"github.com/roofserve/roofserve/internal/fidelity"
)

// sureness is how good intervals of a latency are.
type sureness struct {
	rows      int
	within    float64 // share of rows
	byCell    float64 // mean over cells of the share of their rows
	cells     int
	halfWidth float64 // median
}

// surenessOf judges intervals. A NaN lies in none, so that a latency that was not measured has no row.
func (l *latency) surenessOf(list []fidelity.Prediction) (s sureness) {
	var widths []float64
	var names []string
	cells, all := map[string]*mean{}, mean{}
	for i := range list {
		p := &list[i]
		measured, bounds := l.measured(p.Row), l.bounds(p)
		if measured != measured || !bounds.Known() {
			continue
		}
		name := cellOf(p.Row)
		if cells[name] == nil {
			names, cells[name] = append(names, name), &mean{}
		}
		held := 0.0
		if bounds.Holds(measured) {
			held = 1
		}
		all.note(held)
		cells[name].note(held)
		widths = append(widths, bounds.HalfWidth(l.predicted(p)))
	}
	if len(widths) == 0 {
		return s
	}
	var byCell mean
	for _, name := range names {
		byCell.note(cells[name].value())
	}
	slices.Sort(widths)
	return sureness{rows: len(widths), within: all.value(), byCell: byCell.value(), cells: len(names),
		halfWidth: widths[len(widths)/2]}
}

// predictionsOf are those of all holdouts of a kind, each by the fit without its own.
func (e *Evaluation) predictionsOf(kind string) (list []fidelity.Prediction) {
	for _, h := range e.of(kind) {
		list = append(list, h.predictions...)
	}
	return list
}

func (e *Evaluation) writeIntervals(out *bufio.Writer) {
	out.WriteString(`
## Intervals

Each prediction comes with an interval from the 5th to the 95th percentile ([docs/explanation/intervals.md](../../../docs/explanation/intervals.md) says what it is). All rows of
a cell err together: one random effect a cell, and what is left within it, both found by moments from the residuals of cells left out, cells weighing
equally, and Student's t with a degree of freedom less than there are cells:

| logarithm of | cells | effect of a cell | within a cell | laws in these cells | t, 95th percentile |
|---|---|---|---|---|---|
`)
	d := e.Doubt
	for i := range latencyKinds {
		x := latencyKinds[i].effect(d)
		fmt.Fprintf(out, "| %s | %d | %s | %s | %s | %.3f |\n", latencyKinds[i].name, x.Cells, percent(x.Cell),
			percent(x.Residual), percent(x.Laws), x.Quantile)
	}
	fmt.Fprintf(out, `
These cells were in view when laws were chosen. What lies so far off is too little for others: %s are added in squares, so that the effect on a TPOT is
at least %s, the middle of the 7 to 10%% expected of cells that nobody had seen. Under the laws of 2026-11-25 the five cells by which they were chosen lay 4.8%%
off when left out, and the five that came later 14.7%% (root mean square of biases of TPOT). Further, it is
- wider by %.2f where no row of the engine was measured, %.2f where none of the engine with a format of the weights, %.2f with a kind of mixer: how many
  times as far cells lie where all like them are left out;
- wider in squares by %s where the engine's version is not one whose kernels were measured: so far do measured versions of kernels lie apart. Of the
  cells %.0f%% have such a version, whose effect holds it already;
- wider in squares by what the laws of the kernels in use are known worse than those of these cells: by held-out shapes, and by 5%% on a GPU of the same
  generation, 24%% of another engine, 43%% of another generation and 37%% without measurements ([operators](../operators), Transfer).

How many measurements lie within, each group judged by effects that were found without it:

| left out by | rows | of TPOT | mean over cells | half-width, median | rows | of TTFT, spread lengths | mean over cells | half-width, median | rows | of end-to-end time | mean over cells | half-width, median |
|---|---|---|---|---|---|---|---|---|---|---|---|---|
`, percent(d.Unseen), percent(unseenEffect), d.Wider.Engine, d.Wider.Format, d.Wider.Mixer, percent(d.Drift), 100*d.Drifted)
	for _, k := range kinds {
		e.writeSureness(out, k.name, e.predictionsOf(k.name))
	}
	out.WriteString("\nBy cell, each left out:\n\n| cell | rows | of TPOT | mean over cells | half-width, median | rows | of TTFT, spread lengths |" +
		" mean over cells | half-width, median | rows | of end-to-end time | mean over cells | half-width, median |\n|---|---|---|---|---|---|---|---|---|---|---|---|---|\n")
	for _, h := range e.of(kinds[0].name) {
		e.writeSureness(out, h.Name, h.predictions)
	}
}

func (e *Evaluation) writeSureness(out *bufio.Writer, name string, list []fidelity.Prediction) {
	if len(list) == 0 {
		return
	}
	fmt.Fprintf(out, "| %s |", name)
	for i := range latencyKinds {
		s := latencyKinds[i].surenessOf(list)
		if s.rows == 0 {
			out.WriteString(" – | – | – | – |")
			continue
		}
		fmt.Fprintf(out, " %d | %s | %s | %s |", s.rows, percent(s.within), percent(s.byCell), percent(s.halfWidth))
	}
	out.WriteByte('\n')
}
