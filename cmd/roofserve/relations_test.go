package main

import (
	"math"
	"strings"
	"testing"
)

// figures are the numbers of one JSON object, as they were asked for.
type figures struct {
	*testing.T
	line string
	tree map[string]any
}

// relations are what the numbers of each verb's JSON object are to each other.
var relations = map[string]func(figures){
	"run": runRelations, "memory": memoryRelations, "explain": explainRelations, "capacity": capacityRelations,
	"compare": compareRelations, "validate": validateRelations, "models": modelRelations,
	"explain-router": routerRelations,
}

// get is the value at a dotted path.
func (f figures) get(path string) any {
	f.Helper()
	var v any = f.tree
	for key := range strings.SplitSeq(path, ".") {
		inner, _ := v.(map[string]any)
		var ok bool
		if v, ok = inner[key]; !ok {
			f.Fatalf("%s: no %s", f.line, path)
		}
	}
	return v
}

// num is the number at a dotted path; NaN where it is null.
func (f figures) num(path string) float64 {
	f.Helper()
	v, ok := f.get(path).(float64)
	if !ok {
		return math.NaN()
	}
	return v
}

// each lists the objects of a list at a path.
func (f figures) each(path string) (list []figures) {
	f.Helper()
	items, _ := f.get(path).([]any)
	for _, item := range items {
		list = append(list, figures{f.T, f.line + " " + path, item.(map[string]any)})
	}
	return list
}

// at is an inner object.
func (f figures) at(path string) figures {
	f.Helper()
	tree, ok := f.get(path).(map[string]any)
	if !ok {
		f.Fatalf("%s: %s is no object", f.line, path)
	}
	return figures{f.T, f.line + " " + path, tree}
}

// same checks that two numbers are the same but for rounding.
func (f figures) same(what string, got, want float64) {
	f.Helper()
	f.within(what, got, want, 1e-9)
}

func (f figures) within(what string, got, want, share float64) {
	f.Helper()
	if !(math.Abs(got-want) <= share*math.Max(math.Abs(got), math.Abs(want))) {
		f.Errorf("%s: %s: %v is not %v", f.line, what, got, want)
	}
}

// rise checks that numbers do not fall from one to the next.
func (f figures) rise(what string, numbers ...float64) {
	f.Helper()
	for i := 1; i < len(numbers); i++ {
		if !(numbers[i] >= numbers[i-1]) {
			f.Errorf("%s: %s fall: %v", f.line, what, numbers)
			return
		}
	}
}

// runRelations: rates times the duration are counts; latencies are in order, and in ms; the step's parts add
// up.
func runRelations(f figures) {
	if f.num("completed") == 0 {
		return
	}
	seconds := f.num("duration")
	in, out := f.num("total_input_tokens"), f.num("total_output_tokens")
	f.same("requests", f.num("request_throughput")*seconds, f.num("completed"))
	f.same("input tokens", f.num("input_throughput")*seconds, in)
	f.same("output tokens", f.num("output_throughput")*seconds, out)
	f.same("tokens", f.num("total_token_throughput")*seconds, in+out)
	f.same("prompts", f.num("num_prompts"), f.num("completed")+f.num("failed"))
	f.same("residence in s", f.num("concurrency")*seconds, f.num("mean_e2el_ms")/1000*f.num("completed"))
	for _, l := range []string{"ttft", "tpot", "itl", "e2el"} {
		f.rise(l, f.num("min_"+l+"_ms"), f.num("median_"+l+"_ms"), f.num("p90_"+l+"_ms"), f.num("p95_"+l+"_ms"), f.num("p99_"+l+"_ms"), f.num("max_"+l+"_ms"))
		f.rise(l, f.num("min_"+l+"_ms"), f.num("mean_"+l+"_ms"), f.num("max_"+l+"_ms"))
	}
	// A request's gaps add up to the time from its first token to its last.
	f.within("ms of gaps", f.num("mean_itl_ms")*(out-f.num("completed")), (f.num("mean_e2el_ms")-f.num("mean_ttft_ms"))*f.num("completed"), 1e-6)
	for _, level := range []string{"concurrent_sequences", "kv_cache_usage", "replica_concurrent_sequences", "replica_kv_cache_usage"} {
		f.rise(level, f.num(level+".p50"), f.num(level+".p99"), f.num(level+".max"))
		f.rise(level, 0, f.num(level+".mean"), f.num(level+".max"))
	}
	f.rise("sequences and requests in the system", f.num("concurrent_sequences.mean"), f.num("concurrency"))
	if !math.IsNaN(f.num("request_goodput")) {
		f.rise("goodput and throughput", f.num("request_goodput"), f.num("request_throughput"))
	}
	h := f.at("scenario.hardware")
	usd := h.num("price_per_hour") * h.num("gpus") * h.num("replicas")
	f.same("USD an hour", f.num("price.usd_per_hour"), usd)
	f.same("USD", f.num("price.usd_per_million_output_tokens")/1e6*out, usd*seconds/3600)
	f.same("USD", f.num("price.usd_per_million_tokens")/1e6*(in+out), usd*seconds/3600)
	stepRelations(f.at("step_breakdown"), "total_ms")
	f.rise("a decode step and the slowest gap", f.num("step_breakdown.total_ms")*0.5, f.num("max_itl_ms"))
	f.rise("the fastest gap and a decode step", f.num("min_itl_ms")*0.5, f.num("step_breakdown.total_ms"))
}

