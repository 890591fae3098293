// Package calibration embeds the fitted parameters of kernels, DEVICE/ENGINE.toml, as `roofserve calibrate`
// wrote them. It holds data only; package kernels gives it meaning.
package calibration
