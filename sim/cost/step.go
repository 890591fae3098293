package cost

import (
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/arch"
)

// Decode is the time of a step in which every sequence decodes one token:
// Fixed + max(Least, max over data-parallel ranks r of (Ranks[r].Fixed + Σ_i Ranks[r].PerKey[i]·keys_r[i])).
type Decode struct {
	Fixed units.Picoseconds // shared by all ranks: experts, collectives, host
	// of the slowest rank's part: what the host takes to launch the step, less what is shared
	Least units.Picoseconds
	Ranks []RankDecode // one for each data-parallel rank, in order
}

// RankDecode is the part of a decode step that depends on one rank's own sequences.
type RankDecode struct {
	Fixed  units.Picoseconds
	PerKey [arch.MaxReaches]units.Picoseconds // for each key of each reach, as Load.DecodeKeys counts them
}

// Stepper times steps. *Model implements it; engines see only this.
type Stepper interface {
	// Step is the time of one step, given one load for each data-parallel rank (idle ranks pass an empty load).
	// It equals Decode's formula exactly where no load has chunks.
	Step(loads []arch.Load) units.Picoseconds
	// Decode writes into d the coefficients of a pure decode step with sequences[r] decoding on rank r.
	Decode(sequences []int, d *Decode)
	// Reaches are the model's reaches, in the order of Load's sums: at most arch.MaxReaches, the first of them,
	// and it alone, Full.
	Reaches() []arch.Reach
}
