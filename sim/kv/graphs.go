package kv

import "github.com/roofserve/roofserve/hw/units"

// GraphMemory is what an engine counts for the CUDA graphs that it captures.
type GraphMemory struct {
	// Counted tells that the engine counts them.
	Counted bool `toml:"counted"`
	// BaseMiB is what the first graph takes, and SizeMiB each further one.
	BaseMiB float64 `toml:"base_mib"`
	SizeMiB float64 `toml:"size_mib"`
}

// bytes is what the engine counts for its graphs.
func (g *GraphMemory) bytes(u *Use) units.Bytes {
	if u.Graphs == 0 || !g.Counted {
		return 0
	}
	return units.Bytes(g.BaseMiB+float64(g.SizeMiB*float64(u.Graphs))) * mib
}
