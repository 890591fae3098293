package experts

import "fmt"

// Affinity names how logits become affinities.
type Affinity string

// Affinities.
const (
	Sigmoid Affinity = "sigmoid" // DeepSeek-V3 (arXiv:2412.19437, eq. 15)
	Softmax Affinity = "softmax" // DeepSeek-V2, Mixtral, Qwen
)

// Balance names how training evens the load out.
type Balance string

// Ways to balance.
const (
	// BiasUpdate adds a bias to the affinities by which experts are chosen and moves it, after each step, by
	// Speed down for experts with more than the mean load and up for the others: DeepSeek-V3's
	// auxiliary-loss-free balancing (arXiv:2412.19437, §2.1.2; arXiv:2408.15664, algorithm 1). It follows the
	// sign of the difference, not its size.
	BiasUpdate Balance = "bias"
	// AuxiliaryLoss descends the gradient of Σ fᵢ·Pᵢ, fᵢ being expert i's share of the choices over the mean
	// share and Pᵢ its mean affinity (Switch Transformer, arXiv:2101.03961, eq. 4; arXiv:2412.19437, eq. 17–20).
	// No language loss pulls back here, so this is the best that the loss can do.
	AuxiliaryLoss Balance = "auxiliary"
	// Unbalanced leaves the router as it is.
	Unbalanced Balance = "none"
)

// Affinities and Balances list the names that Settings take.
var (
	Affinities = []string{string(Sigmoid), string(Softmax)}
	Balances   = []string{string(BiasUpdate), string(AuxiliaryLoss), string(Unbalanced)}
)

// Settings describe a router and its training.
type Settings struct {
	Experts, TopK int
	// Groups divide the experts evenly, and a token takes its experts from the GroupsTaken groups whose two
	// largest affinities have the largest sums (DeepSeek-V3's inference code, "noaux_tc"); GroupsTaken 0: from
	// all.
	Groups, GroupsTaken int
	Affinity            Affinity
	Balance             Balance
	// Skew is the standard deviation of the experts' popularity in logits, where that of a token's own part is
	// 1.
	Skew float64
	// Drift is the standard deviation, in the same logits, of what a batch's subjects add to the popularity of
	// each expert, in each layer anew. No training evens it out, and no placement knows it.
	Drift float64
	// Speed is what a step moves: the bias, in affinity, or, by the auxiliary loss, a popularity in logits for
	// each unit of the gradient times the number of experts.
	Speed float64
	Seed  uint64
}

// Defaults of settings that no architecture decides.
const (
	// DefaultSkew makes the fullest of 256 experts take more than three times the mean. It is an assumption:
	// published loads are of balanced routers.
	DefaultSkew = 0.3
	// DefaultDrift is believed, since it explains what SGLang measured of DeepSeek-V3 with 32 replicas, placed
	// by loads of the same data (lm-sys.github.io, blog/2025-05-05-large-scale-ep.md): at EP 32 prompts take 18%
	// longer than with experts drawn at random, and at EP 72 decode steps a fifth longer than computed without.
	// Placing tokens by a batch's own load gains up to 7% at EP 16 (lmsys.org, blog/2026-06-26-waterfill-lplb).
	DefaultDrift = 0.25
	// DefaultSteps of training let DeepSeek-V3's bias settle from DefaultSkew.
	DefaultSteps = 200
	// StepTokens are routed in a training step before the router moves.
	StepTokens = 4096
	// SampleTokens are routed to measure loads: at 8 of 256 experts a mean load of 2,048, whose chance is 2%.
	SampleTokens = 65536
)

// DefaultSpeed is DeepSeek-V3's speed for the bias (arXiv:2412.19437, §4.2), and for the auxiliary loss one
// that settles in as many steps.
func (b Balance) DefaultSpeed() float64 {
	if b == AuxiliaryLoss {
		return 0.02
	}
	return 0.001
}

// Check reports the first setting that makes no sense.
func (s *Settings) Check() error {
	switch {
	case s.Experts < 1 || s.Experts > 1<<16:
		return fmt.Errorf("router: %d experts", s.Experts)
	case s.TopK < 1 || s.TopK > s.Experts:
		return fmt.Errorf("router: top %d of %d experts", s.TopK, s.Experts)
	case s.limited() && (s.Groups < 1 || s.Experts%s.Groups != 0 || s.GroupsTaken > s.Groups):
		return fmt.Errorf("router: %d of %d groups of %d experts", s.GroupsTaken, s.Groups, s.Experts)
	case s.limited() && s.GroupsTaken*(s.Experts/s.Groups) < s.TopK:
		return fmt.Errorf("router: %d groups of %d experts hold no top %d", s.GroupsTaken, s.Experts/s.Groups, s.TopK)
	case s.Affinity != Sigmoid && s.Affinity != Softmax:
		return fmt.Errorf("router: unknown affinity %q", s.Affinity)
	case s.Balance != BiasUpdate && s.Balance != AuxiliaryLoss && s.Balance != Unbalanced:
		return fmt.Errorf("router: unknown balance %q", s.Balance)
	case !(s.Skew >= 0 && s.Skew <= 10):
		return fmt.Errorf("router: a skew of %g", s.Skew)
	case !(s.Drift >= 0 && s.Drift <= 10):
		return fmt.Errorf("router: a drift of %g", s.Drift)
	case !(s.Speed >= 0 && s.Speed <= 1):
		return fmt.Errorf("router: a speed of %g", s.Speed)
	}
	return nil
}

func (s *Settings) limited() bool { return s.GroupsTaken > 0 && s.GroupsTaken < s.Groups }
