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

// An engine that gathers gives every rank all tokens, whatever ranks share the experts: as many bytes, and as
// long, as where each expert is divided among all. Among few, it does so up to the 4 experts that a token
// chooses.
func TestGatheringByHand(t *testing.T) {
	l := make([]arch.Load, 8)
	l[1] = arch.Load{Decodes: 6, Samples: 6, DecodeKeys: [arch.MaxReaches]int64{60}}
	sent := func(ep int, g Gathering) (bytes, seconds float64, name string) {
		config := idealModel(t, mixture, arch.Plan{TP: 1, PP: 1, DP: 8, EP: ep}, links).Config
		config.Gathers = g
		m, err := New(config)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range m.Breakdown(l) {
			if o.Name == "all_to_all" || o.Name == "gather_tokens" {
				return float64(o.Bytes), float64(o.Time), o.Name
			}
		}
		return 0, 0, ""
	}
	const all = 3 * 2 * 6 * 128 * 7. / 8
	for _, c := range []struct {
		ep   int
		when Gathering
		name string
	}{
		{8, GatherDivided, "all_to_all"}, {8, GatherAmongFew, "all_to_all"}, {8, GatherAlways, "gather_tokens"},
		{4, GatherDivided, "all_to_all"}, {4, GatherAmongFew, "gather_tokens"}, {1, GatherDivided, "gather_tokens"},
	} {
		bytes, seconds, name := sent(c.ep, c.when)
		if name != c.name || name == "gather_tokens" && (bytes != all || seconds == 0) {
			t.Errorf("EP %d, gathering %d: %s of %v bytes in %v s, want %s, of %v where gathered", c.ep, c.when,
				name, bytes, seconds, c.name, float64(all))
		}
	}
}
