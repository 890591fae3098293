package kernels

import "github.com/roofserve/roofserve/hw/units"

// Parameter is one number of a law: what calibration fits, files store and ensembles draw.
type Parameter struct {
	Name  string
	Unit  string // "s", "1", "B/s"; for people and for files
	Value *float64
	// Default holds where nothing was measured; Ideal is the bare roofline's value.
	Default, Ideal float64
	// Low and High bound a fit, so that it cannot drift to values without physical meaning.
	Low, High float64
	// PerSM tells that it is the bytes one SM moves a second, whose most is a share of its part of a device's
	// bandwidth.
	PerSM bool
}

// Law is the timing law of one operator family, or of one number format of it, seen as its parameters.
type Law interface {
	// Parameters lists the law's parameters, always in the same order, with pointers to the law's own fields.
	Parameters() []Parameter
}

// Chosen is a law with a structure to choose besides its parameters, by name.
type Chosen interface {
	Variant() string
	SetVariant(name string) error
}

// Named is a law under the name that calibration files use, "family.variant".
type Named struct {
	Name string
	Law  Law
}

// fixedCost is a parameter for the time that passes whatever the size: launch, prologue, first wave,
// epilogue.
func fixedCost(name string, value *float64, typical, high float64) Parameter {
	return Parameter{Name: name, Unit: "s", Value: value, Default: typical, Ideal: 0, Low: 1e-8, High: high}
}

// efficiency is a parameter for the share of a data-sheet figure that is reached; never above 0.95.
func efficiency(name string, value *float64, typical float64) Parameter {
	return Parameter{Name: name, Unit: "1", Value: value, Default: typical, Ideal: 1, Low: 0.02, High: 0.95}
}

// issueRate is a parameter for the bytes that one SM moves or unpacks a second. Its upper bound keeps the
// efficiency that it stands for (see Traffic) below 0.95 on B200 (54.1 GB/s of DRAM bandwidth an SM); a
// calibration bounds it more closely, by its own device's bandwidth.
func issueRate(name string, value *float64, typical float64) Parameter {
	return Parameter{Name: name, Unit: "B/s", Value: value, Default: typical, Ideal: 1e15, Low: 1e9, High: 1.03e12,
		PerSM: true}
}

// serialShare is a parameter of Overlap; 0.78 is a p-norm of p = 1.2, the least that overlapping hardware
// should need.
func serialShare(name string, value *float64, typical float64) Parameter {
	return Parameter{Name: name, Unit: "1", Value: value, Default: typical, Ideal: 0, Low: 0.01, High: 0.78}
}

// Discrepancy is what a law misses of an operator's time as a whole. It is 1 except in draws, where its
// spread is that of the law's mean error over held-out groups of shapes: statistics over thousands of rows
// make the other parameters' standard errors tiny, but not the law true. Every law embeds it and multiplies
// its time by it.
type Discrepancy struct{ Scale float64 }

// DiscrepancyName is the name of Discrepancy's parameter, which is never fitted.
const DiscrepancyName = "scale"

func (d *Discrepancy) parameter() Parameter {
	return Parameter{Name: DiscrepancyName, Unit: "1", Value: &d.Scale, Default: 1, Ideal: 1, Low: 0.2, High: 5}
}

// scaled is t by the factor.
func (d *Discrepancy) scaled(t units.Seconds) units.Seconds {
	return units.Seconds(t * units.Seconds(d.Scale))
}
