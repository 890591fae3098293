package scenarios

import (
	"cmp"
	"fmt"

	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/sim/kv"
	"github.com/roofserve/roofserve/sim/sched"
	"github.com/roofserve/roofserve/workloads"
)

// memoryKeys are the engine's settings of memory that few set.
var memoryKeys = []key{{
	name: "swa_full_tokens_ratio", unit: "share", with: []string{"sglang"}, within: between(kv.LeastShare, 1), unset: "the engine's",
	does:    "For how many tokens layers with a window have room in SGLang's cache, for each token of the others; 0.8 where it is not set, 0.1 for DeepSeek-V4.",
	example: "0.25",
}, {
	name: "mamba_full_memory_ratio", unit: "share", with: []string{"sglang"}, within: positive(100), unset: "the engine's",
	does:    "The memory of recurrent states in SGLang's cache, for each byte of what grows with context; 0.9 where it is not set.",
	example: "0.5",
}, {
	name: "kv_cache_memory_bytes", unit: "B", within: positive(1e15), unset: "what the memory law leaves",
	does:    "The memory of the KV cache on each GPU, instead of what the engine's memory law leaves.",
	example: "20e9",
}, {
	name: "flashinfer_sampler", with: []string{"vllm"}, unset: "false",
	does: "Whether FlashInfer samples (`VLLM_USE_FLASHINFER_SAMPLER`), as where it is installed beside vLLM 0.8 to 0.11.0: " +
		"its log says `Using FlashInfer for top-p & top-k sampling`. It sorts no logits, and leaves more memory to the cache.",
	example: "true",
}}

// budget is max_num_batched_tokens where it is not given. An engine without one takes the longest request
// into one step, and so does vLLM where it does not divide prompts.
func (s *Scenario) budget(p *Parts, engine int) int {
	longest := s.Engine.MaxModelLen
	if p.Engine.Policy == "vllm" && !*s.Engine.ChunkedPrefill {
		return max(engine, longest)
	}
	return cmp.Or(engine, longest)
}

// limitsOn are a resolved scenario's limits on another device, whose own defaults stand where the user gave
// none.
func (s *Scenario) limitsOn(p *Parts, d *hw.Device) sched.Limits {
	limits, own := p.Limits, p.Engine.Limits(d)
	if !s.source.has("engine.max_num_batched_tokens") {
		limits.MaxNumBatchedTokens = s.budget(p, own.MaxNumBatchedTokens)
	}
	if !s.source.has("engine.max_num_seqs") {
		limits.MaxNumSeqs = own.MaxNumSeqs
	}
	limits.MaxNumSeqs = min(limits.MaxNumSeqs, limits.MaxNumBatchedTokens)
	return limits
}

func (s *Scenario) memorySettings(p *Parts, plan arch.Plan) kv.Settings {
	graphs, batch := s.graphsHeld(p, plan)
	settings := kv.Settings{
		Engine: &p.Engine.Memory,
		Tokens: p.Limits.MaxNumBatchedTokens, Sequences: p.Limits.MaxNumSeqs, Graphs: graphs, Batch: batch,
		Fused:       s.Engine.FlashinferSampler,
		BlockTokens: s.blockTokens(p, plan),
		PoolBytes:   units.Bytes(s.Engine.KVCacheMemoryBytes), Blocks: s.Engine.NumGPUBlocks,
		NullBlocks: sched.NullBlocks(p.Engine.Policy),
		Drafter:    p.Speculation.memory(),
		Snapshots:  *s.Engine.PrefixCaching && p.Model.StateBytesPerSequence() > 0,
	}
	if s.source.has("engine.max_model_len") {
		settings.ModelLen = s.asksRoomFor(p)
	}
	settings.WindowShare, settings.StateShare = s.Engine.SWAFullTokensRatio, s.Engine.MambaFullMemoryRatio
	settings.Uncached = s.source.has("engine.prefix_caching") && !*s.Engine.PrefixCaching
	if s.source.has("engine.max_num_seqs") {
		settings.MaxSequences = s.Engine.MaxNumSeqs
	}
	if s.source.has("engine.gpu_memory_utilization") {
		settings.Share = s.Engine.GPUMemoryUtilization
	}
	return settings
}

// blockTokens is the size of a cache block under a plan.
func (s *Scenario) blockTokens(p *Parts, plan arch.Plan) int {
	if s.source.has("engine.block_size") {
		return s.Engine.BlockSize
	}
	return p.Engine.BlockTokens(p.Model, p.Device, plan)
}

// resolveBlocks completes what depends on the mixers: the size of a cache block, and whether prompts are
// cached.
func (s *Scenario) resolveBlocks(p *Parts) error {
	e := &s.Engine
	e.BlockSize = s.blockTokens(p, p.Plan)
	if *e.PrefixCaching && p.Model.StateBytesPerSequence() > 0 {
		if p.Limits.SnapshotTokens = e.BlockSize; e.BlockSize > e.MaxNumBatchedTokens {
			return s.source.faultf("engine.prefix_caching",
				fmt.Sprintf("use at least %d for max_num_batched_tokens, or prefix_caching = false", e.BlockSize),
				"keeps recurrent states at the ends of blocks of %d tokens, and a step computes %d", e.BlockSize, e.MaxNumBatchedTokens)
		}
	}
	return s.checkBlocks(p)
}

