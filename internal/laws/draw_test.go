package laws

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// draw is one random scenario. Its text can be written with its tables and keys in any order.
type draw struct {
	model, device, policy     string
	tp, pp, dp, ep, cp        int
	replicas, requests, users int // users of a closed loop; 0 where arrivals are open
	tables                    map[string]map[string]string
}

// dice is a source of randomness with the drawing verbs of this package.
type dice struct{ *rand.Rand }

// newDice is the randomness of one scenario: a seed names a sequence of scenarios.
func newDice(seed uint64, index int) dice { return dice{rand.New(rand.NewPCG(seed, uint64(index)))} }

func (d dice) chance(p float64) bool { return d.Float64() < p }

// one is one of several values, all equally likely.
func one[T any](d dice, values ...T) T { return values[d.IntN(len(values))] }

// newDraw draws a scenario over all the models and devices.
func newDraw(d dice, models, devices []string) *draw {
	s := &draw{
		model: one(d, models...), device: one(d, devices...), policy: one(d, "vllm", "vllm", "sglang", "trtllm", "vllm-2023"),
		tp: one(d, 1, 1, 2, 4, 8), pp: one(d, 1, 1, 1, 2, 3), dp: one(d, 1, 1, 2, 4), cp: one(d, 1, 1, 1, 1, 2),
		ep:       1,
		replicas: one(d, 1, 1, 1, 2, 3), requests: one(d, 1, 2, 10, 60, 150),
		tables: map[string]map[string]string{},
	}
	if d.chance(0.5) {
		s.device = one(d, "h100-sxm-80gb", "a100-sxm-80gb", "h200-sxm-141gb")
	}
	if d.chance(0.5) {
		s.ep = s.tp * s.dp
	}
	s.set("model", "name", quote(s.model))
	s.drawDeployment()
	s.drawEngine(d)
	s.drawWorkload(d)
	s.drawGraphs(d)
	return s
}

func (s *draw) gpus() int { return s.tp * s.pp * s.dp * s.cp }

func (s *draw) drawDeployment() {
	s.set("hardware", "device", quote(s.device))
	s.set("hardware", "gpus", s.gpus())
	s.set("hardware", "replicas", s.replicas)
	if g := s.gpus(); g > 8 && g%8 == 0 {
		s.set("hardware", "nodes", g/8)
	}
	for _, degree := range []struct {
		key   string
		value int
	}{{"tp", s.tp}, {"pp", s.pp}, {"dp", s.dp}, {"ep", s.ep}, {"cp", s.cp}} {
		s.set("parallel", degree.key, degree.value)
	}
}

func (s *draw) drawEngine(d dice) {
	s.set("engine", "policy", quote(s.policy))
	maybe := func(p float64, table, key string, value any) {
		if d.chance(p) {
			s.set(table, key, value)
		}
	}
	maybe(0.5, "engine", "max_num_seqs", one(d, 1, 2, 7, 32, 256, 1000))
	if s.policy != "vllm-2023" { // which computes whole prompts, and so takes no fewer tokens than the longest has
		maybe(0.4, "engine", "max_num_batched_tokens", one(d, 16, 100, 512, 2048, 16384))
	}
	maybe(0.4, "engine", "block_size", one(d, 1, 8, 16, 17, 32, 64, 256))
	maybe(0.5, "engine", "num_gpu_blocks", one(d, 20, 60, 200, 1000, 5000))
	maybe(0.3, "engine", "max_model_len", one(d, 512, 2048, 9000))
	maybe(0.3, "engine", "prefix_caching", d.chance(0.5))
	maybe(0.3, "engine", "async_scheduling", d.chance(0.5))
	if s.policy == "vllm" { // the other engines have no such settings
		maybe(0.25, "engine", "watermark", one(d, "0.01", "0.1", "0.5"))
		maybe(0.25, "engine", "long_prefill_token_threshold", one(d, 1, 16, 100, 1000))
		maybe(0.25, "engine", "scheduler_reserve_full_isl", d.chance(0.5))
	}
	maybe(0.2, "engine", "gpu_memory_utilization", one(d, "0.5", "0.8", "0.95", "1.0"))
	maybe(0.2, "engine", "router", quote("round-robin"))
	maybe(0.4, "precision", "weights", quote(one(d, "bf16", "fp8", "int8", "int4", "mxfp4")))
	maybe(0.4, "precision", "kv", quote(one(d, "bf16", "fp8")))
}

