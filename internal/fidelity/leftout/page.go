package leftout

import (
	"bufio"
	"fmt"
	"io"
	"math"

	"github.com/roofserve/roofserve/internal/fidelity"
	"github.com/roofserve/roofserve/internal/report/figure"
)

const introduction = `# Out of sample: cells left out

Written by

` + "```" + `
go run ./cmd/roofserve validate results/fidelity/endtoend/measured.csv.gz --leave-out --out results/fidelity/leftout
` + "```" + `

which with ` + "`--catalogue sim/engines`" + ` also writes the fitted constants into the engines' files.

Kernels are calibrated on operator rows alone. What is left are the constants below: what engines share, and each engine's own time. They are
fitted on end-to-end rows, TPOT, TTFT and end-to-end time together. A cell is a model under a version of an engine on a GPU, and one observation with an
error of 5%, however many rows it has; every constant is drawn to what is believed of it, so that one cell alone does not decide. Rows are left
out by cell, by model, by format, by engine, by harness and by length of prompts; constants are fitted on the others, and the rows are simulated under
these. Fits without rows start from the lines by which every row's latencies change with the constants around the fit to all; only what they
predict is simulated anew. An engine of which no row is left takes what is believed.
`

const peers = `
On other rows of the same kind, we measured of peers (median and p90 of TPOT; TTFT): BLIS 61% with its roofline and 30% with its
trained model, NVIDIA's aiconfigurator 11%, p90 34 to 39%, TTFT 44%, with a quarter of the rows refused.
`

// writePage writes the Markdown page.
func (e *Evaluation) writePage(w io.Writer, shown figure.Format) error {
	out := bufio.NewWriter(w)
	out.WriteString(introduction)
	e.writeErrors(out)
	fmt.Fprintf(out, "%s\n![Predicted against measured means of cells left out](leftout.%s)\n", peers, shown)
	e.writeResiduals(out)
	e.writeIntervals(out)
	e.writeConstants(out)
	out.WriteString("\n## What is fixed, and why\n\n| constant | value | why |\n|---|---|---|\n")
	for _, f := range fixed {
		fmt.Fprintf(out, "| %s | %s | %s |\n", f.Name, f.Value, f.Why)
	}
	for _, s := range e.Skipped {
		fmt.Fprintf(out, "\nLine %d of the measurements is left out: %s\n", s.Row.Line, s.Skipped)
	}
	return out.Flush()
}

// percent writes a fraction; there is none where nothing was averaged.
func percent(x float64) string {
	if math.IsNaN(x) {
		return "–"
	}
	return fmt.Sprintf("%.1f%%", 100*x)
}

// writeErrors writes a table for each way to leave rows out, with the means over its groups.
func (e *Evaluation) writeErrors(out *bufio.Writer) {
	out.WriteString(`
## Errors

|predicted/measured − 1|. TTFTs of rows with exact lengths say little, because users march in step there (silicon/README.md): they stand in
brackets and do not enter the means, and the end-to-end time says more. Means weigh groups equally.
`)
	for _, k := range kinds {
		if list := e.of(k.name); len(list) > 0 {
			fmt.Fprintf(out, "\n### Left out by %s: %s\n\n", k.name, k.meaning)
			e.writeHoldouts(out, list)
		}
	}
	out.WriteString("\n### None left out: in sample\n\n| | rows | TPOT median | p90 | bias | TTFT median | E2E median | p90 |\n|---|---|---|---|---|---|---|---|\n")
	s := fidelity.ScoreOf(e.In)
	fmt.Fprintf(out, "| all rows | %d | %s | %s | %+.1f%% | %s | %s | %s |\n", s.Rows, percent(s.TPOT.MedianAPE), percent(s.TPOT.P90APE),
		100*s.TPOT.MedianBias, percent(s.TTFT.MedianAPE), percent(s.E2E.MedianAPE), percent(s.E2E.P90APE))
}

// mean averages what there is.
type mean struct{ sum, n float64 }

func (m *mean) note(x float64) { m.sum, m.n = m.sum+x, m.n+1 }

func (m *mean) add(e *fidelity.Errors, x float64) {
	if e.Rows > 0 {
		m.note(x)
	}
}

func (m *mean) value() float64 { return m.sum / m.n }

// means are those over groups of rows that were left out together.
type means struct{ tpot, p90, ttft, ttft90, e2e, e2e90, roofline mean }

