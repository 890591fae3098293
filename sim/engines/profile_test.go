package engines

import (
	"reflect"
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

// What engines share is the same for all of them, and says something of everything. Those without CUDA
// graphs have kernels as they were measured, beside their launches, and all else.
func TestEveryEngineSharesWhatServingDoes(t *testing.T) {
	shared := *InService()
	for _, table := range []any{shared} {
		for v, i := reflect.ValueOf(table), 0; i < v.NumField(); i++ {
			if v.Field(i).IsZero() {
				t.Errorf("serving.toml lacks %s", v.Type().Field(i).Name)
			}
		}
	}
	eager := shared
	eager.SmallKernelUS, eager.StreamRate, eager.Sustained = 0, 0, 0
	kinds := map[Serving]int{}
	for _, name := range Names() {
		p, err := Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		want := shared
		if p.Overhead.LaunchLayerUS > 0 {
			want = eager
		}
		if *p.Serving != want {
			t.Errorf("%s: %+v, want %+v", name, *p.Serving, want)
		}
		kinds[want]++
	}
	if len(kinds) != 2 {
		t.Errorf("engines with and without graphs: %v", kinds)
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
	const memory = "[memory]\nlaw = \"vllm\"\nsource = \"a test\"\nshare = 0.5\n"
	for want, text := range map[string]string{
		"unknown key":              "nmae = \"x\"\n",
		"memory: there is no law":  "block_size = 1\n[[defaults]]\nmax_num_seqs = 1\n",
		"memory: a share of 1.5":   "block_size = 1\n" + strings.Replace(memory, "0.5", "1.5", 1),
		"memory: it has no share":  "block_size = 1\n" + strings.Replace(memory, "0.5", "0", 1),
		"memory: its figures have": "block_size = 1\n" + strings.Replace(memory, "a test", "", 1),
		"kv_formats":               "block_size = 1\n[[defaults]]\nmax_num_seqs = 1\n" + memory,
		"defaults":                 "block_size = 1\nkv_formats = [\"bf16\"]\n" + memory,
		"p.toml:2: overhead.step_us: -1 is out of range": "[overhead]\nstep_us = -1\n",
		"p.toml:3: defaults[1].max_num_seqs: -5 is":      "defaults = [{max_num_seqs = 1},\n\n{max_num_seqs = -5}]\n",
		"unknown policy \"vlm\"":                         "policy = \"vlm\"\nblock_size = 1\nkv_formats = [\"bf16\"]\n[[defaults]]\nmax_num_seqs = 1\n" + memory,
		"block_size":                                     "kv_formats = [\"bf16\"]\n[[defaults]]\nmax_num_seqs = 1\n" + memory,
	} {
		if _, err := parse("p.toml", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want an error about %s, got %v", want, err)
		}
	}
}
