package sim

import (
	"slices"
	"testing"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/sim/cost"
	"github.com/roofserve/roofserve/sim/kv"
	"github.com/roofserve/roofserve/workloads"
)

func TestByHandPrefixCache(t *testing.T) {
	c := byHand("vllm")
	c.PrefixCaching, c.Limits.MaxNumBatchedTokens = true, 100
	r := expectLives(t, c, []workloads.Request{
		ask(0, 12, 1, 1, 2, 3),
		ask(5000, 12, 1, 1, 2, 3),     // at least one token is computed, and so the whole last block
		ask(10000, 13, 1, 1, 2, 3, 9), // three full blocks are found
		ask(15000, 12, 1, 1, 7, 3),    // nothing behind the first difference
		ask(20000, 3, 1, 1),           // no full block
		ask(25000, 12, 1, 2, 2, 3),    // the same content elsewhere is not the same block
	},
		life{First: 1120, Last: 1120},
		life{First: 6040, Last: 6040, Cached: 8},
		life{First: 11010, Last: 11010, Cached: 12},
		life{First: 16080, Last: 16080, Cached: 4},
		life{First: 21030, Last: 21030},
		life{First: 26120, Last: 26120},
	)
	if want := (PrefixStats{Tokens: 12 + 12 + 13 + 12 + 3 + 12, HitTokens: 24, Blocks: 15,
		HitBlocks: 6}); r.Prefix != want {
		t.Errorf("%+v; by hand %+v", r.Prefix, want)
	}
	// Blocks are known as soon as they are scheduled: of two equal prompts in a step the second computes four
	// tokens, and both together hold four blocks.
	r = expectLives(t, c, []workloads.Request{ask(0, 12, 1, 1, 2, 3), ask(0, 12, 1, 1, 2, 3)},
		life{First: 1160, Last: 1160}, life{First: 1160, Last: 1160, Cached: 8})
	near(t, "most used", r.KVUsage.Max, 0.04)
}

// Of six blocks the one that nobody has asked for longest is taken first, and of a prompt the deepest.
func TestByHandEviction(t *testing.T) {
	c := byHand("vllm")
	c.PrefixCaching, c.Limits.MaxNumBatchedTokens, c.Blocks = true, 100, usable(c.Policy, 6)
	first, second := ask(0, 8, 1, 1, 2), ask(2000, 8, 1, 3, 4)
	again := ask(4000, 9, 1, 1, 2, 8)
	third := ask(6000, 12, 1, 5, 6, 7)
	cached := func(requests ...workloads.Request) []int {
		var list []int
		lives, _ := served(t, c, 0, requests...)
		for _, l := range lives {
			list = append(list, l.Cached)
		}
		return list
	}
	for _, x := range []struct {
		requests []workloads.Request
		want     []int
	}{
		// The third takes the two blank ones and the second block of the first.
		{[]workloads.Request{first, second, third, ask(8000, 9, 1, 1, 2, 8)}, []int{0, 0, 0, 4}},
		{[]workloads.Request{first, second, third, ask(8000, 9, 1, 3, 4, 8)}, []int{0, 0, 0, 8}},
		// Asked for again, the first's are younger than the second's.
		{[]workloads.Request{first, second, again, third, ask(8000, 9, 1, 3, 4, 8)}, []int{0, 0, 8, 0, 4}},
		{[]workloads.Request{first, second, again, third, ask(8000, 9, 1, 1, 2, 8)}, []int{0, 0, 8, 0, 8}},
	} {
		if got := cached(x.requests...); !slices.Equal(got, x.want) {
			t.Errorf("cached are %v tokens, by hand %v", got, x.want)
		}
	}
}

// windowed is a device on which each key of the whole context takes 1 µs and each within six tokens 100.
type windowed struct{ reach arch.Reach }

func (w windowed) Reaches() []arch.Reach { return []arch.Reach{{}, w.reach} }

func (w windowed) Step(loads []arch.Load) units.Picoseconds {
	l := &loads[0]
	return units.Picoseconds(1000+l.DecodeKeys[0]+100*l.DecodeKeys[1]) * us
}

