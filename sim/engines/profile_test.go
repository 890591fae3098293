package engines

import (
	"strings"
	"testing"

	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/hw/units"
)

func TestEveryProfileLoads(t *testing.T) {
	for _, name := range Names() {
		p, err := Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		if p.Name != name || p.Source == "" || p.Overhead.Source == "" {
			t.Errorf("%s: name %q, source %q, overhead's source %q", name, p.Name, p.Source, p.Overhead.Source)
		}
	}
}

func TestUnknownEngineNamesTheNearest(t *testing.T) {
	_, err := Lookup("vlm")
	if err == nil || !strings.Contains(err.Error(), `"vllm"`) {
		t.Errorf("got %v", err)
	}
}

func TestVLLMDefaultsDifferByGPU(t *testing.T) {
	p, err := Lookup("vllm")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		device hw.Device
		tokens int
	}{
		{hw.Device{Generation: "hopper", Memory: 79.6 * units.GiB}, 8192},
		{hw.Device{Generation: "ampere", Memory: 79.2 * units.GiB}, 2048},
		{hw.Device{Generation: "ada", Memory: 44 * units.GiB}, 2048},
	} {
		if got := p.Limits(&c.device).MaxNumBatchedTokens; got != c.tokens {
			t.Errorf("%s: %d tokens, want %d", c.device.Generation, got, c.tokens)
		}
	}
}

func TestBadProfilesAreRefused(t *testing.T) {
	for want, text := range map[string]string{
		"unknown key":            "nmae = \"x\"\n",
		"gpu_memory_utilization": "gpu_memory_utilization = 1.5\nblock_size = 1\n[[defaults]]\nmax_num_seqs = 1\n",
		"kv_formats":             "gpu_memory_utilization = 0.5\nblock_size = 1\n[[defaults]]\nmax_num_seqs = 1\n",
		"defaults":               "gpu_memory_utilization = 0.5\nblock_size = 1\nkv_formats = [\"bf16\"]\n",
		"p.toml:2: overhead.step_us: -1 is out of range": "[overhead]\nstep_us = -1\n",
		"p.toml:3: defaults[1].max_num_seqs: -5 is":      "defaults = [{max_num_seqs = 1},\n\n{max_num_seqs = -5}]\n",
		"unknown policy \"vlm\"":                         "policy = \"vlm\"\ngpu_memory_utilization = 0.5\nblock_size = 1\nkv_formats = [\"bf16\"]\n[[defaults]]\nmax_num_seqs = 1\n",
		"block_size":                                     "gpu_memory_utilization = 0.5\nkv_formats = [\"bf16\"]\n[[defaults]]\nmax_num_seqs = 1\n",
	} {
		if _, err := parse("p.toml", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want an error about %s, got %v", want, err)
		}
	}
}
