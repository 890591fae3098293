package operators

import (
	"slices"
	"strings"

	"github.com/roofserve/roofserve/sim/cost/calibrate"
)

// Family sums up the laws of one operator family.
type Family struct {
	Name                   string
	Laws, Rows, Parameters int
	// Median and P90 are the medians over the laws of their median errors and 90th percentiles out of sample,
	// Roofline that of the bare roofline's median errors; Worst is the largest median error.
	Median, P90, Worst, Roofline float64
}

// Families sums up fits by family, in the order of fits.
func Families(fits []*calibrate.Fit) []Family {
	var families []Family
	for _, name := range familyNames(fits) {
		families = append(families, summed(name, ofFamily(fits, name)))
	}
	return families
}

// summed sums up some fits.
func summed(name string, fits []*calibrate.Fit) Family {
	f := Family{Name: name, Laws: len(fits)}
	var medians, p90s, rooflines []float64
	for _, fit := range fits {
		f.Rows += len(fit.Samples)
		f.Parameters += free(fit)
		medians, p90s = append(medians, fit.Held.Median), append(p90s, fit.Held.P90)
		rooflines = append(rooflines, fit.Roofline.Median)
	}
	f.Median, f.P90, f.Roofline, f.Worst = middle(medians), middle(p90s), middle(rooflines), slices.Max(medians)
	return f
}

// middle is the median of numbers, the upper one of an even count; 0 of none.
func middle(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}

// familyOf is the part of a law's name before the point.
func familyOf(law string) string {
	family, _, _ := strings.Cut(law, ".")
	return family
}

// familyNames are the families of fits, in the order of fits.
func familyNames(fits []*calibrate.Fit) []string {
	var names []string
	for _, f := range fits {
		if name := familyOf(f.Law); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

func ofFamily(fits []*calibrate.Fit, name string) []*calibrate.Fit {
	var of []*calibrate.Fit
	for _, f := range fits {
		if familyOf(f.Law) == name {
			of = append(of, f)
		}
	}
	return of
}
