package scenarios

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/roofserve/roofserve/internal/fault"
	"github.com/roofserve/roofserve/sim/engines"
	"github.com/roofserve/roofserve/sim/order"
	"github.com/roofserve/roofserve/sim/router"
	"github.com/roofserve/roofserve/sim/sched"
)

// Engine holds the serving engine's settings, under vLLM's names.
type Engine struct {
	Policy                    string   `toml:"policy" json:"policy"`
	Profile                   string   `toml:"profile" json:"profile,omitempty"`
	Version                   string   `toml:"version" json:"version,omitempty"`
	Router                    string   `toml:"router" json:"router"`
	Order                     string   `toml:"order" json:"order,omitempty"`
	OrderAging                *float64 `toml:"order_aging" json:"order_aging,omitempty"`
	MaxNumSeqs                int      `toml:"max_num_seqs" json:"max_num_seqs"`
	MaxNumBatchedTokens       int      `toml:"max_num_batched_tokens" json:"max_num_batched_tokens"`
	BlockSize                 int      `toml:"block_size" json:"block_size"`
	GPUMemoryUtilization      float64  `toml:"gpu_memory_utilization" json:"gpu_memory_utilization"`
	NumGPUBlocks              int      `toml:"num_gpu_blocks" json:"num_gpu_blocks,omitempty"`
	MaxModelLen               int      `toml:"max_model_len" json:"max_model_len"`
	PrefixCaching             *bool    `toml:"prefix_caching" json:"prefix_caching"`
	AsyncScheduling           *bool    `toml:"async_scheduling" json:"async_scheduling"`
	TwoBatchOverlap           *bool    `toml:"two_batch_overlap" json:"two_batch_overlap,omitempty"`
	ChunkedPrefill            *bool    `toml:"chunked_prefill" json:"chunked_prefill"`
	LongPrefillTokenThreshold int      `toml:"long_prefill_token_threshold" json:"long_prefill_token_threshold,omitempty"`
	MaxPrefillTokens          int      `toml:"max_prefill_tokens" json:"max_prefill_tokens,omitempty"`
	PrefillMaxRequests        int      `toml:"prefill_max_requests" json:"prefill_max_requests,omitempty"`
	EnableMixedChunk          bool     `toml:"enable_mixed_chunk" json:"enable_mixed_chunk,omitempty"`
	ScheduleConservativeness  float64  `toml:"schedule_conservativeness" json:"schedule_conservativeness,omitempty"`
	SchedulePolicy            string   `toml:"schedule_policy" json:"schedule_policy,omitempty"`
	UsageContext              string   `toml:"usage_context" json:"usage_context,omitempty"`
	SchedulerReserveFullISL   *bool    `toml:"scheduler_reserve_full_isl" json:"scheduler_reserve_full_isl"`
	Watermark                 float64  `toml:"watermark" json:"watermark,omitempty"`
	Reservation               string   `toml:"reservation" json:"reservation,omitempty"`
	CapacitySchedulerPolicy   string   `toml:"capacity_scheduler_policy" json:"capacity_scheduler_policy,omitempty"`
	ContextChunkingPolicy     string   `toml:"context_chunking_policy" json:"context_chunking_policy,omitempty"`
	Preemption                string   `toml:"preemption" json:"preemption,omitempty"`
	SwapGBps                  float64  `toml:"swap_gbps" json:"swap_gbps,omitempty"`
	MemFractionStatic         float64  `toml:"mem_fraction_static" json:"mem_fraction_static,omitempty"`
	FreeGPUMemoryFraction     float64  `toml:"free_gpu_memory_fraction" json:"free_gpu_memory_fraction,omitempty"`
	MaxBatchSize              int      `toml:"max_batch_size" json:"max_batch_size,omitempty"`
	MaxRunningRequests        int      `toml:"max_running_requests" json:"max_running_requests,omitempty"`
	ChunkedPrefillSize        int      `toml:"chunked_prefill_size" json:"chunked_prefill_size,omitempty"`
	MaxNumTokens              int      `toml:"max_num_tokens" json:"max_num_tokens,omitempty"`
	PageSize                  int      `toml:"page_size" json:"page_size,omitempty"`
	TokensPerBlock            int      `toml:"tokens_per_block" json:"tokens_per_block,omitempty"`
	ContextLength             int      `toml:"context_length" json:"context_length,omitempty"`
	MaxSeqLen                 int      `toml:"max_seq_len" json:"max_seq_len,omitempty"`
	SWAFullTokensRatio        float64  `toml:"swa_full_tokens_ratio" json:"swa_full_tokens_ratio,omitempty"`
	MambaFullMemoryRatio      float64  `toml:"mamba_full_memory_ratio" json:"mamba_full_memory_ratio,omitempty"`
	KVCacheMemoryBytes        float64  `toml:"kv_cache_memory_bytes" json:"kv_cache_memory_bytes,omitempty"`
	FlashinferSampler         bool     `toml:"flashinfer_sampler" json:"flashinfer_sampler,omitempty"`
	EnforceEager              bool     `toml:"enforce_eager" json:"enforce_eager,omitempty"`
	CUDAGraphMode             string   `toml:"cudagraph_mode" json:"cudagraph_mode,omitempty"`
	CUDAGraphCaptureSizes     []int    `toml:"cudagraph_capture_sizes" json:"cudagraph_capture_sizes,omitempty"`
}

