package splitwise

import (
	"bufio"
	"fmt"
	"io"

	"github.com/roofserve/roofserve/internal/report/figure"
)

const introduction = `# Splitwise: Llama-2-70B in 2023

Written by

` + "```" + `
go run ./cmd/roofserve validate results/fidelity/splitwise/measured.csv.gz --out results/fidelity/splitwise
` + "```" + `

` + "`measured.csv.gz`" + ` is the Splitwise study's profile of Llama-2-70B on one node (Patel et al., ISCA 2024; splitwise-sim's
perf_model.csv, MIT, Copyright 2024 Pratyush Patel; see NOTICE): the time of the step that computes a batch's prompts (prompt_time), and of a
decode step (token_time), by tensor parallelism. The engine was the vLLM of 2023, which launched every kernel from Python, so that
decoding on A100 takes 45 ms on four GPUs and on eight. Its profile is ` + "`vllm-2023`" + `: each batch is simulated by the engine's own
path, scheduler included. Five constants of a system's nodes are fitted on TP 2 and TP 8; **TP 4 is out of sample**.
`

// notes say what is known to be wrong, and why the constants can be told apart.
const notes = `
## Why five constants

- Steps of long prompts are bound by the device, steps of one short prompt or of few decodes by the host: a step takes the longer
  of the two, and each side has its own rows. Decoding at TP 2 is bound by the device, at TP 4 and TP 8 by the host.
- Kernels and all-reduces are told apart by TP: from TP 2 to TP 8 kernels' work divides by four, while what all-reduces carry grows.
- A constant time of a step would trade off against the kernels' factor where the device sets the pace. It is 0: kernels' factor,
  as prompts show it, leaves nothing of decoding at TP 2 on H100 (37.2 ms) for it.
- A system has its own constants because its host has: launching takes half as long again on the A100 nodes' processors.

## Known deviations

1. Steps of more than 2,048 prompt tokens on several GPUs take longer than predicted: up to 1.8 times as long on A100; on H100 1.5
   times at TP 8, 1.15 at TP 4 and not at all at TP 2. Time grows faster than tokens there, and more so with more GPUs, so that it is
   probably in the exchanges; but a dearer all-reduce of large messages, fitted on TP 2 and TP 8, made TP 4 on H100 worse (p90 from 12% to
   20%), and was left out. A third of the rows, and all of the p90.
2. On A100 four prompts or more take a fifth to a third longer than one prompt of as many tokens; on H100 they do not.
3. A decode step of 64 sequences takes 5 to 8% longer than predicted, one of 32 up to 8% less: it jumps by 11 to 20 ms between them
   on any number of GPUs, which a constant for each sequence does not give.
4. At TP 2 on A100 a decode step of one sequence took 55 ms in the rows with 128 tokens of output and 60 ms in those with more; the
   prediction lies at 59 ms.
`

// writePage writes the Markdown page.
func writePage(w io.Writer, e *Evaluation, fits []*Fitted, shown figure.Format) error {
	out := bufio.NewWriter(w)
	out.WriteString(introduction)
	writeScores(out, e)
	fmt.Fprintf(out, "\n![Predicted against measured times](splitwise.%s)\n", shown)
	writeConstants(out, fits)
	out.WriteString(notes)
	writeDrops(out, e.Table)
	return out.Flush()
}

func writeScores(out *bufio.Writer, e *Evaluation) {
	out.WriteString(`
## Errors

|predicted/measured − 1|. "By shape" counts every batch of prompts once: of the rows, a third are the same prompt with outputs of
several lengths. The roofline is the GPU's data sheet and the links' alone, without any calibration or host.

| phase | system | TP | | rows | median | p90 | bias | by shape | roofline |
|---|---|---|---|---|---|---|---|---|---|
`)
	for _, phase := range []Phase{Prompt, Token} {
		for _, s := range e.Scores {
			if s.Phase != phase {
				continue
			}
			role, median := "fitted", percent(s.MedianAPE)
			if s.TP == TestTP {
				role, median = "**test**", "**"+median+"**"
			}
			fmt.Fprintf(out, "| %s | %s | %d | %s | %d | %s | %s | %+.1f%% | %s | %s |\n", s.Phase, s.System, s.TP, role, s.Rows,
				median, percent(s.P90APE), 100*s.MedianBias, percent(s.ByShape), percent(s.Roofline.MedianAPE))
		}
	}
}

func percent(x float64) string { return fmt.Sprintf("%.1f%%", 100*x) }

func writeConstants(out *bufio.Writer, fits []*Fitted) {
	out.WriteString("\n## Constants\n\nFitted robustly to the logarithms of both phases; standard errors are clustered by shape. " +
		"Predictions are made with the profile's values, which are these, rounded.\n\n| constant | meaning |")
	for _, f := range fits {
		fmt.Fprintf(out, " %s | standard error | profile |", f.System)
	}
	out.WriteString("\n|---|---|")
	for range fits {
		out.WriteString("---|---|---|")
	}
	for i, c := range Constants {
		unit := " " + c.Unit
		if c.Unit == "1" {
			unit = ""
		}
		fmt.Fprintf(out, "\n| %s | %s |", c.Name, c.Meaning)
		for _, f := range fits {
			fmt.Fprintf(out, " %.4g%s | %s | %v |", f.Values[i], unit, percent(f.StandardErrors[i]), f.InProfile[i])
		}
	}
	out.WriteString("\n")
}

func writeDrops(out *bufio.Writer, t *Table) {
	out.WriteString("\n## Rows that are left out\n\n")
	count := map[string]int{}
	var order []string
	for _, r := range t.Reasons {
		if count[r]++; r != "" && count[r] == 1 {
			order = append(order, r)
		}
	}
	for _, r := range order {
		fmt.Fprintf(out, "- %d rows, %s.\n", count[r], r)
	}
}