// stepRelations: the operators of a step add up to it, and so do their shares.
func stepRelations(f figures, total string) {
	var ms, shares float64
	for _, o := range f.each("operators") {
		ms += o.num("time_ms")
		shares += o.num("share")
		f.within("share of "+o.get("name").(string), o.num("share"), o.num("time_ms")/f.num(total), 1e-5)
	}
	f.within("ms of all operators", ms, f.num(total), 1e-5)
	f.within("shares", shares, 1, 1e-5)
}

// memoryRelations: the parts of a GPU's memory add up to what the engine may use of it.
func memoryRelations(f figures) {
	// What of a GPU the pool is a share of, and what is taken off that share, by the engine's law.
	share, weights := f.num("gpu_memory_utilization"), f.num("weight_bytes_per_gpu")
	may, fixed := share*f.num("device_bytes"), weights+f.num("workspace_bytes_per_gpu")
	switch f.get("law") {
	case "sglang":
		may, fixed = share*(f.num("device_bytes")-f.num("runtime_bytes_per_gpu")), weights
	case "trtllm":
		may, fixed = share*(f.num("device_bytes")-fixed), 0
	}
	gpus := f.num("plan.gpus")
	f.same("bytes of all pools", f.num("kv_pool_bytes"), f.num("kv_pool_bytes_per_gpu")*gpus)
	f.same("GPUs", f.num("plan.tp")*f.num("plan.pp")*f.num("plan.dp")*f.num("plan.cp"), gpus)
	f.rise("weights of one GPU and of all", f.num("weight_bytes")/gpus*0.999, f.num("weight_bytes_per_gpu"), f.num("weight_bytes"))
	if f.get("fits") != true {
		if short := f.num("short_by_bytes"); short <= 0 || short < fixed-may {
			f.Errorf("%s: short by %v; %v of %v bytes are taken", f.line, short, fixed, may)
		}
		for _, key := range []string{"kv_pool_bytes", "num_gpu_blocks", "max_concurrent_sequences", "longest_context"} {
			f.same(key, f.num(key), 0)
		}
		return
	}
	f.within("bytes of a GPU", fixed+f.num("kv_pool_bytes_per_gpu"), may, 1e-9)
	f.same("bytes short", f.num("short_by_bytes"), 0)
	last := math.Inf(1)
	for _, c := range f.each("concurrency") {
		f.rise("longer contexts and sequences", c.num("max_concurrent_sequences"), last)
		last = c.num("max_concurrent_sequences")
	}
}