const (
	defaultPolicy = "vllm"
	defaultRouter = router.LeastOutstanding
)

// TensorRT-LLM's capacity schedulers.
const (
	guaranteedNoEvict = "GUARANTEED_NO_EVICT"
	maxUtilization    = "MAX_UTILIZATION"
)

// SGLang's policies of its queue.
const (
	firstCome     = "fcfs"
	longestPrefix = "lpm"
)

// engineTable has policies of package sched beside its settings: several engines may schedule by one.
var engineTable = table{
	path:   "engine",
	does:   "The serving engine's settings, under vLLM's names. Its own defaults may depend on the device.",
	choice: "policy",
	example: `[engine]
policy = "vllm"
max_num_seqs = 256
max_num_batched_tokens = 8192
`,
	keys: slices.Concat([]key{{
		name: "policy", names: &nameSet{kind: "engine", list: policyNames, anyCase: true, files: true},
		unset: strconv.Quote(defaultPolicy) + ", or the profile's",
		does: "Whose scheduler, defaults, kernels and overheads there are, or a profile of your own. `vllm-2023` is vLLM " +
			"0.1 and 0.2. Beside `profile` the scheduler alone, of which `vllm0` is vLLM's before v1, `sarathi` Sarathi-Serve's, " +
			"`orca` Orca's, and `static` serves batches to their ends.",
		example: `"sglang"`,
	}, {
		name: "profile", names: &nameSet{kind: "engine", list: engines.Names, anyCase: true, files: true},
		unset: "what `policy` names",
		does: "Whose kernels, overheads, memory and defaults there are, or a profile of your own, where the scheduler is " +
			"another's.",
		example: `"vllm"`,
	}, {
		name: "version", unset: "the newest whose kernels were measured",
		does: "The engine's release, whose rules and defaults hold. Kernels are those of the nearest measured one; a word " +
			"that names no release stands for the newest source, with a warning.",
		example: `"0.18.0"`,
	}, {
		name: "router", names: &nameSet{kind: "router", list: router.Names},
		unset:   strconv.Quote(defaultRouter),
		does:    "Another name of `router.policy`.",
		example: `"round-robin"`,
	}}, orderKeys, []key{{
		name: "max_num_seqs", unit: "sequences", within: counted(maxTokens), unset: "the engine's",
		does: "Most sequences that run at once on a data-parallel rank (SGLang's `max_running_requests`); with " +
			"TensorRT-LLM and `vllm-2023`, in a microbatch of a pipeline.",
		example: "64",
	}, {
		name: "max_num_batched_tokens", unit: "tokens", within: counted(maxTokens),
		unset: "the engine's; where it has none, `max_model_len`",
		does: "Most tokens of a step, or of a microbatch of a pipeline, on a data-parallel rank (SGLang's " +
			"`chunked_prefill_size`).",
		example: "4096",
	}, {
		name: "block_size", unit: "tokens", within: counted(1 << 20), unset: "the engine's for the model",
		does: "Tokens in a block of the KV cache. Kernels of latent attention ask for 64 or 128, and vLLM makes a " +
			"block as large as a recurrent layer's state.",
		example: "32",
	}, {
		name: "gpu_memory_utilization", unit: "share", within: positive(1), unset: "the engine's",
		does: "The share of each GPU's memory that the engine takes, as it counts it: of all (vLLM), of what is free at " +
			"its start (SGLang), of what weights and a step leave (TensorRT-LLM).",
		example: "0.85",
	}, {
		name: "num_gpu_blocks", unit: "blocks", within: counted(math.MaxInt32), unset: "what fits in memory",
		does:    "The blocks of the KV cache, instead of those that the memory model gives.",
		example: "20000",
	}, {
		name: "max_model_len", unit: "tokens", within: counted(maxTokens), unset: "what the model was published for",
		does:    "Longest prompt and output together. A longer request fails.",
		example: "8192",
	}, {
		name: "prefix_caching", unset: "the engine's",
		does: "Whether prompts find what they have in common with earlier ones in the cache; of models with recurrent " +
			"layers only where it is true, and under vLLM.",
		example: "false",
	}, {
		name: "async_scheduling", unset: "the engine's",
		does:    "Whether a step is planned while the one before it runs.",
		example: "false",
	}, {
		name: "two_batch_overlap", unset: "true where experts are shared between nodes",
		does: "Whether steps run as two halves, where that is shorter: one exchanges tokens with experts while the other " +
			"computes. It needs `parallel.dp` and `parallel.ep` above 1.",
		example: "false",
	}, {
		name: "chunked_prefill", with: []string{"vllm", "sglang", "trtllm"}, unset: "the engine's",
		does: "Whether a prompt is computed in pieces that share steps with decoding. " +
			"Without it `max_num_batched_tokens` must be at least `max_model_len`.",
		example: "true",
	}, {
		name: "long_prefill_token_threshold", unit: "tokens", with: []string{"vllm"},
		within: between(0, maxTokens), unset: "0",
		does:    "Most tokens of one prompt in a step; 0 for no limit.",
		example: "1024",
	}, {
		name: "max_prefill_tokens", unit: "tokens", with: []string{"sglang"}, within: counted(maxTokens),
		unset: "the engine's, 16,384",
		does: "Prompt tokens of a step beyond which no further request joins it; a prompt that is cut counts as a " +
			"whole.",
		example: "4096",
	}, {
		name: "prefill_max_requests", unit: "requests", with: []string{"sglang"}, within: counted(maxTokens),
		unset:   "no limit",
		does:    "Most requests whose prompts a step computes.",
		example: "4",
	}, {
		name: "enable_mixed_chunk", with: []string{"sglang"}, unset: "false",
		does:    "Whether sequences decode in steps that compute prompts.",
		example: "true",
	}, {
		name: "schedule_conservativeness", with: []string{"sglang"}, within: between(0, 100), unset: "the engine's, 1",
		does: "Factor on the share of their declared outputs that SGLang expects running requests to generate: the " +
			"larger, the fewer are admitted and retracted; 0 counts as 1.",
		example: "0.3",
	}, {
		name: "schedule_policy", with: []string{"sglang"},
		names: oneOf("schedule policy", firstCome, longestPrefix), unset: "the engine's, `" + firstCome + "`",
		does: "Whether waiting requests stand as they came, or, up to 128 of them, those first of whose prompts most is " +
			"cached; with no `order`.",
		example: strconv.Quote(longestPrefix),
	}, {
		name: "usage_context", with: []string{"vllm"}, names: oneOf("context", "api_server", engines.Offline),
		unset: "`api_server`",
		does: "What vLLM is started as, which its default `max_num_batched_tokens` follows: an API server, or the " +
			"`LLM` class of programs that hold all prompts.",
		example: strconv.Quote(engines.Offline),
	}, {
		name: "scheduler_reserve_full_isl", with: []string{"vllm"}, unset: "the engine's",
		does:    "Whether a request is admitted only where its whole prompt fits in free blocks.",
		example: "false",
	}, {
		name: "watermark", unit: "share", with: []string{"vllm", "vllm0"}, within: between(0, 0.99),
		unset:   "the engine's",
		does:    "The share of the blocks that admissions leave free while something runs.",
		example: "0.02",
	}, {
		name: "reservation", with: []string{"orca", "static"}, names: oneOf("reservation", sched.Reservations()...),
		unset: "the longest sequence",
		does: "For which memory is set aside when a request is admitted: the longest sequence (`max_model_len`), its prompt " +
			"and its answer rounded up to a power of two, or exactly what it will need.",
		example: strconv.Quote(sched.ReservePow2),
	}, {
		name: "capacity_scheduler_policy", with: []string{"trtllm"},
		names: oneOf("capacity scheduler", guaranteedNoEvict, maxUtilization), unset: "the engine's, `" + guaranteedNoEvict + "`",
		does: "Whether TensorRT-LLM admits a request when its longest output fits, or as soon as its prompt does, and pauses " +
			"the last that started where blocks run out.",
		example: strconv.Quote(maxUtilization),
	}}, cuttingKeys, swapKeys, nameKeys, memoryKeys, graphKeys),
}

