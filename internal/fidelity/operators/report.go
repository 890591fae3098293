package operators

import (
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/roofserve/roofserve/internal/atomicfile"
	"github.com/roofserve/roofserve/internal/report/figure"
	"github.com/roofserve/roofserve/sim/cost/calibrate"
	"github.com/roofserve/roofserve/sim/cost/kernels"
)

// Save writes the report into a folder: README.md, laws.csv, transfers.csv and a figure of residuals for each
// family with enough samples. The same fits give the same bytes.
func Save(dir string, look figure.Look, fits []*calibrate.Fit) error {
	figures, err := residualFigures(calibrate.Newest(fits))
	if err != nil {
		return err
	}
	transfers := calibrate.Transfers(fits)
	laws, carried := lawTable(fits), transferTable(transfers)
	err = atomicfile.WriteFolder(dir,
		atomicfile.Named{Name: "laws.csv", Write: laws.WriteCSV},
		atomicfile.Named{Name: "transfers.csv", Write: carried.WriteCSV},
		atomicfile.Named{Name: "README.md", Write: func(w io.Writer) error {
			return writePage(w, fits, transfers, figures, look.Shown(figure.PNG))
		}})
	if err != nil {
		return err
	}
	for _, f := range figures {
		if err := f.Save(dir, look); err != nil {
			return err
		}
	}
	return nil
}

// percent writes a fraction as a percentage.
func percent(x float64) string { return fmt.Sprintf("%.1f%%", 100*x) }

// lawTable has a row for each fit.
func lawTable(fits []*calibrate.Fit) *figure.Table {
	t := &figure.Table{Columns: []string{"law", "variant", "device", "engine", "versions", "source", "rows", "dropped", "parameters",
		"heldout_median", "heldout_p90", "heldout_bias", "within_median", "roofline_median", "roofline_p90", "at_bound"}}
	for _, f := range fits {
		t.Add(f.Law, f.Variant, f.Device.Name, f.Named(), strings.Join(f.Versions(), " "), f.Source,
			fmt.Sprint(len(f.Samples)), fmt.Sprint(f.Dropped()), fmt.Sprint(free(f)),
			four(f.Held.Median), four(f.Held.P90), four(f.Held.Bias), four(f.Within.Median),
			four(f.Roofline.Median), four(f.Roofline.P90), strings.Join(f.AtBound, " "))
	}
	return t
}

// transferTable has a row for each transfer.
func transferTable(transfers []calibrate.Transfer) *figure.Table {
	t := &figure.Table{Columns: []string{"law", "from_device", "from_engine", "to_device", "to_engine", "median", "p90", "bias"}}
	for _, x := range transfers {
		t.Add(x.To.Law, x.From.Device.Name, x.From.Named(), x.To.Device.Name, x.To.Named(),
			four(x.Errors.Median), four(x.Errors.P90), four(x.Errors.Bias))
	}
	return t
}

func four(x float64) string { return fmt.Sprintf("%.4f", x) }

// free is the number of parameters that were fitted.
func free(f *calibrate.Fit) int {
	n := 0
	for _, p := range f.Parameters {
		if _, fixed := f.Fixed[p.Name]; !fixed && p.Name != kernels.DiscrepancyName {
			n++
		}
	}
	return n
}

// transferred are the errors of one kind of transfers.
func transferred(transfers []calibrate.Transfer, across calibrate.Across) []calibrate.Errors {
	var errors []calibrate.Errors
	for _, t := range transfers {
		if t.Across == across {
			errors = append(errors, t.Errors)
		}
	}
	return errors
}

// typical are the errors of the efficiencies that stand in where nothing was measured.
func typical(fits []*calibrate.Fit) []calibrate.Errors {
	var errors []calibrate.Errors
	for _, f := range fits {
		errors = append(errors, f.Typical)
	}
	return errors
}

// spread is the median of errors' medians, and the robust standard deviation of their biases around zero:
// 1.48 times their median size.
func spread(errors []calibrate.Errors) (median, sigma float64) {
	var biases, medians []float64
	for _, e := range errors {
		biases, medians = append(biases, math.Abs(e.Bias)), append(medians, e.Median)
	}
	return middle(medians), 1.4826 * middle(biases)
}
