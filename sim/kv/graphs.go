package kv

import "github.com/roofserve/roofserve/hw/units"

// Graphs are the batches that an engine captures as CUDA graphs, and what it counts for them.
type Graphs struct {
	// Counted tells that the engine counts them.
	Counted bool `toml:"counted"`
	// BaseMiB is what the first graph takes, and SizeMiB each further one.
	BaseMiB float64 `toml:"base_mib"`
	SizeMiB float64 `toml:"size_mib"`
	// Sizes are the batches: from, to and in steps of.
	Sizes []Sizes `toml:"sizes"`
	// Steps with prompts have graphs of up to PerSequence times the sequences that run at once, and whole decode
	// steps of up to those sequences; both of at most Largest and a step's tokens.
	Largest     int `toml:"largest"`
	PerSequence int `toml:"per_sequence"`
}

// Sizes is an arithmetic progression of batch sizes, both ends included.
type Sizes struct {
	From int `toml:"from"`
	To   int `toml:"to"`
	Step int `toml:"step"`
}

// captured is how many batches of up to some tokens are captured.
func (g *Graphs) captured(tokens int) int {
	n := 0
	for _, s := range g.Sizes {
		if to := min(s.To, tokens, g.Largest); to >= s.From {
			n += (to-s.From)/max(1, s.Step) + 1
		}
	}
	return n
}

// bytes is what the engine counts for its graphs.
func (g *Graphs) bytes(u *Use) units.Bytes {
	if u.Eager || !g.Counted {
		return 0
	}
	n := g.captured(min(g.PerSequence*u.Sequences, u.Tokens)) + g.captured(min(u.Sequences, u.Tokens))
	return units.Bytes(g.BaseMiB+float64(g.SizeMiB*float64(n))) * mib
}
