package kv

import (
	"math"

	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/arch"
)

// sglang takes a static share of what is free once the runtime is up, and gives the cache what the weights
// leave of it (python/sglang/srt/model_executor, profile_max_num_token: what is free after loading, less
// 1 − mem_fraction_static of what was free before). Activations and graphs live in the rest, which is
// not measured: the default share follows from a rule.
func sglang(f *Figures, u *Use) Division {
	d := Division{Runtime: u.spread(f.runtime(u)), Share: u.share(f.Share)}
	if d.Share == 0 {
		d.Share = f.Static.share(u)
	}
	free := u.Device.Memory - d.Runtime
	static := units.Bytes(float64(d.Share * float64(free)))
	d.Pool = static - u.Weights
	d.Graphs = min(free-static, f.Static.graphs(u))
	d.Activations = free - static - d.Graphs
	return d
}

// Static is how much memory SGLang leaves outside its static share where the user gives none
// (python/sglang/srt/server_args.py, _handle_gpu_memory_settings), in MiB.
type Static struct {
	MetadataMiB    float64 `toml:"metadata_mib"`     // in any case
	TokenMiB       float64 `toml:"token_mib"`        // for each token of chunked_prefill_size
	LeastTokens    int     `toml:"least_tokens"`     // that it counts at least
	BatchMiB       float64 `toml:"batch_mib"`        // for each sequence of the largest captured batch
	RankMiB        float64 `toml:"rank_mib"`         // for each rank of tp·pp
	DPBatchMiB     float64 `toml:"dp_batch_mib"`     // with data-parallel attention, for each sequence of the batch and rank
	DPWideMiB      float64 `toml:"dp_wide_mib"`      // more of the same where the batch is above DPWideBatch
	DPWideBatch    int     `toml:"dp_wide_batch"`    //
	LargeMiB       float64 `toml:"large_mib"`        // at least so much on GPUs
	LargeMemoryGiB float64 `toml:"large_memory_gib"` // of more than this
	DraftMiB       float64 `toml:"draft_mib"`        // more where a model drafts
	// Batches are the largest captured batches by the GPU's memory, from the smallest.
	Batches []CapturedBatch `toml:"batch"`
	// Rests are the rule of an earlier release, where one is in force: the first that applies.
	Rests []Rest `toml:"-"`
}

// Rest is what SGLang left outside its static share by an earlier rule, or the share itself.
type Rest struct {
	BelowGiB  float64 `toml:"below_gib"`  // on GPUs of less than so much memory; 0: any
	FromRanks int     `toml:"from_ranks"` // with so many ranks or more
	Share     float64 `toml:"share"`      // 0: what is left is given instead
	LeftGiB   float64 `toml:"left_gib"`
	RankGiB   float64 `toml:"rank_gib"` // more for each rank of tp·pp
	DPGiB     float64 `toml:"dp_gib"`   // more with data-parallel attention
	DraftGiB  float64 `toml:"draft_gib"`
}

// CapturedBatch is the largest batch that is captured on GPUs of less than so much memory.
type CapturedBatch struct {
	BelowGiB float64 `toml:"below_gib"` // 0: any
	Narrow   int     `toml:"narrow"`    // with fewer than four tensor-parallel ranks
	Wide     int     `toml:"wide"`
}

// Largest is the largest batch that is captured by default on a device under a plan; 0 where there is no such
// rule.
func (s *Static) Largest(d *hw.Device, plan arch.Plan) int {
	for _, b := range s.Batches {
		if b.BelowGiB > 0 && d.Memory >= units.Bytes(b.BelowGiB)*units.GiB {
			continue
		}
		if plan.TP*plan.DP < 4 { // its tp_size counts the ranks of data-parallel attention
			return b.Narrow
		}
		return b.Wide
	}
	return 0
}

// graphs is what the rule leaves for captured batches.
func (s *Static) graphs(u *Use) units.Bytes {
	return units.Bytes(s.BatchMiB*float64(u.Batch)) * mib
}

// share is (memory − what is left outside)/memory, rounded to three digits as the engine does.
func (s *Static) share(u *Use) float64 {
	memory, batch := float64(u.Device.Memory/mib), float64(u.Batch)
	ranks := float64(u.Plan.TP * u.Plan.DP * u.Plan.PP)
	for _, r := range s.Rests {
		if (r.BelowGiB == 0 || memory < r.BelowGiB*1024) && ranks >= float64(r.FromRanks) {
			return r.share(u, memory, ranks)
		}
	}
	outside := s.MetadataMiB + float64(s.TokenMiB*float64(max(u.Tokens, s.LeastTokens))) +
		float64(s.BatchMiB*batch) + float64(s.RankMiB*ranks)
	if dp := float64(u.Plan.DP); dp > 1 {
		outside += float64(s.DPBatchMiB * batch * dp)
		if u.Batch > s.DPWideBatch {
			outside += float64(s.DPWideMiB * batch * dp)
		}
	}
	if memory > s.LargeMemoryGiB*1024 {
		outside = max(outside, s.LargeMiB)
	}
	if u.Drafts {
		outside += s.DraftMiB
	}
	return rounded(memory, outside)
}

// rounded is the share of a memory that some of it leaves, to three digits as the engine rounds it.
func rounded(memory, outside float64) float64 {
	return math.Max(0, math.Round((memory-outside)/memory*1000)/1000)
}

// share is the static share by an earlier rule, of a memory in MiB.
func (r *Rest) share(u *Use, memory, ranks float64) float64 {
	if r.Share > 0 {
		return r.Share
	}
	left := r.LeftGiB + float64(r.RankGiB*ranks)
	if u.Plan.DP > 1 {
		left += r.DPGiB
	}
	if u.Drafts {
		left += r.DraftGiB
	}
	return rounded(memory, float64(left*1024))
}
