package arch_test

import (
	"testing"

	"github.com/roofserve/roofserve/sim/arch"
)

var reaches = []arch.Reach{
	{}, {Kind: arch.Window, Size: 7}, {Kind: arch.TopK, Size: 7}, {Kind: arch.Chunk, Size: 7},
	{Kind: arch.Window, Size: 1}, {Kind: arch.Chunk, Size: 1},
}

// Pairs is the sum of Keys over the new tokens' contexts.
func TestPairsSumKeys(t *testing.T) {
	for _, r := range reaches {
		for cached := range 25 {
			sum := int64(0)
			for n := range 25 {
				if got := r.Pairs(cached, n); got != sum {
					t.Fatalf("%v: %d pairs of %d tokens after %d, want %d", r, got, n, cached, sum)
				}
				sum += int64(r.Keys(cached + n + 1))
			}
		}
	}
}

// Span is the number of tokens that at least one new token sees.
func TestSpanCountsDistinctKeys(t *testing.T) {
	for _, r := range reaches {
		if r.Kind == arch.TopK {
			continue // any token may be chosen
		}
		for cached := range 25 {
			for n := 1; n < 25; n++ {
				seen := map[int]bool{}
				for query := cached + 1; query <= cached+n; query++ {
					for key := query - r.Keys(query) + 1; key <= query; key++ {
						seen[key] = true
					}
				}
				if got := r.Span(cached, n); got < int64(len(seen)) || r.Kind != arch.Chunk && got != int64(len(seen)) {
					t.Fatalf("%v: span of %d tokens after %d is %d, they see %d", r, n, cached, got, len(seen))
				}
			}
		}
	}
}

func TestReachesHaveNames(t *testing.T) {
	for want, r := range map[string]arch.Reach{
		"full": {}, "window 7": {Kind: arch.Window, Size: 7}, "top 7": {Kind: arch.TopK, Size: 7}, "chunk 7": {Kind: arch.Chunk, Size: 7},
	} {
		if r.String() != want {
			t.Errorf("%q, want %q", r, want)
		}
	}
}

func TestLoadCountsRows(t *testing.T) {
	window := []arch.Reach{{}, {Kind: arch.Window, Size: 10}}
	var l arch.Load
	l.AddDecode(window, 100)
	l.AddDecode(window, 5)
	l.AddChunk(window, 50, 20, false)
	l.AddChunk(window, 0, 3, true)
	for rows, want := range map[arch.Rows]int64{
		arch.EveryToken: 25, arch.DecodeTokens: 2, arch.PrefillTokens: 23, arch.ExpandedRows: 73,
		arch.SampledRows: 3,
	} {
		if got := rows.Of(&l); got != want {
			t.Errorf("rows %d: %d, want %d", rows, got, want)
		}
	}
	if l.DecodeKeys != [arch.MaxReaches]int64{105, 15} || l.ChunkPairs[1] != 20*10+6 ||
		l.ChunkKeys != [arch.MaxReaches]int64{73, 32} {
		t.Errorf("%+v", l)
	}
}