// routerRelations: all routers begin alike and take as many steps. A rank's load is a mean of its experts',
// and that over the fewer tokens of a small batch scatters more; no load is below the mean, nor above that of
// experts that have every token.
func routerRelations(f figures) {
	most := f.num("experts") / f.num("top_k")
	var first figures
	for i, router := range f.each("routers") {
		points := router.each("points")
		var steps []float64
		for _, p := range points {
			p.rise("loads over the mean", 1, p.num("rank_max_over_mean"), p.num("max_over_mean"),
				p.num("max_over_mean_small_batch"), most)
			steps = append(steps, p.num("steps"))
		}
		router.rise("steps", steps...)
		router.same("steps of the last point", steps[len(steps)-1], f.num("routing.steps"))
		if i == 0 {
			first = points[0]
		}
		router.same("load before the first step", points[0].num("max_over_mean"), first.num("max_over_mean"))
		if router.num("redundant_experts") == 0 {
			router.same("time before the first step", points[0].num("step_ms"), first.num("step_ms"))
		}
	}
}

// explainRelations: a step's operators add up in time by every way of sorting them, in work and in traffic;
// rooflines are what the data sheet's rates give.
func explainRelations(f figures) {
	stepRelations(f, "step_ms")
	for _, group := range []string{"categories_ms", "bounds_ms"} {
		sum := 0.0
		for key := range f.at(group).tree {
			sum += f.num(group + "." + key)
		}
		f.within(group, sum, f.num("step_ms"), 1e-5)
	}
	peaks := map[string]float64{}
	var bandwidth float64
	for _, r := range f.each("roofs") {
		peaks[r.get("format").(string)], bandwidth = r.num("peak_flops_per_second"), r.num("bandwidth_bytes_per_second")
		f.same("ridge", r.num("ridge"), r.num("peak_flops_per_second")/r.num("bandwidth_bytes_per_second"))
	}
	var flops, moved, sent float64
	for _, o := range f.each("operators") {
		flops += o.num("flops")
		if o.get("bound") == "network" {
			sent += o.num("bytes")
			continue
		}
		moved += o.num("bytes")
		if o.get("bound") == "overhead" && o.num("bytes") == 0 {
			continue // the host
		}
		o.same("FLOP/B", o.num("intensity")*o.num("bytes"), o.num("flops"))
		roof := math.Max(o.num("flops")/peaks[o.get("format").(string)], o.num("bytes")/bandwidth)
		o.within("ms of the roof", o.num("roof_ms"), 1000*roof, 1e-9)
	}
	f.same("FLOPs", flops, f.num("flops_per_gpu"))
	f.same("bytes", moved, f.num("bytes_per_gpu"))
	f.same("bytes sent", sent, f.num("sent_bytes_per_gpu"))
	tokens := f.num("batch")
	if f.get("phase") == "prefill" {
		tokens *= f.num("prefill")
	}
	f.same("tokens of a step", f.num("tokens_per_second")*f.num("step_ms")/1000, tokens)
	f.same("tokens a second of all GPUs", f.num("tokens_per_second_per_gpu")*f.num("plan.gpus"), f.num("tokens_per_second"))
	if f.get("fits") != (f.get("weights_fit") == true && f.num("max_concurrent_sequences") >= f.num("batch")) {
		f.Errorf("%s: fits: %v, with room for %v sequences", f.line, f.get("fits"), f.num("max_concurrent_sequences"))
	}
}

// capacityRelations: the best trial is the largest load, or the smallest number, of those that meet every
// limit.
func capacityRelations(f figures) {
	load, fewest := 0.0, strings.Contains(f.line, "--fewest")
	for _, trial := range f.each("trials") {
		within := true
		for _, limit := range f.each("slo") {
			within = within && trial.num(limit.get("metric").(string)) <= limit.num("max_ms")
		}
		met, failures := trial.get("met") == true, len(trial.get("failures").([]any))
		if met && (!within || failures > 0) || !met && failures == 0 {
			f.Errorf("%s: load %v: met: %v, within its limits: %v, %d failures", f.line, trial.num("load"), met, within, failures)
		}
		if met && (!fewest || load == 0) {
			load = trial.num("load")
		}
	}
	if found := f.get("found") == true; found != (load > 0) {
		f.Fatalf("%s: found: %v, of loads up to %v that were met", f.line, found, load)
	}
	if load == 0 {
		return
	}
	f.same("best load", f.num("best.load"), load)
	for _, key := range []string{"request_throughput", "request_goodput", "output_throughput"} {
		f.same(key, f.num("best."+key), f.num("result."+key))
	}
	for _, limit := range f.each("slo") {
		metric := limit.get("metric").(string)
		f.same(metric, f.num("best."+metric), f.num("result."+metric))
	}
	f.same("price", f.num("best.usd_per_million_output_tokens"), f.num("result.price.usd_per_million_output_tokens"))
	runRelations(f.at("result"))
}

