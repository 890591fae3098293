package scenarios

// Scenario is one simulation as a user describes it. Zero fields are unset until Resolve fills in defaults. Every field
// is a key of the TOML file, and the JSON result repeats it under the same name.
type Scenario struct {
	Model     Model         `toml:"model" json:"model"`
	Hardware  Hardware      `toml:"hardware" json:"hardware"`
	Parallel  Parallel      `toml:"parallel" json:"parallel"`
	Precision Precision     `toml:"precision" json:"precision"`
	Routing   Routing       `toml:"routing" json:"routing,omitzero"`
	Engine    Engine        `toml:"engine" json:"engine"`
	Workload  Workload      `toml:"workload" json:"workload"`
	SLO       SLO           `toml:"slo" json:"slo,omitzero"`
	Sweep     []Sweep       `toml:"sweep" json:"sweep,omitempty"`
	Expect    []Expectation `toml:"expect" json:"expect,omitempty"`

	// Name is the built-in's name, or the file as the user named it.
	Name string `toml:"-" json:"name"`

	source source
}

// Model says which architecture is served.
type Model struct {
	Name     string         `toml:"name" json:"name,omitempty"`         // of the catalogue
	Config   string         `toml:"config" json:"config,omitempty"`     // path of a Hugging Face config.json instead
	Override map[string]any `toml:"override" json:"override,omitempty"` // architecture fields to change, by dotted key
}

// Hardware says what it is served on.
type Hardware struct {
	Device       string  `toml:"device" json:"device"` // of the catalogue, or path of a device file
	GPUs         int     `toml:"gpus" json:"gpus"`     // of one replica, over all its nodes
	Nodes        int     `toml:"nodes" json:"nodes"`   // of one replica
	Replicas     int     `toml:"replicas" json:"replicas"`
	PricePerHour float64 `toml:"price_per_hour" json:"price_per_hour"` // USD for one GPU
}

// Parallel says how one replica divides the model over its GPUs.
type Parallel struct {
	TP int `toml:"tp" json:"tp"` // tensor-parallel ranks
	PP int `toml:"pp" json:"pp"` // pipeline stages
	DP int `toml:"dp" json:"dp"` // data-parallel attention ranks, in lockstep
	EP int `toml:"ep" json:"ep"` // expert-parallel ranks
	CP int `toml:"cp" json:"cp"` // context-parallel ranks, which share prefill chunks
}

// Precision names number formats. Weights stands for attention, dense and experts, which may each be set apart.
type Precision struct {
	Weights     string `toml:"weights" json:"weights,omitempty"`
	Attention   string `toml:"attention" json:"attention"`
	Dense       string `toml:"dense" json:"dense"`
	Experts     string `toml:"experts" json:"experts"`
	Activations string `toml:"activations" json:"activations"`
	KV          string `toml:"kv" json:"kv"`
}

// Engine holds the serving engine's settings, under vLLM's names.
type Engine struct {
	Policy                    string  `toml:"policy" json:"policy"`
	Router                    string  `toml:"router" json:"router"` // between replicas
	MaxNumSeqs                int     `toml:"max_num_seqs" json:"max_num_seqs"`
	MaxNumBatchedTokens       int     `toml:"max_num_batched_tokens" json:"max_num_batched_tokens"`
	BlockSize                 int     `toml:"block_size" json:"block_size"` // tokens
	GPUMemoryUtilization      float64 `toml:"gpu_memory_utilization" json:"gpu_memory_utilization"`
	NumGPUBlocks              int     `toml:"num_gpu_blocks" json:"num_gpu_blocks,omitempty"` // overrides the memory model
	MaxModelLen               int     `toml:"max_model_len" json:"max_model_len"`             // tokens
	PrefixCaching             *bool   `toml:"prefix_caching" json:"prefix_caching"`
	AsyncScheduling           *bool   `toml:"async_scheduling" json:"async_scheduling"` // plan a step while the one before it runs
	ChunkedPrefill            *bool   `toml:"chunked_prefill" json:"chunked_prefill"`
	LongPrefillTokenThreshold int     `toml:"long_prefill_token_threshold" json:"long_prefill_token_threshold,omitempty"`
	SchedulerReserveFullISL   *bool   `toml:"scheduler_reserve_full_isl" json:"scheduler_reserve_full_isl"`
	Watermark                 float64 `toml:"watermark" json:"watermark,omitempty"` // share of the blocks
}

