package cost

import (
	"testing"

	"github.com/roofserve/roofserve/sim/arch"
)

// What ranks exchange is listed with the bytes that one of them sends.
func TestBytesSentByHand(t *testing.T) {
	entry := func(m *Model, name string, loads []arch.Load) (bytes float64, found bool) {
		for _, o := range m.Breakdown(loads) {
			if o.Name == name {
				return float64(o.Bytes), o.Bound == BoundNetwork && o.Category == Communication
			}
		}
		return 0, false
	}
	decoding := func(ranks, n int) []arch.Load {
		l := make([]arch.Load, ranks)
		l[ranks-1] = arch.Load{Decodes: n, Samples: n, DecodeKeys: [arch.MaxReaches]int64{int64(10 * n)}}
		return l
	}
	var prompt arch.Load
	prompt.AddChunk([]arch.Reach{{}}, 100, 301, true)
	for _, c := range []struct {
		name, model string
		plan        arch.Plan
		loads       []arch.Load
		want        float64
	}{
		{"send_recv", plainModel("4"), arch.Plan{TP: 1, PP: 2, DP: 1, EP: 1}, decoding(1, 6), 2 * 3 * 64 * 2},
		{"gather_kv", plainModel("4"), arch.Plan{TP: 1, PP: 1, DP: 1, EP: 1, CP: 2}, []arch.Load{prompt},
			4 * 302 * 128. / 2},
		{"all_to_all", mixture, arch.Plan{TP: 2, PP: 1, DP: 2, EP: 4}, decoding(2, 6),
			3 * (2*3*4*3./4*128 + 6*128./2)},
		{"all_to_all", mixture, arch.Plan{TP: 2, PP: 1, DP: 2, EP: 2}, decoding(2, 6),
			3 * (2*3*4*1./2*128 + 6*128 + 6*128./2)},
		{"gather_tokens", mixture, arch.Plan{TP: 1, PP: 1, DP: 4, EP: 1}, decoding(4, 6),
			3 * 2 * 6 * 128 * 3. / 4},
		{"o_reduce", plainModel("4"), arch.Plan{TP: 4, PP: 1, DP: 1, EP: 1}, decoding(1, 6),
			4 * 2 * 6 * 128 * 3. / 4},
		{"experts_reduce", mixture, arch.Plan{TP: 4, PP: 1, DP: 1, EP: 4}, decoding(1, 6),
			3 * 2 * 6 * 128 * 3. / 4},
	} {
		m := idealModel(t, c.model, c.plan, links)
		if got, ok := entry(m, c.name, c.loads); !ok || got != c.want {
			t.Errorf("%s of %+v: %v bytes (an exchange: %v), by hand %v", c.name, c.plan, got, ok, c.want)
		}
	}
}
