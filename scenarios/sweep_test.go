package scenarios

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

func TestCasesAreTheProductInOrder(t *testing.T) {
	s := parse(t, `
[model]
name = "llama-3.1-8b"
[[sweep]]
key = "workload.rate_scale"
values = [1, 2]
[[sweep]]
key = "precision.kv"
values = ["bf16", "fp8"]
[[sweep]]
key = "model.attention.kv_heads"
values = [4, 8]
`)
	cases, err := s.Cases()
	if err != nil {
		t.Fatal(err)
	}
	if len(cases) != 8 {
		t.Fatalf("%d cases", len(cases))
	}
	for i, c := range cases {
		got := fmt.Sprint(c.Scenario.Workload.RateScale, c.Scenario.Precision.KV, c.Scenario.Model.Override["attention.kv_heads"])
		want := fmt.Sprint([]int{1, 2}[i/4], []string{"bf16", "fp8"}[i/2%2], []int{4, 8}[i%2])
		if got != want || c.Index != i || len(c.Scenario.Sweep) != 0 {
			t.Errorf("case %d: %s, want %s", i, got, want)
		}
	}
	if s.Workload.RateScale != 0 || s.Model.Override != nil {
		t.Error("listing cases changed the scenario")
	}
}

func TestNoSweepIsOneCase(t *testing.T) {
	cases, err := parse(t, "[model]\nname = \"llama-3.1-8b\"").Cases()
	if err != nil || len(cases) != 1 || len(cases[0].Settings) != 0 {
		t.Errorf("%v, %v", cases, err)
	}
}

func TestBadSweepsAreRefused(t *testing.T) {
	for _, sweep := range []string{
		`key = "workload.rate_scale"`, `values = [1]`, "key = \"sweep\"\nvalues = [1]", "key = \"workload.rate_scal\"\nvalues = [1]",
		"key = \"hardware.gpus\"\nvalues = [\"x\"]",
	} {
		s := parse(t, "[model]\nname = \"llama-3.1-8b\"\n[[sweep]]\n"+sweep+"\n")
		if _, err := s.Cases(); err == nil {
			t.Errorf("%s: no error", sweep)
		}
	}
}

// TestShardsPartition: every case is in exactly one shard.
func TestShardsPartition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cases := make([]Case, rapid.IntRange(0, 40).Draw(t, "cases"))
		for i := range cases {
			cases[i].Index = i
		}
		n := rapid.IntRange(1, 10).Draw(t, "shards")
		seen := map[int]int{}
		for i := 1; i <= n; i++ {
			for _, c := range Shard(cases, i, n) {
				seen[c.Index]++
			}
		}
		for i := range cases {
			if seen[i] != 1 {
				t.Fatalf("case %d is in %d of %d shards", i, seen[i], n)
			}
		}
	})
}