func (s *Scenario) resolveEngine(p *Parts) error {
	e := &s.Engine
	if err := s.resolveProfile(p); err != nil {
		return err
	}
	p.Engine = p.Engine.On(p.Device)
	if err := cmp.Or(s.resolveNames(p), s.resolveGraphs(p)); err != nil {
		return err
	}
	if e.UsageContext == engines.Offline {
		p.Engine = p.Engine.Offline()
	}
	limits := p.Engine.Limits(p.Device)
	e.MaxNumSeqs = cmp.Or(e.MaxNumSeqs, limits.MaxNumSeqs)
	e.AsyncScheduling = cmp.Or(e.AsyncScheduling, &p.Engine.AsyncScheduling)
	s.resolveChunking(p, &limits)
	e.SchedulerReserveFullISL = cmp.Or(e.SchedulerReserveFullISL, &limits.ReserveFullInput)
	if e.MaxModelLen == 0 {
		e.MaxModelLen = p.Model.MaxContext
	} else if e.MaxModelLen > p.Model.MaxContext {
		p.warn("max_model_len = %d is longer than the %d tokens that %s was published for", e.MaxModelLen, p.Model.MaxContext, p.Model.Name)
	}
	if err := s.checkEngineKeys(p); err != nil {
		return err
	}
	e.MaxNumBatchedTokens = cmp.Or(e.MaxNumBatchedTokens, s.budget(p, limits.MaxNumBatchedTokens))
	s.recalled(p)
	e.Watermark = cmp.Or(e.Watermark, limits.Watermark)
	limits.MaxNumBatchedTokens, limits.MaxModelLen = e.MaxNumBatchedTokens, e.MaxModelLen
	limits.MaxNumSeqs = min(e.MaxNumSeqs, e.MaxNumBatchedTokens) // as vLLM clips it
	if p.Engine.Slots != (engines.Slots{}) {
		limits.MaxNumSeqs = max(1, e.MaxNumSeqs) // where it is not set: see resolveSlots
	}
	limits.ChunkedPrefill, limits.ReserveFullInput = *e.ChunkedPrefill, *e.SchedulerReserveFullISL
	limits.MaxPrefillTokens, limits.MixedChunk = e.MaxPrefillTokens, e.EnableMixedChunk
	limits.PrefillMaxRequests = e.PrefillMaxRequests
	limits.EqualProgress = e.ContextChunkingPolicy == equalProgress
	limits.ScheduleConservativeness = cmp.Or(e.ScheduleConservativeness, limits.ScheduleConservativeness)
	limits.LongPrefillThreshold, limits.Watermark = e.LongPrefillTokenThreshold, e.Watermark
	limits.Reservation, limits.MaxUtilization = e.Reservation, e.CapacitySchedulerPolicy == maxUtilization
	limits.LongestPrefix = e.SchedulePolicy == longestPrefix
	limits.Rules = p.Engine.Rules
	p.Limits = limits
	if err := cmp.Or(s.resolveCaching(p), s.resolveSwap(p), s.resolveOrder(p)); err != nil {
		return err
	}
	return s.checkLimits(&limits, p.Engine.Policy)
}