// drawGraphs draws what the engine captures, after all else, so that what was drawn before stays.
func (s *draw) drawGraphs(d dice) {
	if s.policy == "vllm-2023" || !d.chance(0.3) {
		return
	}
	mode := one(d, "full_decode", "none", "full_and_piecewise", "piecewise")
	if s.policy != "vllm" {
		mode = one(d, "full_decode", "none")
	}
	s.set("engine", "cudagraph_mode", quote(mode))
	if mode != "none" && d.chance(0.6) {
		s.set("engine", "cudagraph_capture_sizes", one(d, "[1]", "[3, 40]", "[16, 600]"))
	}
}

func (s *draw) drawWorkload(d dice) {
	s.set("workload.synthetic", "requests", s.requests)
	s.set("workload.synthetic", "seed", 1+d.IntN(1000))
	arrival := ""
	switch d.IntN(10) {
	case 0, 1, 2:
		s.users = one(d, 1, 2, 16, 64, 500)
		arrival = fmt.Sprintf(`{ process = "closed", concurrency = %d }`, s.users)
	case 3, 4:
		arrival = fmt.Sprintf(`{ process = "gamma", rate = %s, burstiness = %s }`, rate(d), one(d, "0.05", "0.5", "1", "4"))
	default:
		arrival = fmt.Sprintf(`{ process = %q, rate = %s }`, one(d, "poisson", "constant"), rate(d))
	}
	s.set("workload.synthetic", "arrival", arrival)
	s.set("workload.synthetic", "input", lengths(d))
	s.set("workload.synthetic", "output", lengths(d))
	if s.users == 0 && d.chance(0.2) {
		s.set("workload", "rate_scale", one(d, "0.5", "3"))
	}
}

// rate is a number of requests a second, from idle to overloaded.
func rate(d dice) string { return one(d, "0.01", "0.3", "3", "30", "3000") }

// lengths is a distribution of prompt or output lengths.
func lengths(d dice) string {
	switch d.IntN(4) {
	case 0:
		return fmt.Sprintf(`{ distribution = "fixed", value = %d }`, one(d, 1, 2, 15, 16, 17, 100, 512, 2000, 9000))
	case 1:
		return fmt.Sprintf(`{ distribution = "uniform", min = 1, max = %d }`, one(d, 1, 5, 64, 500, 3000))
	case 2:
		return fmt.Sprintf(`{ distribution = "lognormal", mean = %d, std = %d, max = %d }`,
			one(d, 20, 200, 800), one(d, 10, 200, 2000), one(d, 2000, 20000))
	default:
		return fmt.Sprintf(`{ distribution = "normal", mean = %d, std = %d, max = %d }`,
			one(d, 20, 200, 800), one(d, 1, 100, 500), one(d, 900, 4000))
	}
}

func quote(text string) string { return fmt.Sprintf("%q", text) }

func (s *draw) set(table, key string, value any) {
	if s.tables[table] == nil {
		s.tables[table] = map[string]string{}
	}
	s.tables[table][key] = fmt.Sprint(value)
}

// without is the scenario with a key left to its default.
func (s *draw) without(table, key string) *draw {
	c := *s
	c.tables = map[string]map[string]string{}
	for name, keys := range s.tables {
		for k, v := range keys {
			if name != table || k != key {
				c.set(name, k, v)
			}
		}
	}
	return &c
}

// with is the scenario with a key changed.
func (s *draw) with(table, key string, value any) *draw {
	c := s.without(table, key)
	c.set(table, key, value)
	return c
}

// text is the scenario as a file, tables and keys in alphabetical order.
func (s *draw) text() string { return s.write(slices.Sort[[]string]) }

// shuffled is the same file with its tables, and the keys of each, in random order.
func (s *draw) shuffled(d dice) string {
	return s.write(func(names []string) {
		slices.Sort(names)
		d.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	})
}

func (s *draw) write(order func([]string)) string {
	var b strings.Builder
	for _, table := range keys(s.tables, order) {
		fmt.Fprintf(&b, "[%s]\n", table)
		for _, key := range keys(s.tables[table], order) {
			fmt.Fprintf(&b, "%s = %s\n", key, s.tables[table][key])
		}
	}
	return b.String()
}

func keys[T any](m map[string]T, order func([]string)) []string {
	var list []string
	for key := range m {
		list = append(list, key)
	}
	order(list)
	return list
}
