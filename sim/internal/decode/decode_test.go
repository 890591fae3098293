package decode

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/sim/cost"
	"github.com/roofserve/roofserve/sim/kv"
	"github.com/roofserve/roofserve/sim/sched"
	"pgregory.net/rapid"
)

// single is one decoding sequence, followed by itself.
type single struct {
	place       Entry
	known, left int
	overruns    bool // it takes part in a step after its last
}

// models are reaches and layouts of kinds of models, with small sizes so that windows fill and chunks turn
// often.
var models = []struct {
	reaches []arch.Reach
	layout  kv.Layout
}{
	{[]arch.Reach{{Kind: arch.Full}}, kv.Layout{BlockTokens: 4, Full: 1}},
	{[]arch.Reach{{Kind: arch.Full}}, kv.Layout{BlockTokens: 3, Full: 2, Constant: 5}},
	{[]arch.Reach{{Kind: arch.Full}, {Kind: arch.Window, Size: 9}},
		kv.Layout{BlockTokens: 4, Full: 1, Windows: []kv.WindowGroup{{Tokens: 9, Blocks: 3}}}},
	{[]arch.Reach{{Kind: arch.Full}, {Kind: arch.TopK, Size: 7}, {Kind: arch.Chunk, Size: 6}},
		kv.Layout{BlockTokens: 2, Full: 1}},
}

// TestSumsAreThoseOfTheSequences lets random sequences join, decode, leave and finish, and compares what is
// kept as sums with a count over the sequences one by one: keys, blocks, times, the horizon and the room that
// is left.
func TestSumsAreThoseOfTheSequences(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := rapid.SampledFrom(models).Draw(t, "model")
		d := NewDecoders(NewShape(m.reaches, m.layout))
		all := map[sched.Seq]*single{}
		next := sched.Seq(0)
		for range rapid.IntRange(1, 120).Draw(t, "moves") {
			switch {
			case len(all) == 0 || len(all) < 6 && rapid.Bool().Draw(t, "join"):
				s := &single{known: rapid.IntRange(1, 30).Draw(t, "known"), left: rapid.IntRange(1, 200).Draw(t, "left"),
					overruns: rapid.Bool().Draw(t, "overruns")}
				if s.overruns {
					s.left = rapid.IntRange(0, 30).Draw(t, "soon")
				}
				d.Join(next, &s.place, s.known, s.left, s.overruns)
				all[next] = s
				next++
			case rapid.IntRange(0, 9).Draw(t, "leave") == 0:
				id := rapid.SampledFrom(slices.Sorted(maps.Keys(all))).Draw(t, "who")
				if all[id].left > 0 {
					d.Leave(id, &all[id].place)
				} else {
					d.Drop(&all[id].place)
				}
				delete(all, id)
			default:
				cruise(t, &d, m.reaches, &m.layout, all)
			}
			compare(t, &d, m.reaches, &m.layout, all)
		}
	})
}

// cruise decodes some steps within the horizon, all of them together here, and one by one there.
func cruise(t *rapid.T, d *Decoders, reaches []arch.Reach, layout *kv.Layout, all map[sched.Seq]*single) {
	most := d.Horizon()
	for _, s := range all {
		if s.left == 0 {
			most = 1 // its last step is under way, and it is dropped when that is over
		}
	}
	steps := rapid.Int64Range(1, most).Draw(t, "steps")
	var sums, want [arch.MaxReaches]float64
	d.AddKeys(steps, &sums)
	for range steps {
		taken, blocks := 0, 0
		for _, s := range all {
			for i, r := range reaches {
				want[i] += float64(r.Keys(s.known))
			}
			blocks += layout.Blocks(s.known) - layout.Blocks(s.known-1)
			s.known++
			s.left--
		}
		if taken, _ = d.PassBlocks(); taken != blocks {
			t.Fatalf("a step takes %d blocks, its sequences %d", taken, blocks)
		}
	}
	if sums != want {
		t.Fatalf("%d steps see %v keys, their sequences %v", steps, sums, want)
	}
	d.Advance(steps)
	var over []sched.Seq
	if d.Finishing() {
		over = d.TakeFinished(nil)
	}
	for _, id := range over {
		if all[id].left != 0 {
			t.Fatalf("sequence %d finishes with %d tokens to go", id, all[id].left)
		}
	}
	for id, s := range all {
		if s.left == 0 && !s.overruns || s.left < 0 {
			d.Drop(&all[id].place)
			delete(all, id)
		}
		if s.left == 0 && !slices.Contains(over, id) {
			t.Fatalf("sequence %d has not finished", id)
		}
	}
}

