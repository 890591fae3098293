package cost

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/sim/cost/kernels"
)

// timetable walks through a layer's kernels and exchanges in the order in which a device gets them, layer
// after layer, until the same stands at the beginning of each.
type timetable struct {
	device, network units.Seconds    // when each is free
	arrived         [2]units.Seconds // when what a half sent last is there
}

func (t *timetable) compute(d units.Seconds) { t.device += d }
func (t *timetable) await(half int)          { t.device = max(t.device, t.arrived[half]) }
func (t *timetable) send(half int, d units.Seconds) {
	t.network = max(t.network, t.device) + d
	t.arrived[half] = t.network
}

// layer is one of both halves, whose attention takes that long from what reads the cache on, in an order.
func (t *timetable) layer(order TwoBatches, h halfTimes, rest units.Seconds) {
	if order == SplitAttention {
		for a := range 2 {
			b := 1 - a
			t.compute(h.before)
			t.await(b)
			t.compute(h.experts)
			t.send(b, h.combine)
			t.compute(rest)
			t.await(b)
			t.send(a, h.dispatch)
			t.compute(h.beside)
		}
		return
	}
	for half := range 2 {
		t.await(half)
		t.compute(h.before + rest)
		t.send(half, h.dispatch)
	}
	for half := range 2 {
		t.await(half)
		t.compute(h.experts)
		t.send(half, h.combine)
		t.compute(h.beside)
	}
}

// What a layer takes by the formula is what it takes by a timetable where attention takes longer than either
// exchange, and nowhere is it longer. Between that and exchanges alone the formula is too short, by up to an
// eighth where values come back in twice the bits that they were sent in.
func TestTurns(t *testing.T) {
	draw := rand.New(rand.NewPCG(1, 2))
	some := func() units.Seconds { return units.Seconds(math.Exp(3 * draw.Float64())) }
	worst := 0.0
	for range 20000 {
		one := halfTimes{some(), some(), some(), some(), some()}
		one.combine = 2 * one.dispatch
		rest := some()
		both := halfTimes{2 * one.before, 2 * one.beside, 2 * one.experts, 2 * one.dispatch, 2 * one.combine}
		for _, order := range []TwoBatches{Alternate, SplitAttention} {
			wait, least := both.waits(order)
			got := max(both.before+both.beside+2*rest+both.experts+wait, least)
			var table timetable
			for range 40 {
				table.layer(order, one, rest)
			}
			before := table.device
			for range 40 {
				table.layer(order, one, rest)
			}
			want := (table.device - before) / 40
			short := float64(1 - got/want)
			long := one.before+rest > max(one.dispatch, one.combine) || order == SplitAttention
			if short < -1e-9 || long && short > 1e-9 {
				t.Fatalf("order %d, %+v, %g from the cache on: %g a layer, by a timetable %g", order, one,
					float64(rest), float64(got), float64(want))
			}
			worst = max(worst, short)
		}
	}
	if worst > 0.13 {
		t.Errorf("up to %.3f too short", worst)
	}
}

// DeepSeek-V3 has what goes before attention's core and its shared expert where turns look for them.
func TestTurnsOfAModel(t *testing.T) {
	m := newModel(t, "deepseek-v3", arch.Plan{TP: 1, PP: 1, DP: 16, EP: 16, GPUsPerNode: 8}, kernels.Default())
	for _, c := range []struct {
		got  []operator
		want string
	}{{m.turns.before, "norm qkv_a latent_norm q_b rope cache_write w_uk"},
		{m.turns.beside, "shared_gate_up shared_activation shared_down"}} {
		var names []string
		for _, o := range c.got {
			names = append(names, o.op.OpName())
		}
		if got := strings.Join(names, " "); got != c.want {
			t.Errorf("%s, want %s", got, c.want)
		}
	}
	if m.turns.layers != 58 {
		t.Errorf("%d layers with experts", m.turns.layers)
	}
}
