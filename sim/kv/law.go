package kv

import (
	"fmt"
	"maps"
	"slices"

	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/arch"
)

// Figures are what an engine's law of memory needs to know of it, in the units of its profile's [memory]
// table.
type Figures struct {
	Law    string `toml:"law"`    // "vllm", "sglang" or "trtllm"
	Source string `toml:"source"` // what the figures were taken from or fitted on
	// Share is the engine's share of a GPU's memory where the user gives none; 0: the law works it out.
	Share float64 `toml:"share"`
	// The peak of a step's activations, see activations.go.
	HiddenTensors float64 `toml:"hidden_tensors"` // tensors of a token's hidden width that are alive at once
	LivePairs     float64 `toml:"live_pairs"`     // of a layer's widest pair of neighbouring tensors
	LogitBytes    float64 `toml:"logit_bytes"`    // of each logit while a token is sampled
	// FusedLogitBytes are the same where FlashInfer's kernel samples instead; 0: the engine does not.
	FusedLogitBytes float64 `toml:"fused_logit_bytes"`
	// KeepsReduced tells that what ranks added up is freed only after the pass: the tensors of all layers.
	KeepsReduced bool `toml:"keeps_reduced"`
	// The runtime's memory, see runtime.go.
	RuntimeGiB   float64 `toml:"runtime_gib"`   // that the engine counts as its own on a single GPU
	ExchangeGiB  float64 `toml:"exchange_gib"`  // more where several GPUs exchange over PCIe or NVLink 2 and 3
	MulticastGiB float64 `toml:"multicast_gib"` // more where they do through switches that add up themselves (NVLink 4 and 5)
	// Graphs is what the engine counts for CUDA graphs.
	Graphs GraphMemory `toml:"graphs"`
	// Static is the rule by which SGLang chooses its share.
	Static Static `toml:"static"`
	// StateBytes is the size of a recurrent value where neither the model nor its kind of layers says; 0: fp32.
	StateBytes units.Bytes `toml:"state_bytes"`
	// MXFP4 is how the engine holds experts in that format.
	MXFP4 MXFP4 `toml:"mxfp4"`
	// Windows is how layers with a window are kept: "" in blocks that all layers share, "whole" as the others
	// are, or "apart", as Apart says.
	Windows string `toml:"windows"`
	Apart   Apart  `toml:"apart"`
}

// Use is what a law reads of one GPU of a plan.
type Use struct {
	Model     *arch.Model
	Device    *hw.Device
	Plan      arch.Plan
	Weights   units.Bytes
	Tokens    int     // of the largest step of a data-parallel rank (max_num_batched_tokens)
	Sequences int     // that run at once on it (max_num_seqs)
	Graphs    int     // CUDA graphs that are captured
	Batch     int     // sequences in the largest of them
	Fused     bool    // FlashInfer's kernel samples
	Drafts    bool    // a model drafts tokens that the steps verify
	Share     float64 // given by the user; 0: the engine's own
	// Spread is how many times as large activations, runtime and graphs are drawn as the law finds them; 0
	// counts as 1.
	Spread float64
}

// Division is how a law divides one GPU's memory beside the weights.
type Division struct {
	Pool        units.Bytes // left for cache blocks; negative where the weights alone are too large
	Activations units.Bytes
	Runtime     units.Bytes
	Graphs      units.Bytes
	Share       float64 // of the memory, as the engine counts it
}

// laws are those that Figures.Law names.
var laws = map[string]func(*Figures, *Use) Division{"vllm": vllm, "sglang": sglang, "trtllm": trtllm}

// Check reports what a profile's figures cannot say.
func (f *Figures) Check() error {
	switch {
	case laws[f.Law] == nil:
		return fmt.Errorf("there is no law %q; one of %q", f.Law, slices.Sorted(maps.Keys(laws)))
	case f.Source == "":
		return fmt.Errorf("its figures have no source")
	case f.Share > 1:
		return fmt.Errorf("a share of %v is more than all", f.Share)
	case f.Share == 0 && f.Law != "sglang":
		return fmt.Errorf("it has no share")
	case f.Windows != shared && f.Windows != whole && f.Windows != apart:
		return fmt.Errorf("there are no %q windows; use whole or apart, or leave it out", f.Windows)
	case f.Windows == apart:
		return f.Apart.check()
	}
	return nil
}

// Divide divides one GPU's memory by the engine's law.
func (f *Figures) Divide(u Use) Division { return laws[f.Law](f, &u) }

// spread is a term as it is drawn.
func (u *Use) spread(term units.Bytes) units.Bytes {
	if u.Spread == 0 {
		return term
	}
	return term * units.Bytes(u.Spread)
}

// share is the user's, or else the engine's.
func (u *Use) share(own float64) float64 {
	if u.Share > 0 {
		return u.Share
	}
	return own
}

const mib = units.GiB / 1024
