package calibrate

import (
	"testing"

	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/sim/cost/kernels"
)

func TestPairsOfABlock(t *testing.T) {
	m := module{batch: 3, tokens: 4, cached: 10}
	if got, want := m.pairs(1<<30), int64(3*(11+12+13+14)); got != want {
		t.Errorf("%d pairs of all keys, want %d", got, want)
	}
	if got, want := m.pairs(12), int64(3*(11+12+12+12)); got != want {
		t.Errorf("%d pairs of at most 12 keys, want %d", got, want)
	}
	if got, want := m.pairs(7), int64(3*4*7); got != want {
		t.Errorf("%d pairs of at most 7 keys, want %d", got, want)
	}
}

func TestExpandedProjectionsCostMoreForManyTokens(t *testing.T) {
	d, err := hw.Lookup("h100-sxm-80gb")
	if err != nil {
		t.Fatal(err)
	}
	set := kernels.Default()
	for _, gemm := range []string{"bfloat16", "fp8_block"} {
		m := module{gemm: gemm, heads: 128, batch: 1, tokens: 4096, sizes: deepseekBlock}
		whole := m.expandedProjections(d, set)
		if outside := m.outside(d, set); outside >= whole || outside < whole/2 {
			t.Errorf("%s: projections outside of the core take %g s of %g", gemm, outside, whole)
		}
		m.heads = 16
		if few := m.expandedProjections(d, set); few >= whole {
			t.Errorf("%s: 16 heads take %g s, 128 take %g", gemm, few, whole)
		}
	}
}
