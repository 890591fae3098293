package deployments

import (
	"context"
	"math"
	"testing"
)

var llama = Deployment{Model: "llama-3.1-8b", Device: "a100-sxm-80gb", GPUs: 1, Weights: "bf16"}

func TestMemoryModelAndSaturatedSimulatorAgree(t *testing.T) {
	b := NewBench(context.Background())
	for _, d := range []Deployment{
		llama,
		{Model: "llama-3.1-70b", Device: "h100-sxm-80gb", GPUs: 8, Weights: "bf16"},
		{Model: "deepseek-v3", Device: "h100-sxm-80gb", GPUs: 8, DP: 8, EP: 8, Weights: "int4"},
	} {
		for _, context := range []int{4096, 32768} {
			c, err := b.Concurrency(d, context)
			if err != nil {
				t.Fatal(err)
			}
			if c.Memory == 0 || math.Abs(c.Simulated/float64(c.Memory)-1) > 0.02 {
				t.Errorf("%v at %d tokens: %d by memory, %v simulated", d, context, c.Memory, c.Simulated)
			}
		}
	}
}

func TestReachIsTheSmallestBatch(t *testing.T) {
	b := NewBench(context.Background())
	const rate = 1000
	r, err := b.Reach(llama, OutputRate, rate, 128, 128)
	if err != nil {
		t.Fatal(err)
	}
	at := func(users int) float64 {
		p, err := b.Run(llama, ClosedLoop{Users: users, Input: 128, Output: 128})
		if err != nil {
			t.Fatal(err)
		}
		return p.Output
	}
	if r.Users < 2 || at(r.Users) < rate || at(r.Users-1) >= rate {
		t.Errorf("%d users give %v tokens/s, one less %v", r.Users, at(r.Users), at(r.Users-1))
	}
	none, err := b.Reach(llama, OutputRate, 1e9, 128, 128)
	if err != nil || none.Users != 0 || none.Best.Output <= 0 {
		t.Errorf("a rate that nothing reaches: %+v, %v", none, err)
	}
}

func TestDeploymentsThatDoNotFit(t *testing.T) {
	d := Deployment{Model: "deepseek-v3", Device: "a100-sxm-80gb", GPUs: 8, EP: 8, Weights: "fp8"}
	if fits, err := Fits(d); err != nil || fits {
		t.Errorf("fits: %v, %v", fits, err)
	}
	load := ClosedLoop{Users: 1, Input: 10, Output: 10}
	if _, err := NewBench(context.Background()).Run(d, load); !IsNoFit(err) {
		t.Errorf("error %v", err)
	}
	if c, err := NewBench(context.Background()).Concurrency(d, 4096); err != nil || c.Memory != 0 {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestOverridesAreTheDeploymentsOwn(t *testing.T) {
	d := llama
	d.Override = map[string]any{"attention.kv_heads": 1}
	_, before, err := llama.Resolve()
	if err != nil {
		t.Fatal(err)
	}
	_, after, err := d.Resolve()
	if err != nil || after.Memory.KVBytesPerToken*8 != before.Memory.KVBytesPerToken {
		t.Errorf("one KV head of eight keeps %v of %v, %v", after.Memory.KVBytesPerToken, before.Memory.KVBytesPerToken, err)
	}
}
