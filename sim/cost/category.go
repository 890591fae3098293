package cost

import "github.com/roofserve/roofserve/sim/arch"

// Category is what an operator does for a token, coarsely enough to compare architectures by.
type Category string

// Categories, in the order of reports.
const (
	AttentionCore Category = "attention"   // what reads the cache or a recurrent state
	Projections   Category = "projections" // the rest of the mixers: what goes into the core and comes out
	MoELayers     Category = "moe"         // routed and shared experts and their router
	DenseLayers   Category = "dense"       // dense feed-forward parts
	Ends          Category = "head"        // embedding, LM head and sampling
	Communication Category = "network"     // exchanges between ranks
	Host          Category = "host"        // the engine's own time
)

// Categories lists them.
var Categories = [...]Category{AttentionCore, Projections, MoELayers, DenseLayers, Ends, Communication, Host}

// categoryOf is the category of an operator in a part of that kind.
func categoryOf(kind string, op arch.Op) Category {
	switch op.(type) {
	case arch.Reduce:
		return Communication
	case arch.Attention, arch.Recurrence:
		return AttentionCore
	}
	switch kind {
	case "moe":
		return MoELayers
	case "dense":
		return DenseLayers
	case "embedding", "head":
		return Ends
	default:
		return Projections
	}
}
