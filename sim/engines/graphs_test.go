package engines_test

import (
	"slices"
	"testing"

	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/sim/engines"
)

// through is a progression of whole numbers.
func through(from, to, step int) (list []int) {
	for n := from; n <= to; n += step {
		list = append(list, n)
	}
	return list
}

// What the engines' sources list, release by release.
func TestCapturedSizesByHand(t *testing.T) {
	to128 := slices.Concat([]int{1, 2, 4}, through(8, 128, 8))
	byEights := slices.Concat([]int{1, 2, 4}, through(8, 248, 8))
	deployed := func(sequences, tokens, queries, largest int) engines.Batches {
		return engines.Batches{Sequences: sequences, Tokens: tokens, Queries: queries, Largest: largest}
	}
	for _, c := range []struct {
		engine, version string
		of              engines.Batches
		want            []int
	}{
		{"vllm", "0.18.0", deployed(1024, 8192, 1, 0), slices.Concat(byEights, through(256, 512, 16))},
		{"vllm", "0.18.0", deployed(20, 8192, 1, 0), slices.Concat([]int{1, 2, 4}, through(8, 40, 8))},
		{"vllm", "0.18.0", deployed(256, 100, 1, 0), slices.Concat([]int{1, 2, 4}, through(8, 96, 8))},
		{"vllm", "0.18.0", deployed(4, 8192, 3, 0), []int{1, 2, 4, 8, 16, 24}},
		{"vllm", "0.11.0", deployed(256, 8192, 1, 0), slices.Concat([]int{1, 2, 4}, through(8, 512, 8))},
		{"vllm", "0.6.0", deployed(100, 8192, 1, 0), slices.Concat([]int{1, 2, 4}, through(8, 96, 8), []int{100})},
		{"sglang", "0.5.9", deployed(2048, 8192, 1, 256), slices.Concat([]int{1, 2, 4, 8, 12}, through(16, 256, 8))},
		{"sglang", "0.5.9", deployed(30, 8192, 1, 256), []int{1, 2, 4, 8, 12, 16, 24, 30}},
		{"sglang", "0.5.9", deployed(2048, 8192, 1, 512),
			slices.Concat([]int{1, 2, 4, 8, 12}, through(16, 256, 8), through(272, 496, 16), []int{512})},
		{"sglang", "0.5.9", deployed(10, 8192, 4, 256), []int{1, 2, 3, 4, 5, 6, 7, 8, 10}},
		{"sglang", "0.5.1", deployed(2048, 8192, 1, 256), slices.Concat([]int{1, 2, 4, 8}, through(16, 160, 8))},
		{"trtllm", "1.0.0", deployed(1000, 8192, 1, 0), append(to128, 256, 512, 1000)},
		{"trtllm", "1.3.0", deployed(300, 8192, 1, 0), append(to128, 192, 256, 300)},
		{"trtllm", "1.0.0", deployed(1e8, 8192, 1, 0), append(to128, 256, 512, 1024, 2048, engines.MostCaptured)},
	} {
		p, err := engines.Lookup(c.engine)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.At(c.version).Graphs.Captured(c.of); !slices.Equal(got, c.want) {
			t.Errorf("%s %s of %+v captures %d, by hand %d", c.engine, c.version, c.of, got, c.want)
		}
	}
}

// vLLM captures pieces of steps of up to twice as many tokens as sequences run at once, and whole decode
// steps of up to as many: 51 sizes of up to 512 tokens, 35 up to 256 and 19 up to 128.
func TestGraphsAreCounted(t *testing.T) {
	vllm, err := engines.Lookup("vllm")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ tokens, sequences, both, pieces, whole int }{
		{8192, 1024, 51 + 51, 51, 51}, {8192, 128, 35 + 19, 35, 19}, {200, 1024, 2 * (3 + 25), 3 + 25, 3 + 25},
		{8192, 1, 2 + 1, 2, 1},
	} {
		b := engines.Batches{Sequences: c.sequences, Tokens: c.tokens, Queries: 1}
		sizes := vllm.Graphs.Captured(b)
		for mode, want := range map[string]int{engines.GraphsFullOrPieces: c.both,
			engines.GraphsPieces: c.pieces, engines.GraphsFull: c.whole, engines.GraphsNone: 0} {
			if got := vllm.Graphs.Count(mode, sizes, b); got != want {
				t.Errorf("%s of %+v: %d graphs, by hand %d", mode, b, got, want)
			}
		}
	}
}

// SGLang's largest batch goes by the GPU's memory and by whether there are four ranks.
func TestLargestBatchByHand(t *testing.T) {
	sglang, err := engines.Lookup("sglang")
	if err != nil {
		t.Fatal(err)
	}
	for device, want := range map[string][2]int{"h100-sxm-80gb": {256, 512}, "l40s-48gb": {32, 160}, "b200": {512, 512}} {
		d, err := hw.Lookup(device)
		if err != nil {
			t.Fatal(err)
		}
		for i, tp := range []int{2, 4} {
			if got := sglang.Memory.Static.Largest(d, arch.Plan{TP: tp, DP: 1, PP: 1}); got != want[i] {
				t.Errorf("%s, TP %d: up to %d, by hand %d", device, tp, got, want[i])
			}
		}
	}
}

// What no graph holds any more, and from which version on, is of its profile; without graphs there are none.
func TestGraphsOfAVersion(t *testing.T) {
	vllm, err := engines.Lookup("vllm")
	if err != nil {
		t.Fatal(err)
	}
	for version, mode := range map[string]string{"0.6.0": engines.GraphsFull, "0.9.1": engines.GraphsPieces,
		"0.11.0": engines.GraphsFullOrPieces, "": engines.GraphsFullOrPieces} {
		if got := vllm.At(version).Graphs.Mode; got != mode {
			t.Errorf("vLLM %q captures %s, not %s", version, mode, got)
		}
	}
	first, err := engines.Lookup("vllm-2023")
	if err != nil {
		t.Fatal(err)
	}
	if first.Graphs != nil || vllm.Eager().Graphs != nil {
		t.Error("an engine without graphs has some")
	}
}
