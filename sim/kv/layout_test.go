package kv

import "testing"

func TestBlocksOfAContext(t *testing.T) {
	mixed := Layout{BlockTokens: 16, Full: 2, Windows: []WindowGroup{{Tokens: 40, Blocks: 3}}, Constant: 5}
	for _, c := range []struct {
		layout          Layout
		context, blocks int
	}{
		{Layout{BlockTokens: 16, Full: 1}, 0, 0},
		{Layout{BlockTokens: 16, Full: 1}, 1, 1},
		{Layout{BlockTokens: 16, Full: 1}, 16, 1},
		{Layout{BlockTokens: 16, Full: 1}, 17, 2},
		{mixed, 1, 5 + 2 + 3},
		{mixed, 64, 5 + 4*2 + 4*3},
		{mixed, 65, 5 + 5*2 + 4*3}, // a window of 40 tokens touches at most four blocks
		{mixed, 1600, 5 + 100*2 + 4*3},
		{Layout{BlockTokens: 16, Constant: 7}, 1000, 7},
	} {
		if got := c.layout.Blocks(c.context); got != c.blocks {
			t.Errorf("%+v: %d tokens take %d blocks, want %d", c.layout, c.context, got, c.blocks)
		}
	}
	for context := range 300 {
		if mixed.Blocks(context+1) < mixed.Blocks(context) {
			t.Fatalf("a longer context than %d takes fewer blocks", context)
		}
	}
}
