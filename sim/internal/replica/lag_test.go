package replica

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/roofserve/roofserve/hw/units"
)

// Lags by hand. The last stage of three takes 10 ps a token in a round of 300 whose first piece has ten, so
// that a round of thirty ends 200 before they all are through, and a lag of 1,000 is worked off by 300 a
// round while thirty tokens add as much.
func TestLagsByHand(t *testing.T) {
	for _, c := range []struct {
		lag, round    units.Picoseconds
		tokens, piece int
		stages        int
		want          units.Picoseconds
	}{
		{0, 300, 10, 10, 3, 0},
		{0, 300, 30, 10, 3, 200},
		{100, 300, 30, 10, 3, 200},
		{201, 300, 30, 10, 3, 201},
		{1000, 300, 30, 10, 3, 1000},
		{1000, 300, 25, 10, 3, 950},
		{1000, 300, 10, 10, 3, 800},
		{150, 300, 10, 10, 3, 0},
		{250, 300, 10, 10, 3, 50},
		{250, 300, 10, 40, 3, 50},
		{700, 100, 4, 2, 1, 800}, // 50 ps a token: 600 of the lag are left, and 200 come
	} {
		if got := LagAfter(c.lag, c.round, c.tokens, c.piece, c.stages); got != c.want {
			t.Errorf("%+v: the lag is %d ps", c, got)
		}
	}
}

// A lag is what a last stage that serves token after token is behind, told piece by piece: each is there when
// the one before it is through, or when the round brings it.
func TestLagsAreThoseOfAStageThatServes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		stages := rapid.IntRange(1, 6).Draw(t, "stages")
		piece := rapid.IntRange(1, 50).Draw(t, "piece")
		now, free, lag := units.Picoseconds(0), units.Picoseconds(0), units.Picoseconds(0)
		for range rapid.IntRange(1, 8).Draw(t, "rounds") {
			tokens := rapid.IntRange(1, piece*stages).Draw(t, "tokens")
			pace := units.Picoseconds(rapid.IntRange(1, 1000).Draw(t, "pace")) // of a token through a stage
			round := pace * units.Picoseconds(stages*min(tokens, piece))
			now += round
			free = max(free, now-pace*units.Picoseconds(min(tokens, piece)))
			for left := tokens; left > 0; left -= piece {
				free += pace * units.Picoseconds(min(left, piece))
			}
			if lag = LagAfter(lag, round, tokens, piece, stages); lag != max(0, free-now) {
				t.Fatalf("the lag is %d ps, that of the stage %d", lag, free-now)
			}
		}
	})
}
