package scenarios

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/sim/cost/experts"
	"github.com/roofserve/roofserve/sim/cost/kernels"
)

// Routing says how tokens spread over the experts of a mixture.
type Routing struct {
	Kind  string  `toml:"kind" json:"kind,omitempty"`   // popularity, power-law, uniform, balanced, simulated
	Shape float64 `toml:"shape" json:"shape,omitempty"` // of the popularities' beta distribution
	Alpha float64 `toml:"alpha" json:"alpha,omitempty"` // exponent of the power law of popularities

	// Of a simulated router, see package experts.
	Affinity string  `toml:"affinity" json:"affinity,omitempty"` // sigmoid, softmax
	Balance  string  `toml:"balance" json:"balance,omitempty"`   // bias, auxiliary, none
	Skew     float64 `toml:"skew" json:"skew,omitempty"`         // standard deviation of popularities in logits
	Speed    float64 `toml:"speed" json:"speed,omitempty"`       // of balancing
	Steps    int     `toml:"steps" json:"steps,omitempty"`       // of training
	Seed     uint64  `toml:"seed" json:"seed,omitempty"`
	// RedundantExperts are replicas of popular experts, placed by their load.
	RedundantExperts int `toml:"redundant_experts" json:"redundant_experts,omitempty"`
}

// Kinds of routing.
const (
	routingPopularity = "popularity"
	routingPowerLaw   = "power-law"
	routingUniform    = "uniform"
	routingBalanced   = "balanced"
	routingSimulated  = "simulated"
)

var routingKinds = []string{routingPopularity, routingPowerLaw, routingUniform, routingBalanced, routingSimulated}

// measuredAlpha is the exponent with which expert layers were measured (silicon/*_moe).
const measuredAlpha = 1.01

// maxSteps of a simulated router's training take minutes.
const maxSteps = 10_000

// resolveRouting fills in what the table leaves out and refuses what does not belong together.
func (s *Scenario) resolveRouting(p *Parts) error {
	moe := ExpertLayer(p.Model)
	if moe == nil {
		if s.Routing != (Routing{}) {
			p.warn("[routing] has no effect: %s has no routed experts", p.Model.Name)
		}
		s.Routing = Routing{}
		return nil
	}
	r := &s.Routing
	r.Kind = cmp.Or(r.Kind, routingPopularity)
	if err := s.checkMeanings("routing", "kind", r.Kind, routingKeys); err != nil {
		return err
	}
	switch r.Kind {
	case routingPopularity:
		if r.Shape = cmp.Or(r.Shape, p.Engine.Serving.ExpertShape); !(r.Shape >= 0.01 && r.Shape <= 1e6) {
			return s.source.faultf("routing.shape", fmt.Sprintf("use a number from 0.01 to 1e6; served models have about %g", p.Engine.Serving.ExpertShape), "%g is out of range", r.Shape)
		}
	case routingPowerLaw:
		if r.Alpha = cmp.Or(r.Alpha, measuredAlpha); !(r.Alpha > 1 && r.Alpha < 2) {
			return s.source.faultf("routing.alpha", "use a number between 1 and 2; measured routers have 1.01 to 1.2", "%g is out of range", r.Alpha)
		}
	case routingSimulated:
		return s.resolveSimulated(p, moe)
	}
	return nil
}

func (s *Scenario) resolveSimulated(p *Parts, moe *arch.MoE) error {
	r := &s.Routing
	for _, b := range p.Model.Stack {
		if other, ok := b.FFN.(*arch.MoE); ok && (other.Experts != moe.Experts || other.TopK != moe.TopK) {
			return s.source.faultf("routing.kind", "use "+routingPowerLaw,
				"%s has expert layers of different shapes: one simulated router cannot stand for all", p.Model.Name)
		}
	}
	if moe.RouterBias { // a correction bias comes with sigmoid affinities in every published model that has one
		r.Affinity = cmp.Or(r.Affinity, string(experts.Sigmoid))
	}
	r.Affinity = cmp.Or(r.Affinity, string(experts.Softmax))
	r.Balance = cmp.Or(r.Balance, string(experts.BiasUpdate))
	for _, key := range []string{"speed", "steps"} {
		if r.Balance == string(experts.Unbalanced) && s.source.has("routing."+key) {
			return s.source.faultf("routing."+key, "leave it out, or let training balance: balance = \"bias\" or \"auxiliary\"", "has no meaning with balance = %q", r.Balance)
		}
	}
	r.Skew = cmp.Or(r.Skew, experts.DefaultSkew)
	r.Speed = cmp.Or(r.Speed, experts.Balance(r.Balance).DefaultSpeed())
	r.Steps = cmp.Or(r.Steps, experts.DefaultSteps)
	r.Seed = cmp.Or(r.Seed, defaultSeed)
	if n := r.RedundantExperts; n%p.Plan.EP != 0 {
		return s.source.faultf("routing.redundant_experts", fmt.Sprintf("use a multiple of ep = %d", p.Plan.EP), "%d ranks cannot share %d replicas evenly", p.Plan.EP, n)
	}
	p.Plan.Redundant = r.RedundantExperts
	return nil
}

// Router is the untrained simulated router of a model's expert layers.
func (r *Routing) Router(moe *arch.MoE) (*experts.Router, error) {
	return experts.New(experts.Settings{Experts: moe.Experts, TopK: moe.TopK, Groups: moe.Groups, GroupsTaken: moe.GroupsTaken,
		Affinity: experts.Affinity(r.Affinity), Balance: experts.Balance(r.Balance), Skew: r.Skew, Speed: r.Speed, Seed: r.Seed})
}

// build makes the routing of a resolved table: a simulated router is trained.
func (r *Routing) build(p *Parts) (kernels.Routing, error) {
	switch r.Kind {
	case routingUniform:
		return kernels.Uniform{}, nil
	case routingBalanced:
		return kernels.Balanced{}, nil
	case routingPopularity:
		return kernels.Popularity{Shape: r.Shape}, nil
	case routingPowerLaw:
		return kernels.PowerLaw{Alpha: r.Alpha}, nil
	case routingSimulated:
		trained, err := r.Router(ExpertLayer(p.Model))
		if err != nil {
			return nil, err
		}
		trained.Train(r.Steps)
		return trained.Sample(experts.SampleTokens).Routing(p.Plan.EP, p.Plan.Redundant)
	default:
		return kernels.Uniform{}, nil // no layer asks it
	}
}

// ExpertLayer is the first of a model's expert layers; nil where it has none.
func ExpertLayer(m *arch.Model) *arch.MoE {
	i := slices.IndexFunc(m.Stack, func(b arch.Block) bool { _, ok := b.FFN.(*arch.MoE); return ok })
	if i < 0 {
		return nil
	}
	return m.Stack[i].FFN.(*arch.MoE)
}

// routingKeys are keys of a kind of routing.
var routingKeys = []meaning{
	{"shape", []string{routingPopularity}},
	{"alpha", []string{routingPowerLaw}},
	{"affinity", []string{routingSimulated}},
	{"balance", []string{routingSimulated}},
	{"skew", []string{routingSimulated}},
	{"speed", []string{routingSimulated}},
	{"steps", []string{routingSimulated}},
	{"seed", []string{routingSimulated}},
	{"redundant_experts", []string{routingSimulated}},
}
