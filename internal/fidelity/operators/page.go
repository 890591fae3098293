package operators

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/roofserve/roofserve/internal/report/figure"
	"github.com/roofserve/roofserve/sim/cost/calibrate"
)

const introduction = `# Operators: predicted against measured

Written by ` + "`roofserve calibrate`" + `. Each law of an operator family has a few parameters, fitted for each engine's kernels on
each device to the logarithm of predicted over measured time with a Huber loss. Errors are |predicted/measured − 1| out of sample:
the rows are cut into five parts by whole groups of shapes ((n, k) pairs, head configurations, expert shapes, message sizes), and
each part is predicted with parameters fitted on the other four. Beside them stand the errors within the sample and those of the
bare data-sheet roofline: peak arithmetic or peak bandwidth, whichever takes longer.

The rows derive from the aiconfigurator project's measured database (Apache-2.0, NVIDIA CORPORATION & AFFILIATES).

`

// writePage writes the Markdown page.
func writePage(w io.Writer, fits []*calibrate.Fit, transfers []calibrate.Transfer,
	figures []*figure.Figure, shown figure.Format) error {
	out := bufio.NewWriter(w)
	out.WriteString(introduction)
	writeTargets(out, fits)
	writeLaws(out, fits)
	writeTransfers(out, fits, transfers)
	writeBounds(out, fits)
	writeOutside(out, fits)
	writeDrops(out, fits)
	for _, f := range figures {
		fmt.Fprintf(out, "\n![%s](%s.%s)\n", f.Title, f.Name, shown)
	}
	return out.Flush()
}

func writeLaws(out *bufio.Writer, fits []*calibrate.Fit) {
	total, rows := 0, 0
	for _, f := range fits {
		total, rows = total+free(f), rows+len(f.Samples)
	}
	fmt.Fprintf(out, "## Laws\n\n%d laws, %d fitted parameters, %d rows.\n", len(fits), total, rows)
	for _, name := range familyNames(fits) {
		fmt.Fprintf(out, "\n### %s\n\n", name)
		out.WriteString("| law | device | engine | rows | parameters | median | p90 | bias | within | roofline |\n|---|---|---|---|---|---|---|---|---|---|\n")
		for _, f := range ofFamily(fits, name) {
			fmt.Fprintf(out, "| %s | %s | %s | %d | %d | **%s** | %s | %+.1f%% | %s | %s |\n",
				strings.TrimSpace(f.Law+" "+f.Variant), f.Device.Name, f.Named(), len(f.Samples), free(f),
				percent(f.Held.Median),
				percent(f.Held.P90), 100*f.Held.Bias, percent(f.Within.Median), percent(f.Roofline.Median))
		}
	}
}

func writeTransfers(out *bufio.Writer, fits []*calibrate.Fit, transfers []calibrate.Transfer) {
	out.WriteString(`
## Transfer

What one fit's parameters give where another was measured, which is how far predictions without measurements can be trusted
(transfers.csv has every pair; engines and devices are tried with their newest version). Figures show the newest version. The spread of the mean error is what such a prediction adds to its uncertainty.

| parameters from | cases | median error | spread of the mean error |
|---|---|---|---|
`)
	for _, row := range []struct {
		from   string
		errors []calibrate.Errors
	}{
		{"another engine on the same device", transferred(transfers, calibrate.AcrossEngines)},
		{"the same engine on another device (A100 for H100 and back)", transferred(transfers, calibrate.AcrossDevices)},
		{"the version before", transferred(transfers, calibrate.AcrossVersions)},
		{"typical efficiencies, nothing measured", typical(fits)},
	} {
		median, sigma := spread(row.errors)
		fmt.Fprintf(out, "| %s | %d | %s | %s |\n", row.from, len(row.errors), percent(median), percent(sigma))
	}
}

func writeBounds(out *bufio.Writer, fits []*calibrate.Fit) {
	out.WriteString("\n## Parameters that are not fitted\n\nStopped by a bound that physics sets, or kept at their default because the rows cannot tell them.\n\n")
	for _, f := range fits {
		if len(f.AtBound) > 0 {
			fmt.Fprintf(out, "- %s, %s, %s: at a bound: %s\n", f.Law, f.Device.Name, f.Named(), strings.Join(f.AtBound, ", "))
		}
		for _, p := range f.Parameters {
			if reason, ok := f.Fixed[p.Name]; ok {
				fmt.Fprintf(out, "- %s, %s, %s: %s kept: %s\n", f.Law, f.Device.Name, f.Named(), p.Name, reason)
			}
		}
	}
}

func writeOutside(out *bufio.Writer, fits []*calibrate.Fit) {
	out.WriteString(`
## Rows that laws are not meant for

The errors above are without these rows; here is what the laws give on them. They are many where the measured grid is fine at
small sizes.

| law | device | engine | left out | rows | median | p90 | bias |
|---|---|---|---|---|---|---|---|
`)
	for _, f := range fits {
		for _, o := range f.Outside {
			fmt.Fprintf(out, "| %s | %s | %s | %s | %d | %s | %s | %+.1f%% |\n", f.Law, f.Device.Name, f.Named(), o.Reason, o.Rows,
				percent(o.Errors.Median), percent(o.Errors.P90), 100*o.Errors.Bias)
		}
	}
}

func writeDrops(out *bufio.Writer, fits []*calibrate.Fit) {
	out.WriteString("\n## Rows that are not used\n\nThinning keeps the same number of rows of each group of shapes, chosen by a hash of the shape.\n\n")
	for _, f := range fits {
		if f.Dropped() > 0 {
			fmt.Fprintf(out, "- %s, %s, %s: %s\n", f.Law, f.Device.Name, f.Named(), strings.Join(f.Drops(), "; "))
		}
	}
}