// compareRelations: prices follow from throughputs, GPUs from degrees.
func compareRelations(f figures) {
	prices := map[any]float64{}
	for _, d := range f.each("devices") {
		prices[d.get("name")] = d.num("usd_per_gpu_hour")
	}
	for _, e := range f.each("entries") {
		hourly := prices[e.get("device")]
		for _, name := range []string{"smallest", "same", "same_load_plan"} {
			if e.get(name) == nil {
				continue
			}
			p := e.at(name)
			p.same("GPUs", p.num("gpus"), p.num("tp")*p.num("pp")*p.num("dp")*p.num("replicas"))
		}
		for _, c := range e.each("contexts") {
			if !(c.num("output_tokens_per_s") > 0) {
				c.same("sequences", c.num("sequences"), 0)
				continue
			}
			c.same("USD", c.num("usd_per_million_output_tokens")*c.num("output_tokens_per_s")*3600/1e6, hourly*e.num("same.gpus"))
		}
		loads := e.each("loads")
		if e.get("same_load") != nil {
			loads = append(loads, e.at("same_load"))
		}
		for _, l := range loads {
			l.same("USD", l.num("usd_per_million_output_tokens")*l.num("output_tokens_per_s")*3600/1e6, hourly*e.num("same_load_plan.gpus"))
			l.rise("goodput, completed", l.num("goodput_per_s"), l.num("completed_per_s"))
			l.rise("latencies", l.num("median_ttft_ms"), l.num("p99_ttft_ms"))
			l.rise("latencies", l.num("median_tpot_ms"), l.num("p99_tpot_ms"))
			l.within("requests a second", l.num("requests_per_s")/l.num("rate_scale"), f.num("workload.requests_per_s"), 0.5)
		}
	}
}

// validateRelations: the rows of every way of sorting them are all the rows.
func validateRelations(f figures) {
	for _, group := range []string{"by_model", "by_system", "by_engine"} {
		var rows, tpot, ttft float64
		for name := range f.at(group).tree {
			g := figures{f.T, f.line + " " + name, f.at(group).tree[name].(map[string]any)}
			rows += g.num("rows")
			tpot += g.num("tpot.rows")
			ttft += g.num("ttft.rows")
		}
		f.same("rows "+group, rows, f.num("overall.rows"))
		f.same("rows with TPOT "+group, tpot, f.num("overall.tpot.rows"))
		f.same("rows with TTFT "+group, ttft, f.num("overall.ttft.rows"))
	}
	if n := len(f.each("skipped_rows")); float64(n) != f.num("skipped") || n != 1 {
		f.Errorf("%s: %d skipped rows, counted are %v", f.line, n, f.num("skipped"))
	}
	f.same("rows", f.num("overall.rows"), 3)
	f.same("rows with TTFT", f.num("overall.ttft.rows"), 2)
	f.rise("active errors", f.num("overall.tpot.median_ape"), f.num("overall.tpot.p90_ape"))
}

// modelRelations: a model's caches add up to its bytes a token; not all parameters need be active.
func modelRelations(f figures) {
	f.rise("parameters", f.num("params.active_gemm"), f.num("params.active"), f.num("params.total"))
	var perToken, perSequence, most float64
	for _, c := range f.each("caches") {
		perToken += c.num("layers") * c.num("bytes_per_token")
		perSequence += c.num("layers") * c.num("bytes_per_sequence")
		most = math.Max(most, c.num("bytes_per_token"))
	}
	f.same("bytes a token", perToken, f.num("kv_bytes_per_token"))
	f.same("bytes a sequence", perSequence, f.num("state_bytes_per_sequence"))
	f.same("bytes a token and layer", most, f.num("kv_bytes_per_token_per_layer"))
}
