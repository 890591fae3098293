package calibration

import "embed"

// Files are the calibration files.
//
//go:embed NOTICE.md */*.toml
var Files embed.FS
