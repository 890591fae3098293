package kernels

import (
	"testing"

	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/hw/units"
)

func TestSlowedKernelsTakeLonger(t *testing.T) {
	d, err := hw.Lookup("h100-sxm-80gb")
	if err != nil {
		t.Fatal(err)
	}
	set := Default()
	slowed := set.Slowed(1.5, 3)
	shape := GEMMShape{M: 64, N: 4096, K: 4096, Weights: units.BF16, Activations: units.BF16}
	times := func(s *Set) [3]units.Seconds {
		return [3]units.Seconds{s.GEMM.Time(d, shape), s.AllReduce.Time(d, 8, 8, 1<<20),
			s.Collective.AllGather(d, 8, 8, 1<<20)}
	}
	plain, slow := times(set), times(slowed)
	for i, factor := range []units.Seconds{1.5, 3, 3} {
		if ratio := slow[i] / plain[i]; ratio < factor*0.9999 || ratio > factor*1.0001 {
			t.Errorf("operator %d takes %v times as long, want %v", i, ratio, factor)
		}
	}
}