// recalled lets an older version of the engine schedule as it did where it cut no prompts, unless the
// scheduler is another's.
func (s *Scenario) recalled(p *Parts) {
	own := s.Engine.Profile == "" || !s.source.has("engine.policy")
	if old := p.Engine.Old; old != nil && own && !*s.Engine.ChunkedPrefill {
		p.Engine.Policy = old.Policy
	}
}

// resolveChunking decides whether prompts are cut where nothing says so: as the engine does, unless it cuts
// none and drawn ones are as long as a step. It would refuse these, or serve them one by one while nothing
// decodes, so that who serves them has cutting on (trtllm-bench does by itself).
func (s *Scenario) resolveChunking(p *Parts, limits *sched.Limits) {
	e, prompt := &s.Engine, &s.Workload.Synthetic.Input
	if old := p.Engine.Old; old != nil && e.ChunkedPrefill == nil {
		cuts := cmp.Or(e.MaxModelLen, p.Model.MaxContext) > old.WholePrompts
		e.ChunkedPrefill = &cuts
	}
	longest := max(prompt.Value, prompt.Max)
	budget := cmp.Or(e.MaxNumBatchedTokens, limits.MaxNumBatchedTokens)
	if e.ChunkedPrefill == nil && !limits.ChunkedPrefill && p.Engine.Policy == "trtllm" &&
		s.Workload.Synthetic.Language == "" && longest >= budget {
		p.warn("prompts of %d tokens do not fit beside decoding in steps of %d: chunked_prefill = true is assumed", longest, budget)
		on := true
		e.ChunkedPrefill = &on
	}
	e.ChunkedPrefill = cmp.Or(e.ChunkedPrefill, &limits.ChunkedPrefill)
}