// Workload says which requests arrive when.
type Workload struct {
	Trace     string    `toml:"trace" json:"trace,omitempty"`        // built-in name or path
	Columns   Columns   `toml:"columns" json:"columns,omitzero"`     // of a plain CSV or JSONL trace
	RateScale float64   `toml:"rate_scale" json:"rate_scale"`        // 2: twice as many requests a second
	Requests  int       `toml:"requests" json:"requests,omitempty"`  // stop after so many; 0: all
	Seed      uint64    `toml:"seed" json:"seed"`                    // of everything random
	Start     float64   `toml:"start_s" json:"start_s,omitempty"`    // leave out what arrives earlier, in s
	End       float64   `toml:"end_s" json:"end_s,omitempty"`        // and what arrives later; 0: nothing
	Warmup    float64   `toml:"warmup_s" json:"warmup_s,omitempty"`  // arrivals left out of the latencies, in s
	Synthetic Synthetic `toml:"synthetic" json:"synthetic,omitzero"` // instead of a trace
}

// Columns names the columns of a plain CSV file, or the keys of a JSONL one.
type Columns struct {
	Arrival   string `toml:"arrival" json:"arrival"`
	Input     string `toml:"input" json:"input"`
	Output    string `toml:"output" json:"output"`
	MaxOutput string `toml:"max_output" json:"max_output,omitempty"`
	Unit      string `toml:"unit" json:"unit,omitempty"` // of plain numbers in arrival: s, ms, us, ns
}

// Synthetic describes requests that are drawn at random.
type Synthetic struct {
	Requests int          `toml:"requests" json:"requests"`
	Seed     uint64       `toml:"seed" json:"seed"`
	Arrival  Arrival      `toml:"arrival" json:"arrival"`
	Input    Distribution `toml:"input" json:"input"`
	Output   Distribution `toml:"output" json:"output"`
	// Language makes input and output count characters of a text in it, which the model's vocabulary turns into tokens.
	Language   string `toml:"language" json:"language,omitempty"`
	Vocabulary string `toml:"vocabulary" json:"vocabulary,omitempty"` // instead of the model's
}

// Arrival is the process by which synthetic requests arrive.
type Arrival struct {
	Process     string  `toml:"process" json:"process"`                   // poisson, gamma, constant, closed, trace
	Rate        float64 `toml:"rate" json:"rate,omitempty"`               // requests a second
	Burstiness  float64 `toml:"burstiness" json:"burstiness,omitempty"`   // gamma's shape; 1 is Poisson
	Concurrency int     `toml:"concurrency" json:"concurrency,omitempty"` // users of a closed loop
	Trace       string  `toml:"trace" json:"trace,omitempty"`             // whose arrival times are taken
}

// Distribution is how long synthetic prompts or outputs are, in tokens, or in characters where a language is named.
type Distribution struct {
	Distribution string  `toml:"distribution" json:"distribution"` // fixed, uniform, normal, lognormal, empirical
	Value        int     `toml:"value" json:"value,omitempty"`
	Mean         float64 `toml:"mean" json:"mean,omitempty"`
	Std          float64 `toml:"std" json:"std,omitempty"`
	Min          int     `toml:"min" json:"min,omitempty"`
	Max          int     `toml:"max" json:"max,omitempty"`
	Trace        string  `toml:"trace" json:"trace,omitempty"` // whose lengths are drawn from
}
