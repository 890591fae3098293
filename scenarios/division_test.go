package scenarios_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/roofserve/roofserve/scenarios"
)

// Divisions by hand: as many tensor-parallel ranks as a node allows first; the rest is stages or ranks, and
// experts are spread over all GPUs, over those of a stage, or not at all.
func TestDivisionsByHand(t *testing.T) {
	way := func(tp, pp, dp, ep int) scenarios.Parallel {
		return scenarios.Parallel{TP: tp, PP: pp, DP: dp, EP: ep}
	}
	for _, c := range []struct {
		gpus, perNode int
		experts       bool
		want          []scenarios.Parallel
	}{
		{1, 8, false, []scenarios.Parallel{way(1, 1, 1, 1)}},
		{1, 8, true, []scenarios.Parallel{way(1, 1, 1, 1)}},
		{4, 8, false, []scenarios.Parallel{
			way(4, 1, 1, 1), way(2, 2, 1, 1), way(2, 1, 2, 1), way(1, 4, 1, 1), way(1, 1, 4, 1),
		}},
		{2, 8, true, []scenarios.Parallel{
			way(2, 1, 1, 1), way(2, 1, 1, 2), way(1, 1, 2, 2), way(1, 1, 2, 1), way(1, 2, 1, 1),
		}},
		{4, 2, true, []scenarios.Parallel{
			way(2, 1, 2, 4), way(2, 1, 2, 1), way(2, 2, 1, 2), way(2, 2, 1, 1),
			way(1, 1, 4, 4), way(1, 1, 4, 1), way(1, 4, 1, 1),
		}},
		{6, 8, false, []scenarios.Parallel{way(2, 3, 1, 1), way(2, 1, 3, 1), way(1, 6, 1, 1), way(1, 1, 6, 1)}},
	} {
		if d := cmp.Diff(c.want, scenarios.Divisions(c.gpus, c.perNode, c.experts)); d != "" {
			t.Errorf("%d GPUs, %d in a node, experts %v: %s", c.gpus, c.perNode, c.experts, d)
		}
	}
}

// A scenario that names its GPUs and no degree is divided as the one that names neither and takes as many.
func TestGPUsGivenOrTakenAreDividedAlike(t *testing.T) {
	for _, text := range []string{
		"name = \"llama-3.1-8b\"", "name = \"llama-3.1-70b\"", "name = \"llama-3.1-405b\"",
		"name = \"mixtral-8x7b\"", "name = \"deepseek-v3\"", "name = \"qwen3-235b-a22b\"",
		"name = \"deepseek-v3\"\n[precision]\nweights = \"bf16\"", "name = \"kimi-k2\"",
	} {
		for _, device := range []string{"a100-sxm-80gb", "h100-sxm-80gb", "h200-sxm-141gb", "gb200"} {
			text := "[model]\n" + text + "\n[hardware]\ndevice = \"" + device + "\"\n"
			taken := resolved(t, text)
			given := resolved(t, text+fmt.Sprintf("gpus = %d\n", taken.Hardware.GPUs))
			if given.Parallel != taken.Parallel || given.Hardware != taken.Hardware {
				t.Errorf("%s: %+v takes %+v, given them %+v", text, taken.Hardware, taken.Parallel, given.Parallel)
			}
		}
	}
}

func resolved(t *testing.T, text string) *scenarios.Scenario {
	t.Helper()
	s, err := scenarios.Parse("s.toml", "", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	r, _, err := s.Resolve()
	if err != nil {
		t.Fatal(err)
	}
	return r
}
