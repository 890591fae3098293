package arch

import "math"

// MoE is a mixture of experts: each token goes through TopK of Experts routed experts, and through the shared
// expert where there is one (DeepSeekMoE, arXiv:2401.06066).
type MoE struct {
	Experts     int  `toml:"experts"`
	TopK        int  `toml:"top_k"`
	Width       int  `toml:"width"`        // of a routed expert
	SharedWidth int  `toml:"shared_width"` // of all shared experts together; 0: none
	SharedGate  bool `toml:"shared_gate"`  // the shared expert's output is gated by a scalar (Qwen)
	RouterBias  bool `toml:"router_bias"`  // one value for each expert in the router: a bias or DeepSeek-V3's correction
	ExpertBias  bool `toml:"expert_bias"`  // biases in the experts' matrices (gpt-oss)
	Groups      int  `toml:"groups"`       // groups of group-limited routing; 0: none
	GroupsTaken int  `toml:"groups_taken"` // groups that a token may use
	// ZeroExperts are experts that a token may choose and that do nothing (LongCat-Flash); the router knows
	// them.
	ZeroExperts int  `toml:"zero_experts"`
	Norms       int  `toml:"norms"`        // norms of its own, besides the layer's (Gemma 4)
	Gated       bool `toml:"gated"`        // three matrices rather than two; on unless turned off
	LatentWidth int  `toml:"latent_width"` // routed experts work on a latent of this width (LatentMoE); 0: on hidden
	LatentNorm  bool `toml:"latent_norm"`  // the latent is normed (Kimi-K3)
}

// Kind is "moe".
func (f *MoE) Kind() string { return "moe" }

// Validate reports a field that makes no sense.
func (f *MoE) Validate(int) error {
	return first(
		dimension("experts", f.Experts),
		between("top_k", f.TopK, 1, f.Experts),
		dimension("width", f.Width),
		optional("shared_width", f.SharedWidth),
		between("groups", f.Groups, 0, f.Experts),
		between("groups_taken", f.GroupsTaken, 0, f.Groups),
		multiple("experts", f.Experts, "groups", f.Groups),
		optional("latent_width", f.LatentWidth),
		optional("zero_experts", f.ZeroExperts),
		optional("norms", f.Norms),
	)
}

// CheckSplit reports experts or widths that ranks cannot divide.
func (f *MoE) CheckSplit(s Split) error {
	return first(
		divisible("experts", f.Experts+s.Redundant, s.ExpertRanks, expertParallel),
		divisible("width", f.Width, s.ExpertTP, expertTensor),
		divisible("shared_width", f.SharedWidth, s.TP, tensorParallel),
	)
}

// input is the width of what a routed expert reads and writes.
func (f *MoE) input(hidden int) int {
	if f.LatentWidth > 0 {
		return f.LatentWidth
	}
	return hidden
}

// routed is a tensor that exists once for each expert, of which a token touches TopK.
func (f *MoE) routed(name string, perExpert float64, g Group) Tensor {
	return Tensor{Name: name, Count: float64(f.Experts) * perExpert, Active: f.taken() * perExpert,
		Group: g, Shard: ShardedByExpert}
}

// taken is how many experts that do something a token chooses, on average where some do nothing.
func (f *MoE) taken() float64 {
	return float64(f.TopK) * float64(f.Experts) / float64(f.Experts+f.ZeroExperts)
}

// SharedExpert is what the names of a shared expert's operators and tensors begin with.
const SharedExpert = "shared_"

// shared is the shared expert as a dense part.
func (f *MoE) shared() *Dense { return &Dense{Width: f.SharedWidth, Gated: f.Gated} }

// Tensors are the router, the experts and the shared expert.
func (f *MoE) Tensors(hidden int) []Tensor {
	input := f.input(hidden)
	core := f.core(hidden, Whole)
	t := []Tensor{
		matrix("router", hidden, f.Experts+f.ZeroExperts, GroupSmall, Replicated),
		f.routed("experts", core.ExpertParams(), GroupExperts),
	}
	if f.RouterBias {
		t = append(t, vector("router_bias", f.Experts+f.ZeroExperts, Replicated))
	}
	if f.ExpertBias {
		t = append(t, f.routed("expert_bias", float64((core.matrices()-1)*f.Width+input), GroupSmall))
	}
	if f.SharedWidth > 0 {
		for _, tensor := range f.shared().Tensors(hidden) {
			tensor.Name = SharedExpert + tensor.Name
			t = append(t, tensor)
		}
		if f.SharedGate {
			t = append(t, vector("shared_gate", hidden, Replicated))
		}
	}
	if f.Norms > 0 {
		t = append(t, vector("norms", f.Norms*hidden, Replicated))
	}
	if f.LatentWidth > 0 {
		t = append(t, matrix("latent", 2*hidden, f.LatentWidth, GroupDense, Replicated))
		if f.LatentNorm {
			t = append(t, vector("latent_norm", f.LatentWidth, Replicated))
		}
	}
	return t
}

func (f *MoE) core(hidden int, s Split) Experts {
	return Experts{
		Name: "experts", Experts: f.Experts, TopK: max(1, int(math.Round(f.taken()))), Hidden: f.input(hidden),
		Inter: f.Width / s.ExpertTP, Gated: f.Gated,
		Ranks: s.ExpertRanks, Groups: f.Groups, GroupsTaken: f.GroupsTaken}
}

// Operators are the shared expert, the router, the routed experts and the sum over what they gave.
func (f *MoE) Operators(hidden int, s Split) []Op {
	var ops []Op
	if f.SharedWidth > 0 {
		ops = f.shared().local(hidden, f.SharedWidth/s.TP, SharedExpert)
		if f.SharedGate {
			ops = append(ops, GEMM{Name: "shared_gate", N: 1, K: hidden, Rows: EveryToken, Group: GroupSmall},
				Pointwise{Name: "shared_gating", Values: 2 * hidden, Rows: EveryToken})
		}
	}
	if f.Norms > 0 {
		ops = append(ops, Pointwise{Name: "norms", Values: 2 * f.Norms * hidden, Rows: EveryToken})
	}
	ops = append(ops,
		GEMM{Name: "router", N: f.Experts + f.ZeroExperts, K: hidden, Rows: EveryToken, Group: GroupSmall},
		Pointwise{Name: "top_k", Values: f.Experts + 2*f.TopK, Rows: EveryToken})
	if f.LatentWidth > 0 {
		ops = append(ops, GEMM{Name: "latent_down", N: f.LatentWidth, K: hidden, Rows: EveryToken, Group: GroupDense})
	}
	if f.LatentNorm {
		ops = append(ops, Pointwise{Name: "latent_norm", Values: 2 * f.LatentWidth, Rows: EveryToken})
	}
	ops = append(ops, f.core(hidden, s))
	if f.SharedWidth > 0 { // what the shared expert gave is added; the routed layer sums up its own copies
		ops = append(ops, Pointwise{Name: "combine", Values: 3 * hidden, Rows: EveryToken})
	}
	if f.LatentWidth > 0 {
		ops = append(ops, GEMM{Name: "latent_up", N: hidden, K: f.LatentWidth, Rows: EveryToken, Group: GroupDense})
	}
	return append(ops, Reduce{Name: "experts_reduce", Values: hidden, Rows: EveryToken, OverExperts: true})
}
