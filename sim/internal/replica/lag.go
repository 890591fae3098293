package replica

import "github.com/roofserve/roofserve/hw/units"

// LagAfter is by how much a prompt's tokens leave the last pipeline stage later than a round ends, in which n
// of them were computed, after a lag from the round before. A prompt that gets more than one piece in a round
// has them in as many microbatches, which follow each other through the stages: the round ends when the first
// of them is through, and at the last stage the others take as long a token as that one did. Pieces of the
// next round queue up behind those.
//
// The sequence stays in the microbatch of its last piece, so that its answer comes as much later, token for
// token. One that is recomputed after a preemption keeps its lag.
func LagAfter(lag, round units.Picoseconds, n, piece, stages int) units.Picoseconds {
	first := min(n, piece)
	pace := float64(round) / float64(stages*first) // of a token through one stage
	behind := units.Picoseconds(float64(pace * float64(n-first)))
	queued := lag - round + units.Picoseconds(float64(pace*float64(n)))
	return max(behind, queued)
}
