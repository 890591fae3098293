package kv

import "github.com/roofserve/roofserve/hw/units"

// Graphs are the batches that an engine captures as CUDA graphs, and what it counts for them.
type Graphs struct {
	// LayerMiB is what a captured batch takes for each layer of a pipeline stage; 0: the engine does not count
	// graphs.
	LayerMiB float64 `toml:"layer_mib"`
	// Sizes are the batches: from, to and in steps of.
	Sizes []Sizes `toml:"sizes"`
	// The largest is PerSequence times the sequences that run at once, at most Largest and a step's tokens.
	Largest     int `toml:"largest"`
	PerSequence int `toml:"per_sequence"`
}

// Sizes is an arithmetic progression of batch sizes, both ends included.
type Sizes struct {
	From int `toml:"from"`
	To   int `toml:"to"`
	Step int `toml:"step"`
}

// captured is how many batches are captured.
func (g *Graphs) captured(u *Use) int {
	largest := min(g.Largest, g.PerSequence*u.Sequences, u.Tokens)
	n := 0
	for _, s := range g.Sizes {
		if to := min(s.To, largest); to >= s.From {
			n += (to-s.From)/max(1, s.Step) + 1
		}
	}
	return n
}

// bytes is what the engine counts for its graphs.
func (g *Graphs) bytes(u *Use) units.Bytes {
	if u.Eager || g.LayerMiB == 0 {
		return 0
	}
	layers := units.CeilDiv(u.Model.Layers(), u.Plan.PP)
	return units.Bytes(float64(g.LayerMiB*float64(layers*g.captured(u)))) * mib
}
