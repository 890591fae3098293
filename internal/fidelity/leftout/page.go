package leftout

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/roofserve/roofserve/internal/fidelity"
)

const introduction = `# Out of sample: cells left out

Written by

` + "```" + `
go run ./cmd/roofserve validate results/fidelity/endtoend/measured.csv.gz --leave-out --out results/fidelity/leftout
` + "```" + `

Kernels are calibrated on operator rows alone. What is left are the constants below: what engines share, and each engine's own time. They are
fitted on end-to-end rows, TPOT and TTFT together, every cell (a model under an engine) counting the same. Here each cell is left out
in turn, the constants are fitted on the others, and the cell is predicted. An engine of which no row is left takes what is typical of engines.
The largest cell is the only one of its engine, so that one TP of it is also left out by itself.

Only the constants' values are out of sample. What is modelled was chosen with all rows in view: which constants are shared, fixed and how weakly
drawn to what is typical, the kernels that an engine prefers, and TensorRT-LLM's token budget.
`

const peers = `
On other rows of the same kind, we measured of peers (median and p90 of TPOT; TTFT): BLIS 61% with its roofline and 30% with its
trained model, NVIDIA's aiconfigurator 11%, p90 34 to 39%, TTFT 44%, with a quarter of the rows refused.
`

// writePage writes the Markdown page.
func (e *Evaluation) writePage(w io.Writer) error {
	out := bufio.NewWriter(w)
	out.WriteString(introduction)
	e.writeErrors(out)
	out.WriteString(peers + "\n![Predicted against measured means of cells left out](leftout.png)\n")
	e.writeIntervals(out)
	e.writeConstants(out)
	out.WriteString("\n## What is fixed, and why\n\n| constant | value | why |\n|---|---|---|\n")
	for _, f := range fixed {
		fmt.Fprintf(out, "| %s | %s | %s |\n", f.Name, f.Value, f.Why)
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

func (e *Evaluation) writeErrors(out *bufio.Writer) {
	out.WriteString(`
## Errors

|predicted/measured − 1|. TTFTs of rows with exact lengths say little, because users march in step there (silicon/README.md): they stand in brackets.

| left out | rows | TPOT median | p90 | bias | TTFT median | p90 | bias | TPOT roofline |
|---|---|---|---|---|---|---|---|---|
`)
	var sums [5]float64
	var cells, spread float64
	for _, h := range e.Holdouts {
		s := fidelity.ScoreOf(e.parts[h])
		bare := fidelity.ScoreOf(e.rooflineOf(h))
		ttft := [3]string{percent(s.TTFT.MedianAPE), percent(s.TTFT.P90APE), fmt.Sprintf("%+.1f%%", 100*s.TTFT.MedianBias)}
		if e.exact(h) {
			for i := range ttft {
				ttft[i] = "(" + ttft[i] + ")"
			}
		}
		fmt.Fprintf(out, "| %s | %d | %s | %s | %+.1f%% | %s | %s | %s | %s |\n", h.Name, s.Rows, percent(s.TPOT.MedianAPE), percent(s.TPOT.P90APE),
			100*s.TPOT.MedianBias, ttft[0], ttft[1], ttft[2], percent(bare.TPOT.MedianAPE))
		if h.Part {
			continue
		}
		cells++
		sums[0] += s.TPOT.MedianAPE
		sums[1] += s.TPOT.P90APE
		sums[4] += bare.TPOT.MedianAPE
		if !e.exact(h) {
			spread++
			sums[2] += s.TTFT.MedianAPE
			sums[3] += s.TTFT.P90APE
		}
	}
	fmt.Fprintf(out, "| **mean over the cells** | | **%s** | **%s** | | **%s** | %s | | %s |\n",
		percent(sums[0]/cells), percent(sums[1]/cells), percent(sums[2]/spread), percent(sums[3]/spread),
		percent(sums[4]/cells))
}

// exact tells whether a holdout's lengths are exact.
func (e *Evaluation) exact(h *Holdout) bool { return e.Table.Rows[h.rows[0]].LengthMinFraction == 1 }

func (e *Evaluation) rooflineOf(h *Holdout) (list []fidelity.Prediction) {
	for _, i := range h.rows {
		list = append(list, e.Roofline[i])
	}
	return list
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

func (e *Evaluation) writeConstants(out *bufio.Writer) {
	fmt.Fprintf(out, "\n## Constants\n\n%d numbers, for all models, GPUs and rows. The catalogue holds the fit to all rows; standard errors are clustered by deployment "+
		"and lengths, 0 where a bound or what is typical holds the constant.\n\n| | constant | meaning | all rows | standard error | catalogue |", len(Constants))
	for _, h := range e.Holdouts {
		fmt.Fprintf(out, " without %s |", h.Name)
	}
	out.WriteString("\n|---|---|---|---|---|---|" + strings.Repeat("---|", len(e.Holdouts)) + "\n")
	for i := range Constants {
		c := &Constants[i]
		engine, unit := c.Engine, " "+c.Unit
		if engine == "" {
			engine = "shared"
		}
		if c.Unit == "1" {
			unit = ""
		}
		fmt.Fprintf(out, "| %s | %s | %s | %.3g%s | %s | %v |", engine, c.Name, c.Meaning, e.All.Values[i], unit,
			percent(e.All.StandardErrors[i]), inCatalogue(c))
		for _, h := range e.Holdouts {
			fmt.Fprintf(out, " %.3g |", h.Fitted.Values[i])
		}
		out.WriteString("\n")
	}
}