func (w windowed) Decode(_ []int, d *cost.Decode) {
	d.Fixed = 1000 * us
	d.Ranks[0] = cost.RankDecode{PerKey: [arch.MaxReaches]units.Picoseconds{1 * us, 100 * us}}
}

func TestByHandReaches(t *testing.T) {
	for _, x := range []struct {
		reach arch.Reach
		keys  []int // at contexts 4 to 9
	}{
		{arch.Reach{Kind: arch.Window, Size: 6}, []int{4, 5, 6, 6, 6, 6}},
		{arch.Reach{Kind: arch.TopK, Size: 7}, []int{4, 5, 6, 7, 7, 7}},
		{arch.Reach{Kind: arch.Chunk, Size: 4}, []int{4, 1, 2, 3, 4, 1}},
	} {
		c := byHand("vllm")
		c.Step = windowed{x.reach}
		at, sum := 1000, 0 // the end of the prompt of three tokens
		for i, keys := range x.keys {
			at += 1000 + (4 + i) + 100*keys
			sum += keys
		}
		r := expectLives(t, c, []workloads.Request{ask(0, 3, 7)}, life{First: 1000, Last: at})
		near(t, "keys of the whole context", r.MeanDecode.Keys[0], (4+5+6+7+8+9)/6.)
		near(t, x.reach.String(), r.MeanDecode.Keys[1], float64(sum)/6)
		if r.MeanDecode.Sequences != 1 || len(r.MeanDecode.Keys) != 2 {
			t.Errorf("%+v", r.MeanDecode)
		}
	}
}

// Two groups of layers draw from one pool: two blocks for every four tokens of context, three for each four
// of the last eight, which touch three, and one for constant state.
func TestByHandHybridLayout(t *testing.T) {
	layout := kv.Layout{BlockTokens: 4, Full: 2, Windows: []kv.WindowGroup{{Tokens: 8, Blocks: 3}}, Constant: 1}
	for context, want := range map[int]int{1: 6, 4: 6, 5: 11, 8: 11, 9: 16, 12: 16, 13: 18, 16: 18, 17: 20} {
		if got := layout.Blocks(context); got != want {
			t.Errorf("%d tokens take %d blocks, by hand %d", context, got, want)
		}
		c := byHand("vllm0")
		c.Layout, c.Blocks = layout, usable(c.Policy, want)
		// Prompts of half, decodes of the other half: the last token is not computed.
		input := (context + 1) / 2
		lives, r := served(t, c, 0, ask(0, input, context-input+1))
		if lives[0].Failed || r.KVUsage.Max != 1 {
			t.Errorf("%d tokens: %+v, use of %v", context, lives[0], r.KVUsage.Max)
		}
		c.Blocks--
		if lives, _ := served(t, c, 0, ask(0, input, context-input+1)); !lives[0].Failed {
			t.Errorf("%d tokens run in %d blocks", context, c.Blocks)
		}
	}
	// Use over time: 9 tokens of prompt take 16 blocks in a step of 1,090; decodes 10, 11 and 12 none more, 13
	// takes two.
	c := byHand("vllm0")
	c.Layout, c.Blocks = layout, usable(c.Policy, 20)
	_, r := served(t, c, 0, ask(0, 9, 5))
	near(t, "mean use", r.KVUsage.Mean, (16*1090+16*3*1001+18*1001.)/(1090+4*1001)/20)
	// vLLM v1 holds all of a prompt's windows while it computes them: 16 tokens take 1, 8 and 12 blocks, which
	// must be there, and when they are computed three less.
	for blocks, refused := range map[int]bool{20: true, 21: false} {
		c = byHand("vllm")
		c.Layout, c.Blocks = layout, usable(c.Policy, blocks)
		lives, r := served(t, c, 0, ask(0, 16, 1))
		if lives[0].Failed != refused || !refused && r.KVUsage.Max != 1 {
			t.Errorf("%d blocks: %+v, use of %v", blocks, lives[0], r.KVUsage.Max)
		}
	}
}