func (e *Evaluation) meansOf(list []*Holdout) (m means) {
	for _, h := range list {
		s, bare := fidelity.ScoreOf(h.predictions), fidelity.ScoreOf(e.rooflineOf(h))
		m.tpot.add(&s.TPOT, s.TPOT.MedianAPE)
		m.p90.add(&s.TPOT, s.TPOT.P90APE)
		m.e2e.add(&s.E2E, s.E2E.MedianAPE)
		m.e2e90.add(&s.E2E, s.E2E.P90APE)
		m.roofline.add(&bare.TPOT, bare.TPOT.MedianAPE)
		if !e.exact(h) {
			m.ttft.add(&s.TTFT, s.TTFT.MedianAPE)
			m.ttft90.add(&s.TTFT, s.TTFT.P90APE)
		}
	}
	return m
}

func (e *Evaluation) writeHoldouts(out *bufio.Writer, list []*Holdout) {
	out.WriteString("| left out | rows | TPOT median | p90 | bias | TTFT median | p90 | bias | E2E median | p90 | bias | TPOT roofline |\n" +
		"|---|---|---|---|---|---|---|---|---|---|---|---|\n")
	cells := func(x *fidelity.Errors) [3]string {
		if x.Rows == 0 {
			return [3]string{"–", "–", "–"}
		}
		return [3]string{percent(x.MedianAPE), percent(x.P90APE), fmt.Sprintf("%+.1f%%", 100*x.MedianBias)}
	}
	for _, h := range list {
		s, bare := fidelity.ScoreOf(h.predictions), fidelity.ScoreOf(e.rooflineOf(h))
		tpot, ttft, e2e := cells(&s.TPOT), cells(&s.TTFT), cells(&s.E2E)
		if e.exact(h) {
			for i := range ttft {
				ttft[i] = "(" + ttft[i] + ")"
			}
		}
		fmt.Fprintf(out, "| %s | %d | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s |\n", h.Name, s.Rows, tpot[0], tpot[1], tpot[2],
			ttft[0], ttft[1], ttft[2], e2e[0], e2e[1], e2e[2], percent(bare.TPOT.MedianAPE))
	}
	m := e.meansOf(list)
	fmt.Fprintf(out, "| **mean** | | **%s** | **%s** | | **%s** | %s | | **%s** | %s | | %s |\n", percent(m.tpot.value()), percent(m.p90.value()),
		percent(m.ttft.value()), percent(m.ttft90.value()), percent(m.e2e.value()), percent(m.e2e90.value()),
		percent(m.roofline.value()))
}

// exact tells whether a holdout's lengths are exact.
func (e *Evaluation) exact(h *Holdout) bool {
	for _, i := range h.rows {
		if !e.Table.Rows[i].InStep() {
			return false
		}
	}
	return true
}

func (e *Evaluation) rooflineOf(h *Holdout) (list []fidelity.Prediction) {
	for _, i := range h.rows {
		list = append(list, e.Roofline[i])
	}
	return list
}

func (e *Evaluation) writeConstants(out *bufio.Writer) {
	fmt.Fprintf(out, "\n## Constants\n\n%d numbers, for all models, GPUs and rows. The catalogue holds the fit to all rows. Standard errors, of the logarithm, "+
		"count cells as observations. The last columns are the least and the most that fits with a cell left out gave.\n\n"+
		"| | constant | meaning | believed | source | all rows | standard error | catalogue | least | most |\n|---|---|---|---|---|---|---|---|---|---|\n",
		len(Constants))
	for i := range Constants {
		c := &Constants[i]
		engine, unit := c.Engine, " "+c.Unit
		if engine == "" {
			engine = "shared"
		}
		if c.Unit == "1" {
			unit = ""
		}
		low, high := math.Inf(1), math.Inf(-1)
		for _, h := range e.of(kinds[0].name) {
			low, high = min(low, h.Values[i]), max(high, h.Values[i])
		}
		fmt.Fprintf(out, "| %s | %s | %s | %v ± %s | %s | %.3g%s | %s | %v | %.3g | %.3g |\n", engine, c.Name, c.Meaning, c.Prior, percent(c.Belief), c.Source,
			e.All.Values[i], unit, percent(e.All.Errors[i]), inCatalogue(c), low, high)
	}
}
