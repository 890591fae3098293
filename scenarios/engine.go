package scenarios

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/roofserve/roofserve/internal/fault"
	"github.com/roofserve/roofserve/sim"
	"github.com/roofserve/roofserve/sim/engines"
	"github.com/roofserve/roofserve/sim/sched"
)

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

// Routers between replicas.
var routers = []string{sim.RoundRobin, sim.LeastOutstanding}

func (s *Scenario) resolveEngine(p *Parts) error {
	e := &s.Engine
	e.Policy = strings.ToLower(cmp.Or(e.Policy, defaultPolicy))
	e.Router = cmp.Or(e.Router, defaultRouter)
	var err error
	if p.Engine, err = engines.Lookup(e.Policy); err != nil {
		return s.relocate("engine.policy", err)
	}
	p.Engine = p.Engine.On(p.Device)
	limits := p.Engine.Limits(p.Device)
	e.MaxNumSeqs = cmp.Or(e.MaxNumSeqs, limits.MaxNumSeqs)
	e.BlockSize = cmp.Or(e.BlockSize, p.Engine.BlockSize)
	e.GPUMemoryUtilization = cmp.Or(e.GPUMemoryUtilization, p.Engine.GPUMemoryUtilization)
	e.PrefixCaching = cmp.Or(e.PrefixCaching, &p.Engine.PrefixCaching)
	e.AsyncScheduling = cmp.Or(e.AsyncScheduling, &p.Engine.AsyncScheduling)
	e.ChunkedPrefill = cmp.Or(e.ChunkedPrefill, &limits.ChunkedPrefill)
	e.SchedulerReserveFullISL = cmp.Or(e.SchedulerReserveFullISL, &limits.ReserveFullInput)
	if e.MaxModelLen == 0 {
		e.MaxModelLen = p.Model.MaxContext
	} else if e.MaxModelLen > p.Model.MaxContext {
		p.warn("max_model_len = %d is longer than the %d tokens that %s was published for", e.MaxModelLen, p.Model.MaxContext, p.Model.Name)
	}
	if err := s.checkEngineKeys(p); err != nil {
		return err
	}
	// An engine without a token budget of its own takes the longest request into one step.
	e.MaxNumBatchedTokens = cmp.Or(e.MaxNumBatchedTokens, limits.MaxNumBatchedTokens, e.MaxModelLen)
	e.Watermark = cmp.Or(e.Watermark, limits.Watermark)
	limits.MaxNumBatchedTokens, limits.MaxModelLen = e.MaxNumBatchedTokens, e.MaxModelLen
	limits.MaxNumSeqs = min(e.MaxNumSeqs, e.MaxNumBatchedTokens) // as vLLM clips it
	limits.ChunkedPrefill, limits.ReserveFullInput = *e.ChunkedPrefill, *e.SchedulerReserveFullISL
	limits.LongPrefillThreshold, limits.Watermark = e.LongPrefillTokenThreshold, e.Watermark
	p.Limits = limits
	return s.checkLimits(&limits)
}

// checkLimits refuses settings under which the scheduler cannot work, at the key that the user set.
func (s *Scenario) checkLimits(l *sched.Limits) error {
	var wrong *fault.Error
	if err := l.Check(); !errors.As(err, &wrong) {
		return err
	}
	key := "engine." + wrong.Key
	for _, other := range []string{"engine.max_num_batched_tokens", "engine.max_model_len", "engine.policy"} {
		if s.source.has(key) {
			break
		}
		key = other
	}
	return s.source.fault(key, wrong.Wrong, wrong.Right)
}

// checkEngineKeys refuses settings that the engine's policy does not look at.
func (s *Scenario) checkEngineKeys(p *Parts) error {
	policy := p.Engine.Policy
	for _, k := range policyKeys {
		if path := "engine." + k.key; s.source.has(path) && !slices.Contains(k.with, policy) {
			return s.source.faultf(path, fmt.Sprintf("leave it out, or use it with policy = %s", quoted(engines.OfPolicy(k.with...))), "is no setting of %s", p.Engine.Title)
		}
	}
	if budget := "engine.max_num_batched_tokens"; policy == "sglang" && !*s.Engine.ChunkedPrefill && s.source.has(budget) {
		return s.source.fault(budget, "is SGLang's chunked_prefill_size, and chunked_prefill is off", "leave it out, or set chunked_prefill = true")
	}
	return nil
}

// policyKeys are settings of schedulers, by the policies that look at them (package sched).
var policyKeys = []meaning{
	{"chunked_prefill", []string{"vllm", "sglang", "trtllm"}},
	{"long_prefill_token_threshold", []string{"vllm", "trtllm"}},
	{"scheduler_reserve_full_isl", []string{"vllm"}},
	{"watermark", []string{"vllm", "vllm0"}},
}

const (
	defaultPolicy = "vllm"
	defaultRouter = sim.LeastOutstanding
)
