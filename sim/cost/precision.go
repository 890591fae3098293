package cost

import (
	"fmt"
	"slices"
	"strings"

	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/arch"
)

// Resolve adapts a requested precision to what the device's tensor cores can multiply, as engines do: weights
// in a format without tensor cores are stored in it and widened when they are read (weight-only), which saves
// memory but no arithmetic. Each such choice is returned as a warning.
func Resolve(d *hw.Device, asked arch.Precision) (resolved arch.Precision, warnings []string) {
	resolved = asked
	if !d.Supports(asked.Activations) {
		resolved.Activations = units.BF16
		warnings = append(warnings, fmt.Sprintf("%s has no %s tensor cores: weights stay in %s in memory and are multiplied in bf16 (weight-only)",
			d.Name, asked.Activations, narrowWeights(&asked)))
	}
	for _, f := range []units.Format{asked.Attention, asked.Dense, asked.Experts} {
		warning := fmt.Sprintf("kernels for %s weights were not measured: they are timed as those for %s", f, f.MeasuredAs())
		if f.MeasuredAs() != f && !slices.Contains(warnings, warning) {
			warnings = append(warnings, warning)
		}
	}
	return resolved, warnings
}

// narrowWeights names the formats of the weights that are narrower than 16 bits; blocks of fp8 count as fp8.
func narrowWeights(p *arch.Precision) string {
	var names []string
	for _, f := range []units.Format{p.Attention, p.Dense, p.Experts} {
		if f == units.FP8Block {
			f = units.FP8
		}
		if f != units.BF16 && f != units.FP16 && !slices.Contains(names, f.String()) {
			names = append(names, f.String())
		}
	}
	return strings.Join(names, " and ")
}
