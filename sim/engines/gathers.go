package engines

import (
	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/sim/cost"
)

// Gathers is how an engine brings tokens of data-parallel ranks to experts. The zero value sends them to the
// ranks alone that have experts which they chose.
type Gathers struct {
	Source string `toml:"source"`
	// Node is the most GPUs of a node on which every rank gathers all tokens. Where memory is shared by more,
	// tokens are sent among more ranks than a token chooses experts.
	Node int `toml:"node"`
}

// On is what it means on a device.
func (g *Gathers) On(d *hw.Device) cost.Gathering {
	switch {
	case g.Node == 0:
		return cost.GatherDivided
	case d.GPUsPerNode <= g.Node:
		return cost.GatherAlways
	default:
		return cost.GatherAmongFew
	}
}
