package engines

import (
	"slices"

	"github.com/roofserve/roofserve/internal/release"
	"github.com/roofserve/roofserve/sim/cost"
)

// Capture is what an engine captures as CUDA graphs from one of its versions on.
type Capture struct {
	Since  string `toml:"since"` // the version; empty: from the first
	Source string `toml:"source"`
	Mode   string `toml:"mode"` // where the user names none, one of GraphModes
	// Sizes are the batches, and Drafting those of steps that verify drafts, where they differ.
	Sizes    []Sizes `toml:"sizes"`
	Drafting []Sizes `toml:"drafting"`
	Rows     bool    `toml:"rows"` // they are rows of a step rather than sequences
	// No batch is larger than Largest, than PerSequence times the sequences that run at once, and where they are
	// rows than a step's tokens; 0 counts as no such limit.
	Largest     int  `toml:"largest"`
	PerSequence int  `toml:"per_sequence"`
	Most        bool `toml:"most"` // the largest batch that these limits allow is captured as well
	Head        bool `toml:"head"`
	Routed      bool `toml:"routed"`
}

// Sizes is an arithmetic progression of batch sizes, both ends included.
type Sizes struct {
	From int `toml:"from"`
	To   int `toml:"to"`
	Step int `toml:"step"`
}

// MostCaptured bounds a captured batch, whatever limits a deployment has.
const MostCaptured = 1 << 16

// What an engine captures: whole decode steps, steps in the pieces between attention kernels, both, or
// nothing.
const (
	GraphsNone         = "none"
	GraphsFull         = "full_decode"
	GraphsPieces       = "piecewise"
	GraphsFullOrPieces = "full_and_piecewise"
)

// GraphModes lists what an engine may capture, under vLLM's names.
func GraphModes() []string {
	return []string{GraphsFullOrPieces, GraphsFull, GraphsPieces, GraphsNone}
}

// Batches are the sizes that limits leave of a deployment's batches.
type Batches struct {
	Sequences int // that run at once on a data-parallel rank
	Tokens    int // of a step
	Queries   int // rows of a sequence in a decode step
	Largest   int // that memory allows; 0: any
}

// Captured are the sizes of the graphs, ascending.
func (g *Capture) Captured(b Batches) []int {
	sizes := g.Sizes
	if b.Queries > 1 && len(g.Drafting) > 0 {
		sizes = g.Drafting
	}
	var all []int
	for _, s := range sizes {
		for size := s.From; size <= s.To; size += max(1, s.Step) {
			all = append(all, size)
		}
	}
	return g.within(all, b)
}

// within are the sizes that are not too large for a deployment, and the largest that would not be.
func (g *Capture) within(sizes []int, b Batches) []int {
	most := MostCaptured
	limit := func(to int) {
		if to > 0 {
			most = min(most, to)
		}
	}
	limit(g.Largest)
	limit(b.Largest)
	if g.Rows {
		limit(g.PerSequence * b.Sequences * b.Queries)
		limit(b.Tokens)
	} else {
		limit(g.PerSequence * b.Sequences)
	}
	sizes = slices.DeleteFunc(sizes, func(size int) bool { return size > most })
	if g.Most {
		sizes = append(sizes, most)
	}
	slices.Sort(sizes)
	return slices.Compact(sizes)
}

// Costs are the graphs of some sizes as a step's time depends on them.
func (g *Capture) Costs(mode string, sizes []int) cost.Graphs {
	if mode == GraphsNone {
		return cost.Graphs{}
	}
	return cost.Graphs{Sizes: sizes, Rows: g.Rows, Whole: mode != GraphsPieces, Mixed: mode != GraphsFull,
		Head: g.Head, Routed: g.Routed}
}

// Count is how many graphs of some sizes are captured in a mode: pieces of all, whole decode steps of those
// that as many sequences as run at once need.
func (g *Capture) Count(mode string, sizes []int, b Batches) int {
	n := 0
	if mode == GraphsPieces || mode == GraphsFullOrPieces {
		n = len(sizes)
	}
	if mode == GraphsFull || mode == GraphsFullOrPieces {
		needed := b.Sequences
		if g.Rows {
			needed *= b.Queries
		}
		n += len(slices.DeleteFunc(slices.Clone(sizes), func(size int) bool { return size > needed }))
	}
	return n
}

// wrong tells whether no engine captures such batches, in such a mode.
func (g *Capture) wrong() bool {
	return !slices.Contains(GraphModes(), g.Mode) || g.Since != "" && !release.Is(g.Since) ||
		slices.ContainsFunc(slices.Concat(g.Sizes, g.Drafting), func(s Sizes) bool {
			return s.From < 1 || s.To > MostCaptured
		})
}

// graphsAt is what the engine captures in a version; nil where it captures nothing.
func (p *Profile) graphsAt(version string) *Capture {
	var found *Capture
	for i := range p.Captures {
		if g := &p.Captures[i]; g.Since == "" || release.Has(version, g.Since) {
			found = g
		}
	}
	return found
}
