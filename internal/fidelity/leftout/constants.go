package leftout

import (
	"github.com/roofserve/roofserve/internal/portable"
	"github.com/roofserve/roofserve/sim/engines"
)

// Constant is one number that end-to-end rows identify.
type Constant struct {
	Engine    string // "": shared by all
	Name      string // as profiles and serving.toml write it
	Unit      string
	Meaning   string
	low, high float64
	// typical is what holds where no row of an engine tells: an order of magnitude that Python processes and
	// drivers have. A fit is drawn to it, so weakly that a handful of rows outweighs it.
	typical float64
	field   func(*settings) *float64
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
		{"", "sequence_us", "µs", "what a sequence costs in a step beyond its kernels", 0.1, 100, 10, func(s *settings) *float64 { return &s.SequenceUS }},
		{"", "expert_shape", "1", "how evenly experts are popular", 0.05, 50, 1, func(s *settings) *float64 { return &s.ExpertShape }},
	}
	for _, engine := range []string{"sglang", "trtllm", "vllm"} {
		if engine != "sglang" {
			list = append(list, Constant{engine, "step_us", "µs", "the device's wait between two steps", 1, 5000, 300, func(s *settings) *float64 { return &s.StepUS }})
		}
		list = append(list, Constant{engine, "request_ms", "ms", "from arrival to the scheduler", 0.1, 300, 20,
			func(s *settings) *float64 { return &s.RequestMS }})
	}
	return append(list,
		Constant{"trtllm", "launch_prefill_layer_us", "µs", "the host's time to launch a dense layer of a step with prompts", 10, 3000, 300, func(s *settings) *float64 { return &s.LaunchPrefillLayerUS }},
		Constant{"vllm", "host_us", "µs", "the host's work for a step, where the device waits for it (before v0.14)", 1, 5000, 500, func(s *settings) *float64 { return &s.HostUS }},
		Constant{"vllm", "service_ms", "ms", "that a request keeps the API server busy", 0.1, 30, 5, func(s *settings) *float64 { return &s.ServiceMS }})
}

// belief is the standard deviation of a constant's logarithm around what is typical, and the size of residual
// that one such deviation counts as.
const (
	belief       = 3
	beliefWeight = 0.02
)

// start is what holds for an engine without rows, and where the first fit begins.
func start() []float64 {
	theta := make([]float64, len(Constants))
	for i, c := range Constants {
		theta[i] = portable.Log(c.typical)
	}
	return theta
}

// without is where a fit to rows begins whose optimum for more rows is known: there, but for engines of which
// no row is left.
func without(theta []float64, benches []*bench) []float64 {
	from := start()
	for i := range Constants {
		for _, b := range benches {
			if b.depends(&Constants[i]) {
				from[i] = theta[i]
				break
			}
		}
	}
	return from
}

// inCatalogue is what the engines' files say.
func inCatalogue(c *Constant) float64 {
	name := c.Engine
	if name == "" {
		return *c.field(&settings{Serving: *engines.InService()})
	}
	p, err := engines.Lookup(name)
	if err != nil {
		panic(err) // the catalogue has every engine of the list
	}
	return *c.field(&settings{Overhead: p.Overhead})
}

// fixed says of what trades off against a fitted constant at which value it is kept, and why.
var fixed = []struct{ Name, Value, Why string }{
	{"small_kernel_us", "1 µs", "trades off against step_us: both are a time of every step. A small kernel measured by itself takes 1.8 µs (gdn.conv-step), and engines fuse about half of them with their neighbours."},
	{"launch_prefill_layer_us (sglang)", "300 µs", "in Qwen3-32B's rows prompts come in batches that keep the device busy for longer. In DeepSeek-R1's a prompt delays the others' tokens by about 35 ms, which is 300 µs for what a dense layer launches."},
	{"launch_prefill_layer_us (vllm)", "150 µs", "prompts run in pieces of CUDA graphs there, a handful of launches a layer; no row is bound by it."},
	{"step_us (sglang)", "200 µs", "its rows have either many sequences, whose own times hide it, or DeepSeek-R1's long steps: fitted, its standard error was larger than itself. vLLM's is the same work."},
	{"host_sequence_us (vllm)", "10 µs", "trades off against host_us: few rows are from before v0.14, and those at two parallel degrees have the same numbers of users."},
	{"host_us, host_sequence_us", "500 µs, 10 µs (sglang, trtllm)", "hidden behind the device in every row of these engines, which plan while it works."},
	{"service_ms", "1 ms (sglang), 0.01 ms (trtllm)", "trades off against request_ms where users are few."},
}
