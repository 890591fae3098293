package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// randomScenario draws a scenario file, and names what is special about it.
func randomScenario(seed uint64) (text string, tags []string) {
	r := rand.New(rand.NewPCG(seed, 14))
	d := &draft{Rand: r, requests: 1 + r.IntN(60)}
	d.policy = pick(d, []string{"vllm", "sglang", "trtllm", "vllm-2023"})
	if d.often(10) {
		d.requests = 200 + r.IntN(800)
	}
	if seed%60 == 7 { // more observations than are kept
		d.requests = 9000
	}
	d.deployment()
	d.engine()
	d.workload(seed)
	return d.text.String(), d.tags
}

// draft is a scenario that is being written.
type draft struct {
	*rand.Rand
	text     strings.Builder
	tags     []string
	policy   string
	requests int
	tiny     bool // hardly any request fits
}

func (d *draft) tag(names ...string) { d.tags = append(d.tags, names...) }

func (d *draft) linef(format string, args ...any) { fmt.Fprintf(&d.text, format+"\n", args...) }

// often is true once in n.
func (d *draft) often(n int) bool { return d.IntN(n) == 0 }

func pick[T any](d *draft, from []T) T { return from[d.IntN(len(from))] }

// deployment writes which model runs on what.
func (d *draft) deployment() {
	model, gpus, plan := "llama-3.1-8b", 1, "tp = 1"
	switch {
	case d.often(5):
		gpus, plan = 2, "pp = 2"
		d.tag("pp")
	case d.often(5):
		model, gpus, plan = "mixtral-8x7b", 4, "tp = 2\ndp = 2"
		d.tag("dp")
	}
	replicas := 1
	if d.often(4) {
		replicas = 2 + d.IntN(2)
		d.tag("replicas")
	}
	d.linef("[model]\nname = %q\n[hardware]\ndevice = \"h100-sxm-80gb\"\ngpus = %d\nreplicas = %d\n[parallel]\n%s",
		model, gpus, replicas, plan)
}

// engine writes how the engine is set up.
func (d *draft) engine() {
	d.tag(d.policy)
	d.linef("[engine]\npolicy = %q\nmax_num_seqs = %d", d.policy, pick(d, []int{2, 8, 64, 256}))
	if d.often(3) {
		d.linef("num_gpu_blocks = %d", pick(d, []int{120, 300, 1000})*pick(d, []int{1, 16}))
	}
	switch {
	case d.often(12):
		d.linef("max_model_len = 2")
		d.tiny = true
	case d.often(4):
		d.linef("max_model_len = %d", pick(d, []int{150, 400, 1000}))
	}
	if d.often(3) {
		d.linef("router = %q", pick(d, []string{"round-robin", "least-outstanding", "power-of-two"}))
	}
	if caching := d.often(2); caching && d.policy != "vllm-2023" {
		d.linef("prefix_caching = true")
		d.tag("caching")
	}
}

// workload writes which requests come when, and which limits they are to keep.
func (d *draft) workload(seed uint64) {
	process := pick(d, []string{"poisson", "gamma", "constant", "closed"})
	d.tag(process)
	rate := pick(d, []float64{0.5, 4, 20, 100})
	d.linef("[workload]\nseed = %d", seed)
	switch {
	case d.requests < 20 || d.tiny || !d.often(3):
	case process == "closed":
		d.linef("warmup_s = 0.03")
		d.tag("warm-up")
	default: // of a constant process it is an arrival, which counts
		d.linef("warmup_s = %v", float64(d.requests/4)/rate)
		d.tag("warm-up")
	}
	arrival := fmt.Sprintf("process = %q, rate = %v", process, rate)
	switch process {
	case "closed":
		arrival = fmt.Sprintf("process = %q, concurrency = %d", process, min(1+d.IntN(16), max(1, d.requests/2)))
	case "gamma":
		arrival += fmt.Sprintf(", burstiness = %v", pick(d, []float64{0.3, 4}))
	}
	d.linef("[workload.synthetic]\nrequests = %d\narrival = { %s }", d.requests, arrival)
	d.linef("input = { %s }\noutput = { %s }", d.lengths(300), d.outputs())
	if d.often(3) {
		d.tag("slo")
		d.linef("[slo]")
		for _, limit := range []string{"ttft_ms = 15.0", "tpot_ms = 6.9", "e2el_ms = 300.0"} {
			if d.often(2) || limit[0] == 'e' {
				d.linef("%s", limit)
			}
		}
	}
}

// outputs is how long answers are: often of one or two tokens, where each gap between tokens is in the
// requests' file.
func (d *draft) outputs() string {
	switch {
	case d.often(12):
		return `distribution = "fixed", value = 1`
	case d.often(6):
		return `distribution = "uniform", min = 1, max = 2`
	case d.requests > 1000:
		return `distribution = "uniform", min = 1, max = 8`
	default:
		return d.lengths(60)
	}
}

// lengths is a distribution of numbers of tokens.
func (d *draft) lengths(mean int) string {
	kind := pick(d, []string{"fixed", "uniform", "normal", "lognormal"})
	d.tag(kind)
	switch kind {
	case "fixed":
		return fmt.Sprintf("distribution = %q, value = %d", kind, mean)
	case "uniform":
		return fmt.Sprintf("distribution = %q, min = 1, max = %d", kind, 2*mean)
	default:
		return fmt.Sprintf("distribution = %q, mean = %d, std = %d, min = 1, max = %d", kind, mean, mean, 4*mean)
	}
}
