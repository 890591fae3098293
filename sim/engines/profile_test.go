package engines

import (
	"io/fs"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/internal/strict"
	"github.com/roofserve/roofserve/sim/cost/calibration"
	"github.com/roofserve/roofserve/sim/cost/kernels"
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
	eager.SmallKernelUS, eager.StreamRate, eager.Sustained, eager.AbroadUS = 0, 0, 0, 0
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

// TestSmallKernelsLieWhereTheyWereMeasured holds the bounds of what nobody measured by itself to the kernels
// of its kind that were.
func TestSmallKernelsLieWhereTheyWereMeasured(t *testing.T) {
	files, err := fs.Glob(calibration.Files, "*/*.toml")
	if err != nil {
		t.Fatal(err)
	}
	hopper, all := [2]float64{math.Inf(1), 0}, [2]float64{math.Inf(1), 0}
	for _, name := range files {
		data, err := fs.ReadFile(calibration.Files, name)
		if err != nil {
			t.Fatal(err)
		}
		file := new(kernels.File)
		if err := strict.Decode(name, data, file); err != nil {
			t.Fatal(err)
		}
		for _, law := range file.Laws {
			if strings.HasSuffix(law.Name, ".conv-step") {
				us := 1e6 * law.Parameters[0].Value
				all = [2]float64{math.Min(all[0], us), math.Max(all[1], us)}
				if strings.HasPrefix(name, "h100") {
					hopper = [2]float64{math.Min(hopper[0], us), math.Max(hopper[1], us)}
				}
			}
		}
	}
	for i := range 2 {
		s := InService()
		if math.Abs(s.SmallKernelsUS[i]-hopper[i]) > 0.05 || math.Abs(s.SmallKernelsElsewhereUS[i]-all[i]) > 0.05 {
			t.Errorf("serving.toml says %+v; measured are %v µs on Hopper, %v on all", s, hopper, all)
		}
	}
}
