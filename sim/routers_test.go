package sim

import (
	"slices"
	"testing"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/internal/fixture"
	"github.com/roofserve/roofserve/sim/router"
	"github.com/roofserve/roofserve/workloads"
	"pgregory.net/rapid"
)

// knowing are the routers that know more than how many requests are outstanding.
var knowing = []string{router.KV, router.Weighted, router.LeastKV, router.PrefixAffinity, router.VLLMDP}

// squeezed draws replicas with small caches, which long answers empty of what prompts left there while their
// flights are under way, and requests of few kinds that come meanwhile.
func squeezed(t *rapid.T) (Config, func() workloads.Source) {
	c, _ := scenario(t)
	c.Replicas = rapid.IntRange(2, 4).Draw(t, "copies")
	c.Router = rapid.SampledFrom(knowing).Draw(t, "knowing router")
	c.Layout.BlockTokens, c.Layout.Full, c.Layout.Constant, c.Layout.Windows = 4, 1, 0, nil
	c.Layout.Snapshot, c.Limits.SnapshotTokens = 0, 0
	c.PrefixCaching = true
	c.Limits.MaxModelLen = 200
	if !c.Limits.ChunkedPrefill {
		c.Limits.MaxNumBatchedTokens = 200
	}
	wholePages(&c.Pool)
	c.Blocks = rapid.IntRange(50, 80).Draw(t, "few blocks")
	c.Others = nil
	var list []workloads.Request
	at := units.Picoseconds(0)
	for i := range rapid.IntRange(5, 40).Draw(t, "crowd") {
		at += units.Picoseconds(rapid.IntRange(0, 30_000).Draw(t, "gap"))
		q := workloads.Request{Arrival: at, Input: rapid.SampledFrom([]int{4, 16, 40}).Draw(t, "prompt"),
			Output: rapid.SampledFrom([]int{1, 20, 140}).Draw(t, "answer")}
		kind := rapid.Uint64Range(1, 4).Draw(t, "kind")
		for b := range q.Input / 4 {
			q.Blocks = append(q.Blocks, kind<<32+uint64(b))
		}
		q.Session = kind
		q.Follows = i > 0 && rapid.SampledFrom([]bool{false, false, true}).Draw(t, "follows")
		if q.Follows {
			q.Arrival = list[i-1].Arrival
			q.Gap = units.Picoseconds(rapid.IntRange(0, 20_000).Draw(t, "pause"))
		}
		list = append(list, q)
	}
	return c, func() workloads.Source { return &fixture.List{Requests: slices.Clone(list), Chunk: 4} }
}

func TestRoutersEqualOracle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, fresh := squeezed(t)
		want, wantFinished := outcome(t, c, fresh(), simulate)
		got, gotFinished := outcome(t, c, fresh(), engine)
		if d := sameRun(want, got, wantFinished, gotFinished); d != "" {
			t.Fatalf("%s: oracle (-) and engine (+) differ:\n%s", c.Router, d)
		}
	})
}

// Routers of prefill and decode pools look into the caches of their own side.
func TestRoutersOfPartsEqualOracle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, fresh := squeezed(t)
		withTransfers(t, &c)
		simulatedAlike(t, c, fresh)
	})
}
