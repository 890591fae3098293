package leftout

import (
	"github.com/roofserve/roofserve/sim/engines"
)

// Constant is one number that end-to-end rows identify.
type Constant struct {
	Engine  string // "": shared by all
	Name    string // as profiles and serving.toml write it
	Unit    string
	Meaning string
	// Prior is what holds where no row tells, and Belief the standard deviation of its logarithm: how far
	// another engine's or model's was seen from it. Source says where both come from.
	Prior, Belief float64
	Source        string
	// kernel tells that it changes kernels, so that their times must be computed anew.
	kernel bool
	field  func(*settings) *float64
}

// settings are the values of all constants that one row depends on.
type settings struct {
	engines.Overhead
	engines.Serving
}

// Constants are the numbers fitted, and all that is fitted, on end-to-end rows. Those that rows cannot tell
// apart are fixed: see fixed.
var Constants = constants()

func constants() []Constant {
	list := []Constant{
		{"", "stream_gb_per_s", "GB/s", "what an SM takes in at least where multiplications follow each other", 292, 0.3,
			"92% of an H100's memory bandwidth", true, func(s *settings) *float64 { return &s.StreamRate }},
		{"", "sustained", "1", "share of the tensor cores' measured rate that power lets them keep up", 0.9, 0.1,
			"an H100's clock under load is 1.5 to 1.7 GHz of 1.83", true, func(s *settings) *float64 { return &s.Sustained }},
		{"", "expert_shape", "1", "how evenly experts are popular", 0.6, 0.5,
			"five cells of before", true, func(s *settings) *float64 { return &s.ExpertShape }},
	}
	for _, engine := range []string{"sglang", "trtllm", "vllm"} {
		list = append(list,
			Constant{engine, "step_us", "µs", "the device's wait between two steps", 280, 0.7,
				"what planning ahead leaves of Python's and the driver's work: a few hundred µs", false,
				func(s *settings) *float64 { return &s.StepUS }},
			sequence(engine), request(engine), tokenise(engine))
		if engine != "vllm" {
			list = append(list, launch(engine))
		}
	}
	return append(list,
		Constant{"vllm", "host_us", "µs", "the host's work for a step, where the device waits for it (before v0.14)",
			500, 0.7, "an order of magnitude that Python has", false, func(s *settings) *float64 { return &s.HostUS }},
		Constant{"vllm", "service_ms", "ms", "that a request keeps the API server busy", 5, 1,
			"an order of magnitude that Python has", false, func(s *settings) *float64 { return &s.ServiceMS }})
}

// launch is what a step with prompts waits for where engines run those without CUDA graphs.
func launch(engine string) Constant {
	return Constant{engine, "launch_prefill_layer_us", "µs", "the host's launches of a layer of twelve kernels where a step has prompts",
		700, 0.7, "635 µs on the hosts of H100 and 816 on those of A100 under vLLM of 2023, one by one as here (results/fidelity/splitwise)", false,
		func(s *settings) *float64 { return &s.LaunchPrefillLayerUS }}
}

// tokenise is what a front end takes for a token of a prompt, which clients send as text.
func tokenise(engine string) Constant {
	return Constant{engine, "tokenise_us", "µs", "that a token of a prompt keeps the API server busy", 4, 0.5,
		"an order of magnitude: a tokenizer in one thread reads about a byte a microsecond, and a token has four (tiktoken's README)", false,
		func(s *settings) *float64 { return &s.TokeniseUS }}
}

func sequence(engine string) Constant {
	c := Constant{engine, "sequence_us", "µs", "what a sequence costs in a step beyond its kernels", 8, 0.8,
		"0 to 24 in engines of 2024 to 2026", false, func(s *settings) *float64 { return &s.Overhead.SequenceUS }}
	switch engine {
	case "vllm":
		c.Prior, c.Belief = 5, 0.2
		c.Source = "3 to 6 suit four models' open loops at their limit (results/fidelity/openloop); closed ones hardly tell it from other things"
	case "trtllm":
		c.Prior, c.Belief = 3, 0.5
		c.Source = "1 to 4 suit Llama-3.1-8B at 600 to 2,300 sequences (results/fidelity/throughput); closed loops of 128 hardly tell it from other things"
	}
	return c
}

// request is what a request takes before a scheduler has it. That of vLLM's rows is their client's: what the
// engine takes, open loops of another client show beside it, and service_ms has it.
func request(engine string) Constant {
	c := Constant{engine, "request_ms", "ms", "from arrival to the scheduler", 20, 1,
		"an order of magnitude that front ends in Python have", false, func(s *settings) *float64 { return &s.RequestMS }}
	if engine == "vllm" {
		c.Name, c.Meaning = "client_ms", "that the rows' client takes before the engine has a request"
		c.field = func(s *settings) *float64 { return &s.ClientMS }
	}
	return c
}

// start is what holds where no row tells, and where the first fit begins.
func start() []float64 {
	x := make([]float64, len(Constants))
	for i, c := range Constants {
		x[i] = c.Prior
	}
	return x
}

// inCatalogue is what the engines' files say.
func inCatalogue(c *Constant) float64 {
	if c.Engine == "" {
		return *c.field(&settings{Serving: *engines.InService()})
	}
	p, err := engines.Lookup(c.Engine)
	if err != nil {
		panic(err) // the catalogue has every engine of the list
	}
	return *c.field(&settings{Overhead: p.Overhead})
}

// fixed says of what trades off against a fitted constant at which value it is kept, and why.
var fixed = []struct{ Name, Value, Why string }{
	{"small_kernel_us", "1.8 µs", "measured (gdn.conv-step, h100_gated_delta_net); trades off against step_us, as both are a time of every step."},
	{"launch_prefill_layer_us (vllm)", "150 µs", "prompts run in pieces of CUDA graphs there, a handful of launches a layer; no row is bound by it."},
	{"host_sequence_us (vllm)", "10 µs", "trades off against host_us: few rows are from before v0.14."},
	{"host_us, host_sequence_us", "500 µs, 10 µs (sglang, trtllm)", "hidden behind the device in every row of these engines, which plan while it works."},
	{"service_ms", "1 ms (sglang), 0.01 ms (trtllm)", "trades off against request_ms where users are few."},
}
