package kv_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/kv"
)

// TestLayoutsByHand counts the pool blocks of hybrid models from their published configurations, on one GPU
// with a bf16 cache.
func TestLayoutsByHand(t *testing.T) {
	for _, c := range []struct {
		model      string
		layout     kv.Layout
		blockBytes units.Bytes
		blocks     map[int]int // by context
	}{
		// 36 layers of 8 key-value heads of 64: 2·8·64·2 = 2,048 bytes a token. 18 keep everything, 18 a window of
		// 128 tokens. A window touches nine blocks of 16 tokens at most.
		{"gpt-oss-120b", kv.Layout{BlockTokens: 16, Full: 1, Windows: []kv.WindowGroup{{Tokens: 128, Blocks: 1}}}, 18 * 2048 * 16,
			map[int]int{1: 2, 16: 2, 17: 4, 128: 16, 129: 18, 144: 18, 145: 19, 1000: 63 + 9, 131072: 8192 + 9}},
		// 62 layers of 16 key-value heads of 128: 8,192 bytes a token. Every sixth of them keeps everything, ten;
		// the 52 others keep 1,024 tokens, 65 blocks at most. A pool block is the ten's; the others take 5.2 of it,
		// which is six.
		{"gemma-3-27b", kv.Layout{BlockTokens: 16, Full: 1, Windows: []kv.WindowGroup{{Tokens: 1024, Blocks: 6}}},
			10 * 8192 * 16,
			map[int]int{1: 7, 1024: 64 * 7, 1025: 65 * 7, 1040: 65 * 7, 1041: 66 + 65*6, 16000: 1000 + 65*6}},
		// 48 layers, every fourth of 2 key-value heads of 256: 12 of 2,048 bytes a token. The 36 others keep a
		// state of 32 heads of 128 by 128 in fp32 and three columns of a convolution over 2·16·128 + 32·128
		// channels in bf16, 2,146,304 bytes each and 77,266,944 together: 196.5 blocks of 393,216 bytes.
		{"qwen3-next-80b-a3b", kv.Layout{BlockTokens: 16, Full: 1, Constant: 197}, 12 * 2048 * 16,
			map[int]int{1: 198, 16: 198, 17: 199, 16000: 1197}},
		// No hybrid: 32 layers of 8 key-value heads of 128.
		{"llama-3.1-8b", kv.Layout{BlockTokens: 16, Full: 1}, 32 * 4096 * 16,
			map[int]int{1: 1, 16: 1, 17: 2, 4096: 256, 4097: 257}},
	} {
		m := fit(t, c.model, tensor(1), vllm)
		if d := cmp.Diff(c.layout, m.Layout); d != "" {
			t.Errorf("%s: by hand (-) and computed (+):\n%s", c.model, d)
		}
		if m.BlockBytesPerGPU != c.blockBytes {
			t.Errorf("%s: a block takes %v bytes, by hand %v", c.model, m.BlockBytesPerGPU, c.blockBytes)
		}
		for context, want := range c.blocks {
			if got := m.Layout.Blocks(context); got != want {
				t.Errorf("%s: %d tokens take %d blocks, by hand %d", c.model, context, got, want)
			}
		}
	}
}

// TestMemoryToTheByte moves what is reserved by single bytes about the points where one block more, or any at
// all, fits.
func TestMemoryToTheByte(t *testing.T) {
	const block = 32 * 4096 * 16 // of llama-3.1-8b, by hand: see above
	device, err := hw.Lookup("h100-sxm-80gb")
	if err != nil {
		t.Fatal(err)
	}
	at := func(reserved units.Bytes) kv.Memory {
		return fit(t, "llama-3.1-8b", tensor(1), kv.Settings{Engine: keeping(1, reserved), BlockTokens: 16})
	}
	// The weights of 8,030,261,248 parameters in two bytes each.
	free := device.Memory - 2*8030261248
	for _, c := range []struct {
		left   units.Bytes // after weights and what is reserved
		blocks int
		short  units.Bytes
	}{
		{0, 0, block}, {1, 0, block - 1}, {block - 1, 0, 1}, {block, 1, 0}, {block + 1, 1, 0}, {2*block - 1, 1, 0},
		{2 * block, 2, 0},
		{1000*block - 1, 999, 0}, {1000 * block, 1000, 0}, {-5, 0, block + 5},
	} {
		m := at(free - c.left)
		if m.Blocks != c.blocks || m.ShortBy != c.short || m.Fits() != (c.blocks > 0) {
			t.Errorf("%v bytes left give %d blocks, short by %v; by hand %d, %v", c.left, m.Blocks, m.ShortBy, c.blocks, c.short)
		}
		if c.short > 0 { // as much more is enough, and a byte less is not
			if m := at(free - c.left - c.short); !m.Fits() || m.Blocks != 1 {
				t.Errorf("with the %v bytes that were short %d blocks fit", c.short, m.Blocks)
			}
			if m := at(free - c.left - c.short + 1); m.Fits() || m.ShortBy != 1 {
				t.Errorf("with one byte less %d blocks fit, short by %v", m.Blocks, m.ShortBy)
			}
		}
	}
}

// TestSequencesInAPool by hand: ten blocks of 16 tokens.
func TestSequencesInAPool(t *testing.T) {
	m := kv.Memory{Blocks: 10, Layout: kv.Layout{BlockTokens: 16, Full: 1}}
	for context, want := range map[int]int{1: 10, 16: 10, 17: 5, 32: 5, 33: 3, 80: 2, 81: 1, 160: 1, 161: 0} {
		if got := m.Sequences(context); got != want {
			t.Errorf("%d sequences of %d tokens, by hand %d", got, context, want)
		}
	}
	for limit, want := range map[int]int{1: 1, 100: 100, 159: 159, 160: 160, 161: 160, 5000: 160} {
		if got := m.LongestContext(limit); got != want {
			t.Errorf("the longest context up to %d is %d, by hand %d", limit, got, want)
		}
	}
	m.Layout = kv.Layout{BlockTokens: 16, Full: 1, Windows: []kv.WindowGroup{{Tokens: 16, Blocks: 1}},
		Constant: 1}
	// One constant, two of the window and seven of the rest.
	if got := m.LongestContext(5000); got != 7*16 {
		t.Errorf("the longest context is %d", got)
	}
	if got := m.Sequences(16); got != 3 {
		t.Errorf("%d sequences of 16 tokens, three blocks each, in ten", got)
	}
}
