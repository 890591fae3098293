// Package kernels holds the timing laws of operator families: pure formulas from an operator's shape and a
// device's data sheet to seconds, each with a few parameters of physical meaning. The parameters say how well
// an engine's kernels use a device (efficiencies, fixed costs, what one SM can issue) and never what the
// device is, so that a device without measurements is predicted from its data sheet with the efficiencies of
// its nearest relative.
//
// A Set is the kernels of one engine on one device. Load reads the calibrated ones that package calibrate
// fitted and package calibration embeds; Default has typical efficiencies; Datasheet is the bare roofline.
// Sets are plain values: Draw returns another one with the parameters drawn from their uncertainty.
//
// Products that feed sums are rounded explicitly (float64(x*y)) and no transcendental function is called, so
// that every machine computes the same bits.
package kernels