// compare checks the sums between steps.
func compare(t *rapid.T, d *Decoders, reaches []arch.Reach, layout *kv.Layout, all map[sched.Seq]*single) {
	var load arch.Load
	d.Load(&load)
	var keys, after [arch.MaxReaches]int64
	soonest, blocks := 1<<30, 0
	for id, s := range all {
		if known := d.Known(&s.place); known != s.known {
			t.Fatalf("sequence %d has %d tokens, should have %d", id, known, s.known)
		}
		for i, r := range reaches {
			keys[i] += int64(r.Keys(s.known))
			after[i] += int64(r.Keys(s.known + 1))
		}
		if s.left > 0 {
			soonest = min(soonest, s.left)
		}
		blocks += layout.Blocks(s.known) - layout.Blocks(s.known-1)
	}
	if load.Decodes != len(all) || load.DecodeKeys != keys {
		t.Fatalf("%d sequences see %v keys; should be %d and %v", load.Decodes, load.DecodeKeys, len(all), keys)
	}
	if d.DueBlocks() != blocks {
		t.Fatalf("the next step takes %d blocks, its sequences %d", d.DueBlocks(), blocks)
	}
	if len(all) == 0 {
		return
	}
	if h := d.Horizon(); h < 1 || soonest < 1<<30 && h > int64(soonest) {
		t.Fatalf("the horizon is %d, a sequence finishes after %d", h, soonest)
	}
	coefficients := cost.RankDecode{Fixed: 1000}
	wantNext, wantGrowth := units.Picoseconds(1000), units.Picoseconds(0)
	for i := range reaches {
		coefficients.PerKey[i] = units.Picoseconds(10 + i)
		wantNext += coefficients.PerKey[i] * units.Picoseconds(keys[i])
		wantGrowth += coefficients.PerKey[i] * units.Picoseconds(after[i]-keys[i])
	}
	if next, growth := d.Times(&coefficients); next != wantNext || d.Horizon() > 1 && growth != wantGrowth {
		t.Fatalf("a step takes %d and the next %d more, should be %d and %d", next, growth, wantNext, wantGrowth)
	}
}

// TestExhaustionIsFoundStepByStep compares how many steps' blocks fit with taking them one after the other.
func TestExhaustionIsFoundStepByStep(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := rapid.SampledFrom(models).Draw(t, "model")
		d := NewDecoders(NewShape(m.reaches, m.layout))
		for id := range sched.Seq(rapid.IntRange(1, 8).Draw(t, "sequences")) {
			d.Join(id, &Entry{}, rapid.IntRange(1, 30).Draw(t, "known"), 500, false)
		}
		d.TurnBlocks() // the planned step's blocks are taken
		free := rapid.IntRange(0, 60).Draw(t, "free")
		most := rapid.Int64Range(0, max(0, d.Horizon()-1)).Draw(t, "most")
		got := d.Exhaustion(free, most)
		want, left := int64(0), free
		for want < most {
			taken, _ := d.PassBlocks()
			if left -= taken; left < 0 {
				break
			}
			want++
		}
		if got != want {
			t.Fatalf("blocks of %d steps fit, should be %d", got, want)
		}
	})
}

// TestFlightsEndAsTheirStepsDo compares a flight's formulas with its steps, counted out.
func TestFlightsEndAsTheirStepsDo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var f Flight
		start := units.Picoseconds(rapid.Int64Range(0, 1e15).Draw(t, "start"))
		first := units.Picoseconds(rapid.Int64Range(1, 1e12).Draw(t, "first"))
		growth := units.Picoseconds(rapid.Int64Range(0, 1e8).Draw(t, "growth"))
		f.Cruise(start, first, growth, rapid.Int64Range(1, 300).Draw(t, "steps"))
		ends, now, step := []units.Picoseconds{start}, start, first
		for range f.Steps {
			now += step
			step += growth
			ends = append(ends, now)
		}
		if f.Over != now {
			t.Fatalf("the flight is over at %d, its steps at %d", f.Over, now)
		}
		at := units.Picoseconds(rapid.Int64Range(1, int64(now-start)).Draw(t, "time"))
		whole, until := int64(0), int64(0)
		for k := int64(1); k <= f.Steps; k++ {
			if ends[k] <= start+at {
				whole = k
			}
			if until == 0 && ends[k] >= start+at {
				until = k
			}
		}
		if got := f.Within(at); got != whole {
			t.Fatalf("%d steps fit into %d, should be %d", got, at, whole)
		}
		if got := f.Until(start + at); got != until {
			t.Fatalf("step %d is the first to end at or after %d, should be %d", got, at, until)
		}
		f.Cut(until)
		if f.Steps != until || f.Over != ends[until] {
			t.Fatalf("cut to %d steps, it has %d and is over at %d, should be at %d", until, f.Steps, f.Over, ends[until])
		}
	})
}

// Two sequences of one rank decode together until the shorter one has its last token.
func ExampleDecoders() {
	d := NewDecoders(NewShape([]arch.Reach{{Kind: arch.Full}}, kv.Layout{BlockTokens: 16, Full: 1}))
	var long, short Entry
	d.Join(0, &long, 100, 50, false)
	d.Join(1, &short, 15, 3, false)
	next, growth := d.Times(&cost.RankDecode{Fixed: 1000, PerKey: [arch.MaxReaches]units.Picoseconds{10}})
	fmt.Println("a step takes", next, "ps and each next one", growth, "more, for", d.Horizon(), "steps")
	d.Advance(d.Horizon())
	fmt.Println("finished:", d.TakeFinished(nil), "- contexts:", d.Known(&long), d.Known(&short))
	// Output:
	// a step takes 2150 ps and each next one 20 more, for 3 steps
	// finished: [1] - contexts: 103 18
}

// A request that arrives in the middle of a flight cuts it at the end of the step under way.
func ExampleFlight() {
	var f Flight
	f.Cruise(0, 100, 10, 5)
	fmt.Println("over at", f.Over)
	f.Cut(f.Until(250))
	fmt.Println("cut after", f.Steps, "steps, over at", f.Over)
	// Output:
	// over at 600
	// cut after 3 steps, over at 330
}
