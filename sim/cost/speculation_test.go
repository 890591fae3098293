package cost

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/sim/cost/kernels"
)

// speculating is a model whose steps verify drafts of its own head, or of the host where it has none.
func speculating(t testing.TB, m *Model, drafts int, head bool) *Model {
	t.Helper()
	c := m.Config
	c.Speculation = &Speculation{Drafts: drafts}
	if head {
		eagle, err := c.Model.EagleDrafter()
		if err != nil {
			t.Fatal(err)
		}
		c.Speculation.Model, c.Speculation.Precision = eagle, arch.Precision{KV: c.Plan.Precision.KV}
	}
	s, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestPlainStepsAreThoseWithoutDrafts holds the steps of a model that drafts nothing for a while against
// those of one that never does.
func TestPlainStepsAreThoseWithoutDrafts(t *testing.T) {
	for _, p := range plans {
		never := newModel(t, p.model, p.plan, kernels.Default())
		plain := speculating(t, never, 3, false).Plain()
		loads := make([]arch.Load, p.plan.DP)
		for r := range loads {
			for range 9 {
				loads[r].AddDecode(never.Reaches(), 700)
			}
		}
		if a, b := plain.Step(loads), never.Step(loads); a != b {
			t.Errorf("%s %+v: a step takes %v without drafts, and %v where there are never any", p.model, p.plan, a, b)
		}
		loads[0].AddChunk(never.Reaches(), 0, 100, true)
		if a, b := plain.Step(loads), never.Step(loads); a != b {
			t.Errorf("%s %+v: with a prompt a step takes %v, and %v", p.model, p.plan, a, b)
		}
	}
}

// TestRowsAreThoseOfAsManySequences holds every operator that reads no cache against that of a step in which
// as many sequences decode as there are rows, and attention against one with as many sequences: the same
// bytes of keys, and arithmetic for every row.
func TestRowsAreThoseOfAsManySequences(t *testing.T) {
	const n, context, drafts = 24, 3000, 3
	for _, p := range plans {
		if p.plan.CP > 1 || p.plan.PP > 1 { // whose shares of n are not those of as many rows
			continue
		}
		plain := newModel(t, p.model, p.plan, kernels.Default())
		verifies := speculating(t, plain, drafts, false)
		loads, rows := make([]arch.Load, p.plan.DP), make([]arch.Load, p.plan.DP)
		for r := range loads {
			for range n {
				loads[r].AddDecode(plain.Reaches(), context)
				for range 1 + drafts {
					rows[r].AddDecode(plain.Reaches(), context)
				}
			}
		}
		one, many := plain.Breakdown(loads), plain.Breakdown(rows)
		for i, e := range verifies.Breakdown(loads)[:len(one)-1] {
			switch {
			case e.Category == Host:
			case e.Category == AttentionCore && one[i].FLOPs > 0 && e.Name != "attention" && e.Name != "decode_attention":
			case e.Category == AttentionCore:
				if e.FLOPs != many[i].FLOPs || e.Time < one[i].Time || e.Time > many[i].Time {
					t.Errorf("%s %+v, %s takes %v for %v, of a row each %v, of as many sequences %v", p.model, p.plan, e.Name, e.Time, e.FLOPs,
						one[i].Time, many[i].Time)
				}
			case e.Time != many[i].Time:
				t.Errorf("%s %+v, %s.%s takes %v, for as many sequences %v", p.model, p.plan, e.Layer, e.Name, e.Time, many[i].Time)
			}
		}
	}
}

// TestDraftsAddUp holds a step's entries against its time, and more drafts against fewer.
func TestDraftsAddUp(t *testing.T) {
	for _, p := range plans {
		plain := newModel(t, p.model, p.plan, kernels.Default())
		models := []*Model{plain}
		for k := 1; k <= 3; k++ {
			models = append(models, speculating(t, plain, k, true))
		}
		rapid.Check(t, func(t *rapid.T) {
			loads := drawLoads(t, plain, rapid.Bool().Draw(t, "pure"))
			var draft [4]units.Seconds
			for k, m := range models {
				var whole, own units.Seconds
				for _, e := range m.Breakdown(loads) {
					whole += e.Time
					if len(e.Layer) > len(Draft) && e.Layer[:len(Draft)] == Draft {
						own += e.Time
					}
				}
				if step := m.Step(loads).Seconds(); whole < step*0.9999 || whole > step*1.05 {
					t.Fatalf("%s %+v, %d drafts: entries add up to %v, the step takes %v", p.model, p.plan, k, whole, step)
				}
				draft[k] = own
			}
			if anything(loads) && !(draft[1] > 0 && draft[2] > draft[1] && draft[3] > draft[2]) {
				t.Fatalf("%s %+v: drafts take %v", p.model, p.plan, draft)
			}
		})
	}
}

// anything tells whether a sequence is given a token, and so drafts.
func anything(loads []arch.Load) bool {
	for _, l := range loads {
		if l.Samples > 0 {
			return true
		}
	}
	return false
}
