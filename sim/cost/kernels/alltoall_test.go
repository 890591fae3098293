package kernels

import (
	"math"
	"testing"

	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/hw/units"
)

func exchangeDevice() *hw.Device {
	d := expertsDevice()
	d.Link.Bandwidth, d.Network.Bandwidth = 450e9, 50e9
	return d
}

func exchange(tokens, ranks int, low bool) AllToAllShape {
	return AllToAllShape{Tokens: tokens, Hidden: 7168, TopK: 8, Experts: 256, Ranks: ranks, RanksPerNode: 8,
		Format: units.FP8, LowLatency: low, Groups: 8, GroupsTaken: 4}
}

func TestExchangeOnTheDataSheetIsItsBytes(t *testing.T) {
	d, set := exchangeDevice(), Datasheet()
	// Low latency: a message for each of 8 choices, of which 7/8 leave the rank.
	want := 1024 * 8 * 7.0 / 8 * 7168 * (1 + 4.0/128) / 450e9
	if got := float64(set.AllToAll.Dispatch(d, exchange(1024, 8, true))); math.Abs(got/want-1) > 1e-9 {
		t.Errorf("low-latency dispatch takes %g s, want %g", got, want)
	}
	// Many tokens over 32 nodes of 8: 4 groups at most, 31/32 of them elsewhere.
	want = 4096 * 4 * 31.0 / 32 * 7168 * 2 / 50e9
	if got := float64(set.AllToAll.Combine(d, exchange(4096, 256, false))); math.Abs(got/want-1) > 1e-9 {
		t.Errorf("combine over 32 nodes takes %g s, want %g", got, want)
	}
}

func TestExchangeKeepsItsLaws(t *testing.T) {
	d, set := exchangeDevice(), Default()
	for _, low := range []bool{true, false} {
		var before units.Seconds
		for tokens := 1; tokens <= 1<<13; tokens *= 2 {
			s := exchange(tokens, 16, low)
			now := set.AllToAll.Dispatch(d, s) + set.AllToAll.Combine(d, s)
			if now <= before {
				t.Errorf("%d tokens take %g s, half of them %g", tokens, now, before)
			}
			before = now
		}
		if set.AllToAll.Dispatch(d, exchange(512, 16, low)) <= set.AllToAll.Dispatch(d, exchange(512, 8, low)) {
			t.Error("two nodes take no longer than one")
		}
	}
	if set.AllToAll.Dispatch(d, exchange(512, 1, true)) != 0 {
		t.Error("one rank exchanges with itself")
	}
}

func TestDistinctPlaces(t *testing.T) {
	if got := distinct(8, 1); got != 1 {
		t.Errorf("one choice reaches %g places", got)
	}
	if got := distinct(1, 8); got != 1 {
		t.Errorf("one place is reached %g times", got)
	}
	if got, want := distinct(2, 2), 1.5; got != want {
		t.Errorf("two choices of two reach %g places, want %g", got, want)
	}
}
