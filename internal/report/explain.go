package report

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/internal/study/explain"
	"github.com/roofserve/roofserve/sim/cost"
)

// bounds are what bounds an operator, in the order of reports.
var bounds = [...]cost.Bound{cost.BoundCompute, cost.BoundMemory, cost.BoundNetwork, cost.BoundOverhead}

// Explanation is the JSON object of a step opened up.
func Explanation(e *explain.Explanation) any {
	o := explanationObject(e)
	o.set("version", Version)
	return o
}

func explanationObject(e *explain.Explanation) *object {
	o, p := &object{}, e.Parts
	total, active, gemm := p.Model.Params()
	flops, bytes := e.Work()
	o.set("model", p.Model.Name)
	o.set("device", p.Device.Name)
	o.set("plan", planObject(p.Plan))
	o.set("precision", e.Scenario.Precision)
	o.set("params", object{{"total", total}, {"active", active}, {"active_gemm", gemm}})
	phase := "prefill"
	if e.Step.Decodes() {
		phase = "decode"
	}
	o.set("phase", phase)
	o.set("batch", e.Step.Batch)
	o.set("context", e.Step.Context)
	o.set("prefill", e.Step.Prefill)
	o.set("fits", e.Fits())
	o.set("weights_fit", e.WeightsFit())
	o.set("max_concurrent_sequences", e.Capacity())
	o.set("weight_bytes_per_gpu", float64(p.Memory.WeightBytesPerGPU))
	o.set("state_bytes_at_context", float64(p.Model.StateBytesAt(e.Step.Context, &p.Plan.Precision)))
	o.set("rows", e.Graph.Rows)
	o.set("graph_rows", nullWhereZero(float64(e.Graph.Graph)))
	o.set("step_ms", e.Time.Milliseconds())
	o.set("tokens_per_second", e.TokensPerSecond())
	o.set("tokens_per_second_per_gpu", e.TokensPerSecond()/float64(p.Plan.GPUs()))
	if e.Payoff != nil {
		o.set("speculation", payoffObject(e))
	}
	o.set("flops_per_gpu", float64(flops))
	o.set("bytes_per_gpu", float64(bytes))
	o.set("sent_bytes_per_gpu", float64(e.Sent()))
	categories, byBound := object{}, object{}
	for _, c := range cost.Categories {
		categories.set(string(c), e.CategoryTime(c).Milliseconds())
	}
	for _, b := range bounds {
		byBound.set(string(b), e.BoundTime(b).Milliseconds())
	}
	o.set("categories_ms", categories)
	o.set("bounds_ms", byBound)
	roofs := []object{}
	for _, f := range formats(p.Device) {
		roofs = append(roofs, object{{"format", f}, {"peak_flops_per_second", float64(p.Device.Peak[f])},
			{"bandwidth_bytes_per_second", float64(p.Device.Bandwidth)}, {"ridge", p.Device.Ridge(f)}})
	}
	o.set("roofs", roofs)
	operators := make([]object, len(e.Operators))
	for i := range e.Operators {
		operators[i] = operatorObject(e, &e.Operators[i])
		operators[i].set("law_error", nullWhereZero(e.Evidence.Operators[i]))
	}
	o.set("operators", operators)
	o.set("evidence", evidenceObject(e.Evidence))
	o.set("warnings", append([]string{}, p.Warnings...))
	return o
}

func operatorObject(e *explain.Explanation, t *cost.OperatorTime) object {
	return object{{"layer", t.Layer}, {"name", t.Name}, {"category", t.Category}, {"count", t.Count}, {"flops", float64(t.FLOPs)},
		{"bytes", float64(t.Bytes)}, {"intensity", t.Intensity()}, {"bound", t.Bound}, {"format", t.Format},
		{"time_ms", t.Time.Milliseconds()},
		{"roof_ms", t.Roof.Milliseconds()}, {"share", e.Share(t)}}
}

// WriteExplanation writes a step opened up for people.
func WriteExplanation(w io.Writer, e *explain.Explanation) error {
	var b bytes.Buffer
	s, p := e.Scenario, e.Parts
	fmt.Fprintf(&b, "%s on %d × %s: %s, %s\n", p.Model.Name, s.Hardware.GPUs, p.Device.Name,
		planText(&s.Parallel), precisionText(&s.Precision))
	fmt.Fprintf(&b, "a %s takes %s ms: %s tokens/s, %s for each GPU\n", stepText(e.Step), brief(e.Time.Milliseconds()),
		brief(e.TokensPerSecond()), brief(e.TokensPerSecond()/float64(p.Plan.GPUs())))
	b.WriteString(graphText(&e.Graph))
	if e.Payoff != nil {
		b.WriteString(payoffText(e))
	}
	fmt.Fprintf(&b, "fits: %s\n\n", fitText(e))
	rows := make([][]string, 0, len(e.Operators)+1)
	for i := range e.Operators {
		o := &e.Operators[i]
		rows = append(rows, []string{operatorName(*o), fmt.Sprint(o.Count), amount(float64(o.FLOPs) / 1e9),
			amount(float64(o.Bytes) / 1e6),
			amount(o.Intensity()), string(o.Bound), roofText(o),
			brief(float64(o.Time) * 1e6), percent(e.Share(o)), errorText(e.Evidence.Operators[i])})
	}
	flops, traffic := e.Work()
	rows = append(rows, []string{"all", "", amount(float64(flops) / 1e9), amount(float64(traffic) / 1e6),
		amount(float64(flops) / max(float64(traffic), 1)), "", "", brief(float64(e.Time) * 1e6), percent(1), ""})
	writeColumns(&b, []string{"operator", "layers", "GFLOP", "MB", "FLOP/B", "bound", "of roof", "µs", "share", "law"}, rows)
	fmt.Fprintf(&b, "\nof the slowest GPU; MB are memory traffic or, where the network bounds, what it sends\nof roof: the share of the time that "+
		"the data sheet's rates alone would take; law: what nine in ten held-out measurements are off by\n%s\n", ridgeText(p.Device))
	writeWarnings(&b, append([]string{e.Evidence.String()}, p.Warnings...))
	_, err := w.Write(b.Bytes())
	return err
}

