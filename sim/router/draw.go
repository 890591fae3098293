package router

import "github.com/roofserve/roofserve/internal/hash"

// draw is a number from 0 to 1, 1 excluded, for a request: the same whatever was drawn before.
func draw(seed uint64, index int) float64 {
	x := hash.Scramble(hash.Scramble(seed+hash.Golden) + uint64(index+1)*hash.Golden)
	return float64(x>>11) / (1 << 53)
}

// anyOf draws one of n for a request.
func anyOf(n int, seed uint64, index int) int { return int(draw(seed, index) * float64(n)) }
