package compare

import (
	"github.com/roofserve/roofserve/internal/study/capacity"
	"github.com/roofserve/roofserve/internal/study/explain"
)

// Study is what a comparison found.
type Study struct {
	Workload   Workload             `json:"workload"`
	Objectives []capacity.Objective `json:"-"`
	Batch      int                  `json:"batch"`
	Rule       explain.Rule         `json:"plan_rule"` // by which models are divided; empty where degrees are given
	Devices    []Device             `json:"devices"`
	Entries    []Entry              `json:"entries"` // device by device, in the order of the models
	Crossings  []Crossing           `json:"crossings"`
}

// Workload is what every model serves.
type Workload struct {
	Name       string  `json:"name"`
	Requests   int     `json:"requests"`
	RateScale  float64 `json:"rate_scale"` // of the comparison under the same load
	Rate       float64 `json:"requests_per_s"`
	MeanInput  float64 `json:"mean_input_tokens"`
	MeanOutput float64 `json:"mean_output_tokens"`
}

// MeanContext is the context of a sequence half-way through its answer, averaged over requests.
func (w *Workload) MeanContext() int { return max(1, int(w.MeanInput+float64(w.MeanOutput/2)+0.5)) }

// Device is one kind of GPU, and how many of them every model gets where memory is the same.
type Device struct {
	Name         string  `json:"name"`
	GPUs         int     `json:"gpus"`
	PricePerHour float64 `json:"usd_per_gpu_hour"`
}

// Entry is one model on one device.
type Entry struct {
	Model  string `json:"model"`
	Device string `json:"device"`

	Params          float64 `json:"params"`
	ActiveParams    float64 `json:"active_params"`
	MaxContext      int     `json:"max_context"`
	KVBytesPerToken float64 `json:"kv_bytes_per_token"`
	StateBytes      float64 `json:"state_bytes_per_sequence"`

	Smallest Placement `json:"smallest"` // the fewest GPUs that hold the model
	Same     Placement `json:"same"`     // as many GPUs as the other models on the device

	// the fewest GPUs that serve the workload within the objectives; nil where none do
	Enough *Placement `json:"same_load_plan"`
	Load   *Outcome   `json:"same_load"` // and what they do
	// the largest load within the objectives on the same GPUs; nil where none is
	Edge *Outcome `json:"same_slo"`
	// the same where the system is slower, and faster, than predicted; nil where that was not asked for
	Slower     *Outcome       `json:"same_slo_slower"`
	Faster     *Outcome       `json:"same_slo_faster"`
	HalfWidths HalfWidths     `json:"half_width"`
	Contexts   []ContextPoint `json:"contexts"`                   // on the same GPUs, each under the plan chosen for it
	Loads      []Outcome      `json:"loads"`                      // on the same GPUs, by rate
	TPOT       float64        `json:"decode_tpot_ms" zero:"null"` // of the batch at the workload's mean context, on the same GPUs
	Levers     []Lever        `json:"levers"`                     // what moves it, strongest first
	// Rules are the plans that each rule chooses for the batch at the workload's mean context, on the same GPUs.
	Rules    []RulePlan `json:"plan_rules"`
	Warnings []string   `json:"warnings"`
}

// HalfWidths are half of the widths of the 5–95% intervals of the logarithms of a model's latencies, under
// its largest load. The logarithm of a throughput has that of TPOT.
type HalfWidths struct {
	TPOT float64 `json:"tpot"`
	TTFT float64 `json:"ttft"`
}

// RulePlan is the plan that a rule chooses for a batch, and the time per output token under it.
type RulePlan struct {
	Rule      explain.Rule `json:"rule"`
	Placement `json:"plan"`
	TPOT      float64 `json:"tpot_ms" zero:"null"` // 0 where the batch does not fit
}

// Placement is how a model is divided over GPUs, and where their memory goes.
type Placement struct {
	GPUs              int     `json:"gpus"`     // of all replicas
	Replicas          int     `json:"replicas"` // copies that share the load
	TP                int     `json:"tp"`
	PP                int     `json:"pp"`
	DP                int     `json:"dp"`
	EP                int     `json:"ep"`
	Weights           string  `json:"weights"` // number formats
	KV                string  `json:"kv"`
	WeightBytesPerGPU float64 `json:"weight_bytes_per_gpu"`
	PoolBytesPerGPU   float64 `json:"kv_pool_bytes_per_gpu"`
	// Sequences of the workload's mean context that fit at once.
	Sequences int `json:"sequences"`
}

// Outcome is what a deployment does under the workload at one rate. Latencies are in ms.
type Outcome struct {
	RateScale  float64 `json:"rate_scale"`
	Rate       float64 `json:"requests_per_s"` // that come
	Served     float64 `json:"completed_per_s" zero:"null"`
	MedianTTFT float64 `json:"median_ttft_ms" zero:"null"`
	P99TTFT    float64 `json:"p99_ttft_ms" zero:"null"`
	MedianTPOT float64 `json:"median_tpot_ms" zero:"null"`
	P99TPOT    float64 `json:"p99_tpot_ms" zero:"null"`
	Output     float64 `json:"output_tokens_per_s" zero:"null"`
	Goodput    float64 `json:"goodput_per_s"`
	Running    float64 `json:"running_mean" zero:"null"`
	KVUsage    float64 `json:"kv_cache_usage_max" zero:"null"`
	USD        float64 `json:"usd_per_million_output_tokens" zero:"null"`
	Overloaded bool    `json:"overloaded"`
}

// ContextPoint is what a deployment does with sequences of one context length. Zero, and null in JSON, where
// a number is out of reach.
type ContextPoint struct {
	Context   int       `json:"context"`
	Plan      Placement `json:"plan"`
	Sequences int       `json:"sequences"`           // that fit at once
	TPOT      float64   `json:"tpot_ms" zero:"null"` // of the batch, decoding alone; 0 where the batch does not fit
	Output    float64   `json:"output_tokens_per_s" zero:"null"`
	USD       float64   `json:"usd_per_million_output_tokens" zero:"null"`
}

// Lever is a field of the architecture and what halving and doubling it does to the time per output token.
type Lever struct {
	Field  string  `json:"field"`
	Title  string  `json:"-"` // what people call the field
	Value  float64 `json:"value"`
	Halved float64 `json:"tpot_ms_halved" zero:"null"` // 0, and null in JSON, where the architecture or its plan does not allow it
	Double float64 `json:"tpot_ms_doubled" zero:"null"`
}

// Crossing is where one model overtakes another as something grows.
type Crossing struct {
	Device string  `json:"device"`
	Metric string  `json:"metric"`
	Over   string  `json:"over"` // "context" in tokens, or "load" in requests/s
	At     float64 `json:"at"`
	Below  string  `json:"better_below"`
	Above  string  `json:"better_above"`
}
