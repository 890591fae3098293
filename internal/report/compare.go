package report

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/roofserve/roofserve/internal/study/explain"
	"github.com/roofserve/roofserve/sim/cost"
)

// Comparison is the JSON object of several steps side by side.
func Comparison(c *explain.Comparison) any {
	objects := make([]any, len(c.Cases))
	for i, e := range c.Cases {
		o := explanationObject(e)
		o.set("close_to_quickest", c.Close[i])
		objects[i] = o
	}
	return object{{"compare", objects}, {"chosen_gpus", c.ChosenGPUs}, {"quickest", c.Quickest}, {"plan_rule", orGiven(c.Rule)}, {"version", Version}}
}

// WriteComparison writes several steps side by side for people: a column for each.
func WriteComparison(w io.Writer, c *explain.Comparison) error {
	var b bytes.Buffer
	first := c.Cases[0]
	fmt.Fprintf(&b, "a %s on %s each\n", stepText(first.Step), counted(first.Scenario.Hardware.GPUs, "GPU"))
	if c.ChosenGPUs {
		b.WriteString("GPUs: the fewest that hold the weights of every case\n")
	}
	fmt.Fprintf(&b, "plans: %s\n", ruleText(c.Rule))
	b.WriteByte('\n')
	header := []string{""}
	for i := range c.Cases {
		header = append(header, caseName(c.Cases, i))
	}
	writeColumns(&b, header, slices.Concat(conditionRows(c.Cases), timeRows(c.Cases)))
	fmt.Fprintf(&b, "\n%s\n", quickestText(c))
	writeWarnings(&b, jointWarnings(c.Cases))
	_, err := w.Write(b.Bytes())
	return err
}

// quickestText says which case's step takes least, and which cannot be told apart from it.
func quickestText(c *explain.Comparison) string {
	var ties []string
	for i, tied := range c.Close {
		if tied {
			ties = append(ties, caseName(c.Cases, i))
		}
	}
	text := caseName(c.Cases, c.Quickest) + " takes the shortest step"
	if len(ties) > 0 {
		text += ", from which that of " + strings.Join(ties, " and ") + " cannot be told apart (within the interval of their ratio)"
	}
	return text + "."
}

// ruleText says how plans were chosen.
func ruleText(rule explain.Rule) string {
	return map[explain.Rule]string{
		explain.Best:    "each the fastest for this step, of those that hold its sequences or else the weights",
		explain.Memory:  "each the one that holds most sequences of this context",
		explain.Latency: "each the fastest for one sequence alone",
		explain.Fixed:   "each the one that deployments start with: tensor parallelism within a node first",
		explain.AsGiven: "as given",
	}[rule]
}

// orGiven is a rule's name in JSON.
func orGiven(rule explain.Rule) string { return cmp.Or(string(rule), "given") }

// jointWarnings lists each warning once, with the cases that it is about unless they are all.
func jointWarnings(list []*explain.Explanation) []string {
	var order []string
	about := map[string][]string{}
	for i, e := range list {
		for _, warning := range e.Parts.Warnings {
			if about[warning] == nil {
				order = append(order, warning)
			}
			about[warning] = append(about[warning], caseName(list, i))
		}
	}
	for i, warning := range order {
		if cases := about[warning]; len(cases) < len(list) {
			order[i] = strings.Join(cases, ", ") + ": " + warning
		}
	}
	return order
}

// comparedRow is one line of a comparison.
func comparedRow(list []*explain.Explanation, name string,
	value func(e *explain.Explanation) string) []string {
	row := []string{name}
	for _, e := range list {
		row = append(row, value(e))
	}
	return row
}

// conditionRows say what is compared, and what it needs.
func conditionRows(list []*explain.Explanation) [][]string {
	row := func(name string, value func(e *explain.Explanation) string) []string {
		return comparedRow(list, name, value)
	}
	return [][]string{
		row("parameters", func(e *explain.Explanation) string {
			total, active, _ := e.Parts.Model.Params()
			if total == active {
				return billions(total)
			}
			return billions(total) + ", " + billions(active) + " active"
		}),
		row("formats", func(e *explain.Explanation) string { return precisionText(&e.Scenario.Precision) }),
		row("plan", func(e *explain.Explanation) string { return planText(&e.Scenario.Parallel) }),
		row("weights on each GPU", func(e *explain.Explanation) string { return gigabytes(e.Parts.Memory.WeightBytesPerGPU) }),
		row("cache for each token", func(e *explain.Explanation) string {
			return grouped(float64(e.Parts.Memory.KVBytesPerToken)) + " B"
		}),
		row("state of a sequence", func(e *explain.Explanation) string {
			return gigabytes(e.Parts.Model.StateBytesAt(e.Step.Context, &e.Parts.Plan.Precision))
		}),
		row("sequences that fit", func(e *explain.Explanation) string { return grouped(float64(e.Capacity())) }),
		row("fits", func(e *explain.Explanation) string {
			if e.Fits() {
				return "yes"
			}
			return "no"
		}),
		row("TFLOP of a GPU", func(e *explain.Explanation) string { flops, _ := e.Work(); return brief(float64(flops) / 1e12) }),
		row("GB moved by a GPU", func(e *explain.Explanation) string { _, moved := e.Work(); return brief(float64(moved) / 1e9) }),
		row("GB sent by a GPU", func(e *explain.Explanation) string { return brief(float64(e.Sent()) / 1e9) }),
		row("FLOP/B", func(e *explain.Explanation) string {
			flops, moved := e.Work()
			return brief(float64(flops) / float64(moved))
		}),
	}
}

// timeRows say how long a step takes and what it is made of.
func timeRows(list []*explain.Explanation) [][]string {
	row := func(name string, value func(e *explain.Explanation) string) []string {
		return comparedRow(list, name, value)
	}
	rows := [][]string{
		row("time of the step", func(e *explain.Explanation) string { return brief(e.Time.Milliseconds()) + " ms" }),
		row("tokens/s of a GPU", func(e *explain.Explanation) string {
			return brief(e.TokensPerSecond() / float64(e.Parts.Plan.GPUs()))
		}),
		{"time by what works"},
	}
	for _, c := range cost.Categories {
		if !slices.ContainsFunc(list, func(e *explain.Explanation) bool { return e.CategoryTime(c) > 0 }) {
			continue
		}
		rows = append(rows, row("  "+string(c), func(e *explain.Explanation) string {
			t := e.CategoryTime(c)
			return brief(t.Milliseconds()) + " ms " + fmt.Sprintf("%5s", percent(float64(t/e.Time)))
		}))
	}
	rows = append(rows, []string{"time by what bounds"})
	for _, bound := range bounds {
		rows = append(rows, row("  "+string(bound),
			func(e *explain.Explanation) string { return percent(float64(e.BoundTime(bound) / e.Time)) }))
	}
	return rows
}