// checkBlocks refuses steps into which whole blocks of a prompt do not go where an engine cuts at such.
func (s *Scenario) checkBlocks(p *Parts) error {
	e, policy := &s.Engine, p.Engine.Policy
	if !*e.ChunkedPrefill {
		return nil
	}
	left := e.MaxNumBatchedTokens % e.BlockSize
	switch {
	case policy == "sglang" && left != 0:
		return s.source.faultf(s.blamed("engine.max_num_batched_tokens", "engine.block_size"),
			fmt.Sprintf("use a multiple of block_size = %d for max_num_batched_tokens", e.BlockSize),
			"%d tokens in a step are no whole pages of %d, which SGLang asks for",
			e.MaxNumBatchedTokens, e.BlockSize)
	case policy == "trtllm" && e.MaxNumBatchedTokens < e.BlockSize:
		return s.source.faultf(s.blamed("engine.max_num_batched_tokens", "engine.block_size"),
			fmt.Sprintf("use at least block_size = %d for max_num_batched_tokens", e.BlockSize),
			"%d tokens in a step hold no block of %d, at which TensorRT-LLM cuts prompts",
			e.MaxNumBatchedTokens, e.BlockSize)
	}
	return nil
}

// blamed is the first of some keys that the scenario sets; the last where it sets none.
func (s *Scenario) blamed(keys ...string) string {
	for _, key := range keys {
		if s.source.has(key) {
			return key
		}
	}
	return keys[len(keys)-1]
}

// resolveSlots completes the number of sequences at once where an engine derives it from the size of its
// cache, and lets no more run than there are recurrent states for.
func (s *Scenario) resolveSlots(p *Parts) error {
	e, m := &s.Engine, &p.Memory
	if e.MaxNumSeqs == 0 {
		tokens := m.Blocks / max(1, m.Layout.Full) * m.Layout.BlockTokens
		e.MaxNumSeqs = p.Engine.Slots.Of(tokens, e.MaxModelLen, p.Plan.DP)
		p.Limits.MaxNumSeqs = e.MaxNumSeqs
	}
	if most := m.MostSequences(); most > 0 && most < e.MaxNumSeqs {
		if s.source.has("engine.max_num_seqs") {
			p.warn("%s has memory for %d recurrent states, and lets %d sequences of %s run at once, not %d",
				p.Engine.Title, m.States, most, p.Model.Name, e.MaxNumSeqs)
		}
		e.MaxNumSeqs, p.Limits.MaxNumSeqs = most, most
	}
	return nil
}

// checkLimits refuses settings under which the scheduler cannot work, at the key that the user set.
func (s *Scenario) checkLimits(l *sched.Limits, policy string) error {
	var wrong *fault.Error
	if err := l.Check(policy); !errors.As(err, &wrong) {
		return err
	}
	key := s.blamed("engine."+wrong.Key, "engine.max_num_batched_tokens", "engine.max_model_len", "engine.policy")
	return s.source.fault(key, wrong.Wrong, wrong.Right)
}

// checkEngineKeys refuses settings that the engine's policy does not look at.
func (s *Scenario) checkEngineKeys(p *Parts) error {
	policy := p.Engine.Policy
	for _, k := range engineTable.keys {
		if path := "engine." + k.name; !k.means(policy) && s.source.has(path) {
			right := fmt.Sprintf("leave it out, or use it with policy = %s", quoted(engines.OfPolicy(k.with...)))
			return s.source.faultf(path, right, "is no setting of %s", p.Engine.Title)
		}
	}
	if s.Engine.SchedulePolicy == longestPrefix && s.Engine.Order != "" && s.Engine.Order != order.FCFS {
		return s.source.faultf("engine.schedule_policy", "leave out engine.order", "%q is an order of its own", longestPrefix)
	}
	if err := s.checkProgress(); err != nil {
		return err
	}
	if budget := "engine.max_num_batched_tokens"; policy == "sglang" && !*s.Engine.ChunkedPrefill && s.source.has(budget) {
		return s.source.fault(budget, "is SGLang's chunked_prefill_size, and chunked_prefill is off", "leave it out, or set chunked_prefill = true")
	}
	return nil
}