// graphText says where a step has other rows than its sequences or tokens, or no graph that others have.
func graphText(u *cost.GraphUse) string {
	switch {
	case u.Outgrown:
		return fmt.Sprintf("no CUDA graph has %s: the host launches every kernel\n", counted(u.Rows, "row"))
	case u.Graph > u.Rows:
		return fmt.Sprintf("computed as %s, in the CUDA graph that holds %s\n", counted(u.Graph, "row"), grouped(float64(u.Rows)))
	}
	return ""
}

// errorText is what nine in ten of an operator's times are off by; empty of the host's, which are no law's.
func errorText(share float64) string {
	if share == 0 {
		return ""
	}
	return fmt.Sprintf("±%.0f%%", 100*share)
}

// stepText names a step: "decode of 64 sequences at 4,096 tokens of context".
func stepText(s explain.Step) string {
	whole := func(n int) string { return grouped(float64(n)) }
	switch {
	case s.Decodes():
		return fmt.Sprintf("decode of %s at %s of context", counted(s.Batch, "sequence"), counted(s.Context, "token"))
	case s.Context > s.Prefill:
		return fmt.Sprintf("prefill of %s × %s after %s", whole(s.Batch), counted(s.Prefill, "token"), counted(s.Context-s.Prefill, "cached one"))
	default:
		return fmt.Sprintf("prefill of %s × %s", whole(s.Batch), counted(s.Prefill, "token"))
	}
}

// writeColumns writes a table whose first column is text and whose others are numbers, aligned to the right.
func writeColumns(b *bytes.Buffer, columns []string, rows [][]string) {
	width := make([]int, len(columns))
	all := append([][]string{columns}, rows...)
	for _, row := range all {
		for i, cell := range row {
			width[i] = max(width[i], utf8.RuneCountInString(cell))
		}
	}
	for _, row := range all {
		for i, cell := range row {
			padding := strings.Repeat(" ", width[i]-utf8.RuneCountInString(cell))
			switch {
			case i > 0:
				b.WriteString("  " + padding + cell)
			case len(row) > 1:
				b.WriteString(cell + padding)
			default:
				b.WriteString(cell)
			}
		}
		b.WriteByte('\n')
	}
}

// fitText says whether the step fits, and by what it does not.
func fitText(e *explain.Explanation) string {
	switch {
	case e.Fits():
		return fmt.Sprintf("yes, with room for %s", counted(e.Capacity(), "such sequence"))
	case e.WeightsFit():
		return fmt.Sprintf("no: the weights do, with room for %s of %s", grouped(float64(e.Capacity())), counted(e.Step.Batch, "such sequence"))
	default:
		return fmt.Sprintf("no: short by %s on each GPU before any cache", gigabytes(e.Parts.Memory.ShortBy))
	}
}

// roofText is how near an operator comes to the roof above it.
func roofText(o *cost.OperatorTime) string {
	if o.Roof == 0 {
		return ""
	}
	return fmt.Sprintf("%.0f%%", 100*float64(o.Roof/o.Time))
}

// ridgeText names the intensities from which a device is bound by arithmetic.
func ridgeText(d *hw.Device) string {
	text := d.Name + "'s ridge lies"
	for i, f := range []units.Format{units.BF16, units.FP8} {
		if !d.Supports(f) {
			continue
		}
		if i > 0 {
			text += ","
		}
		text += fmt.Sprintf(" at %s FLOP/B in %s", brief(d.Ridge(f)), f)
	}
	return text
}

// writeWarnings writes what a reader must know before trusting the numbers.
func writeWarnings(b *bytes.Buffer, warnings []string) {
	for _, warning := range warnings {
		fmt.Fprintf(b, "! %s\n", wrap(warning, summaryWidth-2, "  "))
	}
}

// amount is a number, or nothing where there is none.
func amount(v float64) string {
	if v == 0 {
		return ""
	}
	return brief(v)
}