// resolveCaching completes whether prompts are cached, which those of recurrent hybrids are not unless the
// user asks.
func (s *Scenario) resolveCaching(p *Parts) error {
	e := &s.Engine
	byDefault, can := p.Engine.CachesPrefixes(p.Model)
	if e.PrefixCaching = cmp.Or(e.PrefixCaching, &byDefault); *e.PrefixCaching && !can {
		p.warn("prefix_caching has no effect: "+uncachedStates, p.Model.Name, p.Engine.Title)
		e.PrefixCaching = &can
	}
	return nil
}

// uncachedStates says of which model, and engine, no prefix is cached.
const uncachedStates = "%s has recurrent layers, and how %s would cache their states is not modelled"

// warnOfUncached says why prompts that begin alike find nothing in the cache.
func (p *Parts) warnOfUncached(s *Scenario, w workloads.Source) {
	prefixed, ok := w.(workloads.Prefixed)
	if !ok || prefixed.BlockTokens() == 0 || *s.Engine.PrefixCaching || !p.Engine.PrefixCaching ||
		s.source.has("engine.prefix_caching") || p.Model.StateBytesPerSequence() == 0 {
		return
	}
	p.Uncached = true
	if _, can := p.Engine.CachesPrefixes(p.Model); !can {
		p.warn("prompts are not cached: "+uncachedStates, p.Model.Name, p.Engine.Title)
		return
	}
	p.warn("prompts are not cached: %s has recurrent layers, and %s caches such models' states, at the ends of blocks of "+
		"%d tokens, only with prefix_caching = true", p.Model.Name, p.Engine.Title, s.Engine.BlockSize)
}

// asksRoomFor is the longest sequence that an engine must have room for before it starts, as vLLM does; 0
// where it asks for none.
func (s *Scenario) asksRoomFor(p *Parts) int {
	if p.Engine.Memory.Law != "vllm" {
		return 0
	}
	return s.Engine.MaxModelLen
}

// resolveMemory divides the GPUs' memory.
func (s *Scenario) resolveMemory(p *Parts) error {
	settings := s.memorySettings(p, p.Plan)
	p.Memory = kv.Fit(p.Model, p.Device, p.Plan, settings)
	s.Engine.GPUMemoryUtilization = p.Memory.Division.Share
	if n := p.Model.VisionParams; n > 0 {
		p.warn("the towers of %s, %.2fe9 parameters, count in its weights; no step runs them", p.Model.Name, n/1e9)
	}
	if s.source.has("engine.prefix_caching") && *s.Engine.PrefixCaching && p.Memory.Layout.Full == 0 {
		p.warn("prefix_caching has no effect: no layer of %s keeps every token", p.Model.Name)
	}
	s.warnOfTooLong(p, settings)
	if settings.Blocks > 0 || settings.PoolBytes > 0 {
		settings.Blocks, settings.PoolBytes = 0, 0
		s.warnOfGivenPool(p, kv.Fit(p.Model, p.Device, p.Plan, settings))
	}
	return nil
}

// warnOfTooLong says where an engine that takes its longest sequence from the model asks for room that is not
// there. Longer requests than fit are refused one by one instead.
func (s *Scenario) warnOfTooLong(p *Parts, settings kv.Settings) {
	if settings.Blocks > 0 || settings.PoolBytes > 0 {
		return // a hypothesis about the cache, not about the engine
	}
	settings.ModelLen = s.asksRoomFor(p)
	if asked := kv.Fit(p.Model, p.Device, p.Plan, settings); p.Memory.Fits() && asked.ShortBy > 0 {
		p.Startable = asked.Startable
		p.warn("%s starts with this memory only where max_model_len is set, to %s tokens or less, or auto in releases that know it: "+
			"%s was published for %s", p.Engine.Title, units.Thousands(fmt.Sprint(asked.Startable)), p.Model.Name,
			units.Thousands(fmt.Sprint(s.Engine.MaxModelLen)))
	}
}

// warnOfGivenPool says what a cache that was given stands instead of: what the memory law leaves without it.
func (s *Scenario) warnOfGivenPool(p *Parts, without kv.Memory) {
	given := fmt.Sprintf("num_gpu_blocks = %d", p.Memory.Blocks)
	if s.Engine.NumGPUBlocks == 0 {
		given = fmt.Sprintf("kv_cache_memory_bytes = %.0f", s.Engine.KVCacheMemoryBytes)
	}
	const text = "%s overrides what the memory model gives: "
	switch {
	case !without.Fits():
		p.warn(text+"no room, short by %.3g GB on each GPU", given, float64(without.ShortBy)/1e9)
	case s.Engine.NumGPUBlocks > 0:
		p.warn(text+"%d", given, without.Blocks)
	default:
		p.warn(text+"%.0f", given, float64(without.PoolBytesPerGPU))
	}
}
