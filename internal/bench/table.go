package bench

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/roofserve/roofserve/hw/units"
)

// Table writes a report for people.
func (r *Report) Table(w io.Writer) error {
	m := &r.Machine
	name := m.CPU
	if name == "" {
		name = "unknown CPU"
	}
	fmt.Fprintf(w, "%s, %d cores, %s, %s; a step of the calibration loop takes %.2f ns\n\n", name, m.Cores, m.System, m.Go, m.LoopStepS*1e9)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "load\trequests\tCPU s\trequests/CPU s\ttokens/CPU s\tloop steps\tpeak MB\tsteps\tone by one\tpreempted\tblock hits\t")
	for _, l := range r.Loads {
		hits := "–"
		if l.BlockHitRate > 0 {
			hits = fmt.Sprintf("%.4f", l.BlockHitRate)
		}
		fmt.Fprintf(t, "%s\t%s\t%.3f\t%s\t%s\t%.0f\t%.1f\t%.2f\t%.1f%%\t%.2f\t%s\t\n", l.Load, thousands(float64(l.Requests)), l.Seconds,
			thousands(l.PerSecond), thousands(l.TokensPer), l.LoopSteps, float64(l.PeakBytes)/1e6, l.Steps,
			100*l.OneByOne, l.Preemptions, hits)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	var b strings.Builder
	b.WriteString("\nTimes are user CPU times, medians of several runs between which the loads take turns. Loop steps, steps and preemptions are\n" +
		"for each request; one by one is the share of steps that were pure decodes and yet not skipped through.\n\n")
	seen := map[string]bool{}
	for _, l := range r.Loads {
		if !seen[l.Load] {
			fmt.Fprintf(&b, "%-12s  %s\n", l.Load, l.Title)
			seen[l.Load] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(r.Exponents)) {
		fmt.Fprintf(&b, "\nCPU time of %s grows with requests to the power of %.3f.\n", name, r.Exponents[name])
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func thousands(v float64) string { return units.Thousands(fmt.Sprintf("%.0f", v)) }
