// Package calibration embeds the fitted parameters of kernels, DEVICE/ENGINE.toml, as `roofserve calibrate` wrote them.
// It holds data only; package kernels gives it meaning.
package calibration

import "embed"

// Files are the calibration files.
//
//go:embed NOTICE.md */*.toml
var Files embed.FS
