package kernels

import (
	"math"
	"testing"

	"github.com/roofserve/roofserve/hw/units"
)

// sparseChunk is a chunk of tokens after cached ones, of which each sees at most 2048.
func sparseChunk(tokens, cached, heads int) PrefillShape {
	s := PrefillShape{Sequences: 1, Tokens: int64(tokens), Keys: int64(tokens + cached), Heads: heads,
		KVHeads: 1,
		KeyDim:  576, ValueDim: 512, KV: units.BF16, Chosen: 2048}
	for i := range tokens {
		s.Pairs += int64(min(cached+i+1, 2048))
	}
	return s
}

func TestSparsePrefillOnTheDataSheetIsItsArithmetic(t *testing.T) {
	d, set := expertsDevice(), Datasheet()
	s := sparseChunk(4096, 8192, 128)
	want := 2 * 4096 * 2048 * 128 * 1088 / 989.4e12
	if got := float64(set.SparsePrefill.Time(d, s)); math.Abs(got/want-1) > 1e-3 {
		t.Errorf("4096 tokens take %g s, their arithmetic %g", got, want)
	}
}

func TestSparseAttentionStopsGrowingWithContext(t *testing.T) {
	d, set := expertsDevice(), Default()
	if near, far := set.SparsePrefill.Time(d, sparseChunk(1024, 4096, 16)), set.SparsePrefill.Time(d,
		sparseChunk(1024, 100000, 16)); near != far {
		t.Errorf("1024 tokens take %g s after 4096 and %g after 100000", near, far)
	}
	if few, many := set.SparsePrefill.Time(d, sparseChunk(1024, 0, 8)), set.SparsePrefill.Time(d,
		sparseChunk(1024, 4096, 64)); few != many {
		t.Errorf("absent keys and heads are worked through: %g s and %g s should be the same", few, many)
	}
	narrow := LatentShape{Sequences: 32, Heads: 16, LatentDim: 512, RopeDim: 64, Sparse: true, Chosen: 2048,
		KV: units.FP8}
	if fixed, perKey := set.LatentDecode.Coefficients(d, narrow); perKey != 0 || fixed <= 0 {
		t.Errorf("a step over chosen fp8 latents takes %g s + %g for each key", fixed, perKey)
	}
}

func TestIndexerKeepsItsLaws(t *testing.T) {
	d, set := expertsDevice(), Default()
	bare := Datasheet()
	if _, perKey := bare.Indexer.Coefficients(d,
		IndexerShape{Sequences: 8, Heads: 64, KeyDim: 128}); math.Abs(float64(perKey)/(132/3.35e12)-1) > 1e-3 {
		t.Errorf("a key takes %g s, its bytes %g", perKey, 132/3.35e12)
	}
	if fixed, perKey := set.Indexer.Coefficients(d, IndexerShape{}); fixed+perKey != 0 {
		t.Error("no sequences take time")
	}
	var before units.Seconds
	for pairs := int64(1 << 20); pairs <= 1<<32; pairs *= 4 {
		s := PrefillShape{Sequences: 1, Tokens: 1024, Pairs: pairs, Heads: 64, KeyDim: 128}
		now := set.Indexer.Prefill(d, s)
		if now <= before {
			t.Errorf("%d pairs take %g s, a quarter of them %g", pairs, now, before)
		}
		before = now
	}
}
