package engines

import (
	"math"
	"testing"

	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/cost/kernels"
)

const figures = `policy = "vllm"
kernels = "vllm"
kv_formats = ["bf16", "fp8"]
block_size = 16
[[defaults]]
min_memory_gib = 70
not_generation = "ampere"
max_num_seqs = 1
[[defaults]]
min_memory_gib = 40
max_num_seqs = 2
[[defaults]]
max_num_seqs = 3
[memory]
law = "vllm"
source = "a test"
share = 0.5
runtime_gib = 2.5
[slower]
kernels = 2.0
[overhead]
step_us = 1.0
sequence_us = 9.0
host_us = 2.0
host_sequence_us = 3.0
launch_layer_us = 4.0
launch_prefill_layer_us = 5.0
service_ms = 6.0
tokenise_us = 9.0
request_ms = 7.0
token_ms = 8.0
[[node]]
generation = "hopper"
[node.slower]
exchanges = 3.0
[node.overhead]
step_us = 10.0
`

func profile(t *testing.T, text string) *Profile {
	t.Helper()
	p, err := parse("p.toml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// A profile's figures are in the units that their keys say.
func TestUnitsOfAProfile(t *testing.T) {
	p := profile(t, figures)
	near := func(what string, got, want float64) {
		t.Helper()
		if math.Abs(got-want) > 1e-12*want {
			t.Errorf("%s is %g, by hand %g", what, got, want)
		}
	}
	near("runtime_gib", p.Memory.RuntimeGiB, 2.5)
	near("service_ms", float64(p.Overhead.RequestService()), 6e-3)
	near("tokenise_us", float64(p.Overhead.TokenService()), 9e-6)
	near("request_ms", float64(p.Overhead.RequestDelay()), 7e-3)
	near("token_ms", float64(p.Overhead.TokenDelay()), 8e-3)
	c := p.Cost(true)
	near("step_us", float64(c.Step), 1e-6)
	near("host_us", float64(c.Host), 2e-6)
	near("host_sequence_us", float64(c.HostSequence), 3e-6)
	near("launch_layer_us", float64(c.LaunchLayer), 4e-6)
	near("launch_prefill_layer_us", float64(c.LaunchPrefillLayer), 5e-6)
	if !c.Async || p.Cost(false).Async {
		t.Error("scheduling is not as asked")
	}
	// An engine that launches layer by layer runs kernels as they were measured.
	near("sequence_us", float64(c.Sequence), 9e-6)
	if s := p.Serving; s.SmallKernelUS != 0 || s.StreamRate != 0 || s.ExpertShape != InService().ExpertShape {
		t.Errorf("%+v", p.Serving)
	}
}

// The first defaults whose conditions a GPU meets count.
func TestDefaultsByMemoryAndGeneration(t *testing.T) {
	p := profile(t, figures)
	for _, c := range []struct {
		gib        float64
		generation string
		want       int
	}{{70, "hopper", 1}, {69.9, "hopper", 2}, {80, "ampere", 2}, {40, "ada", 2}, {39.9, "ada", 3}} {
		if got := p.Limits(&hw.Device{Memory: units.Bytes(c.gib) * units.GiB,
			Generation: c.generation}).MaxNumSeqs; got != c.want {
			t.Errorf("%g GiB of %s: %d sequences, by hand %d", c.gib, c.generation, got, c.want)
		}
	}
}

// Nodes with GPUs of a generation have figures of their own, and only those.
func TestNodesOfAGeneration(t *testing.T) {
	p := profile(t, figures)
	on := p.On(&hw.Device{Generation: "hopper"})
	if on.Overhead != (Overhead{StepUS: 10}) || on.Slower != (Slower{Exchanges: 3}) || on.BlockSize != 16 {
		t.Errorf("%+v", on)
	}
	if other := p.On(&hw.Device{Generation: "ada"}); other != p || p.Overhead.StepUS != 1 {
		t.Errorf("%+v", other)
	}
}

// Kernels take longer by one factor, exchanges between GPUs by another; a factor left out is 1.
func TestSlowerByHand(t *testing.T) {
	d := &hw.Device{SMs: 1, Bandwidth: 1e9, Link: hw.Link{Bandwidth: 1e6}}
	set := kernels.Datasheet()
	for _, c := range []struct {
		slower             Slower
		kernels, exchanges float64
	}{{Slower{}, 1, 1}, {Slower{Kernels: 2}, 2, 1}, {Slower{Exchanges: 3}, 1, 3},
		{Slower{Kernels: 2, Exchanges: 3}, 2, 3}} {
		slow := c.slower.Apply(set)
		if got := slow.Pointwise.Time(d, 1, 1e6) / set.Pointwise.Time(d, 1,
			1e6); math.Abs(float64(got)-c.kernels) > 1e-12 {
			t.Errorf("%+v: kernels take %g times as long", c.slower, got)
		}
		for name, times := range map[string]units.Seconds{
			"all-gather": slow.Collective.AllGather(d, 2, 8, 1e6) / set.Collective.AllGather(d, 2, 8, 1e6),
			"all-reduce": slow.AllReduce.Time(d, 2, 8, 1e6) / set.AllReduce.Time(d, 2, 8, 1e6)} {
			if math.Abs(float64(times)-c.exchanges) > 1e-12 {
				t.Errorf("%+v: %s takes %g times as long", c.slower, name, times)
			}
		}
	}
}

// In service a small kernel costs what is written there, and experts are as popular as there.
func TestServingByHand(t *testing.T) {
	s := &Serving{SmallKernelUS: 7, StreamRate: 500, Sustained: 0.5, AbroadUS: 30, ExpertShape: 0.5}
	set := kernels.Default()
	if got := s.Apply(set).GEMM.BF16; got.Rate != 500e9 || got.Efficiency != set.GEMM.BF16.Efficiency/2 {
		t.Errorf("%+v", got)
	}
	measured := set.Experts.FP8
	if got := s.Apply(set).Experts.FP8; got.Rate != measured.Rate || got.Efficiency != measured.Efficiency/2 {
		t.Errorf("%+v", got)
	}
	if got := s.Apply(set).Pointwise.Fixed; math.Abs(float64(got)-7e-6) > 1e-18 ||
		set.Pointwise.Fixed == got {
		t.Errorf("%v of a small kernel", got)
	}
	d, err := hw.Lookup("h100-sxm-80gb")
	if err != nil {
		t.Fatal(err)
	}
	for nodes, want := range map[int]float64{1: 0, 2: 30e-6} {
		sum := func(s *kernels.Set) units.Seconds { return s.AllReduce.Ring(d, 16, 16/nodes, 1e4) }
		gathering := func(s *kernels.Set) units.Seconds { return s.Collective.AllGather(d, 16, 16/nodes, 1e4) }
		for _, time := range []func(*kernels.Set) units.Seconds{sum, gathering} {
			if more := float64(time(s.Apply(set)) - time(set)); math.Abs(more-want) > 1e-12 {
				t.Errorf("over %d nodes: %g s more than alone, want %g", nodes, more, want)
			}
		}
	}
	if got := (&Serving{}).Apply(set); got != set {
		t.Error("no time of small kernels changes the set")
	}
	if got := s.Routing(); got != kernels.Routing(kernels.Popularity{Shape: 0.5}) {
		t.Errorf("%+v", got)
	}
	set.Experts.Weight4.Fixed = 1
	hopper, blackwell := &hw.Device{Generation: "hopper"}, &hw.Device{Generation: "blackwell"}
	prefers := &Profile{MXFP4Kernels: "marlin", MXFP4Apart: "blackwell"}
	if got := prefers.choose(blackwell, set); got != set {
		t.Error("kernels were chosen where those of a set serve")
	}
	if got := prefers.choose(hopper, set).Experts.MXFP4.Fixed; got != 1 {
		t.Errorf("marlin's mxfp4 takes %v", got)
	}
	if got := (&Profile{}).choose(hopper, set); got != set {
		t.Error("no choice changes the set")
	}
}

// Overheads of the catalogue are those of servers: microseconds a step and a sequence, milliseconds a
// request.
func TestCatalogueIsOfThisWorld(t *testing.T) {
	for _, name := range Names() {
		p, err := Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, on := range append([]Node{{Overhead: p.Overhead, Slower: p.Slower}}, p.Nodes...) {
			c := on.Overhead.cost(true)
			for what, v := range map[string]struct{ got, most units.Seconds }{
				"step": {c.Step, 5e-3}, "host": {c.Host, 20e-3}, "host's sequence": {c.HostSequence,
					1e-3}, "launch": {c.LaunchLayer, 1e-3},
				// twelve counted kernels are about forty launches from Python where prompts pass (SGLang)
				"launch with prompts": {c.LaunchPrefillLayer, 2e-3}, "service": {on.Overhead.RequestService(),
					50e-3},
				"token of a prompt": {on.Overhead.TokenService(), 100e-6},
				"request":           {on.Overhead.RequestDelay(), 0.5}, "token": {on.Overhead.TokenDelay(), 0.1},
			} {
				if v.got < 0 || v.got > v.most {
					t.Errorf("%s on %q: %s takes %v s", name, on.Generation, what, v.got)
				}
			}
		}
	}
}
