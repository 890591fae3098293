package scenarios

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/sim/cost/experts"
	"github.com/roofserve/roofserve/sim/cost/kernels"
)

// Routing says how tokens spread over the experts of a mixture.
type Routing struct {
	Kind             string   `toml:"kind" json:"kind,omitempty"`
	Shape            float64  `toml:"shape" json:"shape,omitempty"`
	Alpha            float64  `toml:"alpha" json:"alpha,omitempty"`
	Affinity         string   `toml:"affinity" json:"affinity,omitempty"`
	Balance          string   `toml:"balance" json:"balance,omitempty"`
	Skew             float64  `toml:"skew" json:"skew,omitempty"`
	Drift            *float64 `toml:"drift" json:"drift,omitempty"`
	Speed            float64  `toml:"speed" json:"speed,omitempty"`
	Steps            int      `toml:"steps" json:"steps,omitempty"`
	Seed             uint64   `toml:"seed" json:"seed,omitempty"`
	RedundantExperts int      `toml:"redundant_experts" json:"redundant_experts,omitempty"`
}

// Kinds of routing.
const (
	routingPopularity = "popularity"
	routingPowerLaw   = "power-law"
	routingUniform    = "uniform"
	routingBalanced   = "balanced"
	routingSimulated  = "simulated"
)

// measuredAlpha is the exponent with which expert layers were measured (silicon/*_moe).
const measuredAlpha = 1.01

// maxSteps of a simulated router's training take minutes.
const maxSteps = 10_000

// Ranges that only count once the kind of routing is known.
var (
	shapes = &span{min: 0.01, max: 1e6, words: "a number from 0.01 to 1e6", late: true}
	alphas = &span{min: 1, max: 2, openMin: true, openMax: true, words: "a number between 1 and 2", late: true}
)

var routingTable = table{
	path:   "routing",
	does:   "How tokens spread over the routed experts of a mixture. It has no effect on other models.",
	choice: "kind",
	example: `[model]
name = "mixtral-8x7b"
[routing]
kind = "simulated"
affinity = "softmax"
balance = "auxiliary"
`,
	keys: []key{{
		name: "kind", unset: strconv.Quote(routingPopularity),
		names: oneOf("routing",
			routingPopularity, routingPowerLaw, routingUniform, routingBalanced, routingSimulated),
		does: "`popularity` draws how popular experts are from a beta distribution, as fitted to served models; " +
			"`power-law` is what expert layers were measured with; `uniform` chooses every expert alike; " +
			"`balanced` gives each the same; `simulated` trains a router.",
		example: `"uniform"`,
	}, {
		name: "shape", with: []string{routingPopularity}, unset: "fitted to served models",
		within:  shapes,
		does:    "The first parameter of the beta distribution. The smaller, the fewer experts take most tokens.",
		example: "0.6",
	}, {
		name: "alpha", with: []string{routingPowerLaw}, unset: fmt.Sprint(measuredAlpha),
		within:  alphas,
		does:    "The exponent of the power law of popularities. Measured routers have 1.01 to 1.2.",
		example: "1.2",
	}, {
		name: "affinity", with: []string{routingSimulated}, names: oneOf("affinity", experts.Affinities...),
		unset:   "`\"sigmoid\"` for models with a correction bias, otherwise `\"softmax\"`",
		does:    "How the router's logits become affinities.",
		example: `"sigmoid"`,
	}, {
		name: "balance", with: []string{routingSimulated}, names: oneOf("way to balance", experts.Balances...),
		unset: strconv.Quote(string(experts.BiasUpdate)),
		does: "How training evens the load out: by a bias on affinities (DeepSeek-V3), by an auxiliary loss, " +
			"or not at all.",
		example: `"auxiliary"`,
	}, {
		name: "skew", unit: "logits", with: []string{routingSimulated}, within: positive(10),
		unset:   fmt.Sprint(experts.DefaultSkew),
		does:    "Standard deviation of experts' popularity before training; that of a token's own part is 1.",
		example: "1.0",
	}, {
		name: "drift", unit: "logits", with: []string{routingSimulated}, within: between(0, 10),
		unset: fmt.Sprint(experts.DefaultDrift),
		does: "Standard deviation of what the subjects of a batch add to each expert's popularity, in each layer anew: " +
			"training does not even it out, and no placement of replicas knows it.",
		example: "0.0",
	}, {
		name: "speed", with: []string{routingSimulated}, within: positive(1),
		unset: fmt.Sprintf("%g; %g with an auxiliary loss",
			experts.BiasUpdate.DefaultSpeed(), experts.AuxiliaryLoss.DefaultSpeed()),
		does: "What a training step moves: the bias, in affinity, or a popularity, in logits for each unit of the " +
			"gradient. It has no meaning with `balance = \"none\"`.",
		example: "0.01",
	}, {
		name: "steps", unit: "steps", with: []string{routingSimulated}, within: counted(maxSteps),
		unset: fmt.Sprint(experts.DefaultSteps),
		does: fmt.Sprintf("How long training lasts, in steps of %d tokens. ", experts.StepTokens) +
			"It has no meaning with `balance = \"none\"`.",
		example: "100",
	}, {
		name: "seed", with: []string{routingSimulated}, unset: strconv.Itoa(defaultSeed),
		does:    "Decides how the router is drawn.",
		example: "7",
	}, {
		name: "redundant_experts", unit: "experts", with: []string{routingSimulated},
		within: between(0, 1<<16), unset: "0",
		does:    "Replicas of popular experts, placed by their load; with the experts a multiple of `parallel.ep`.",
		example: "16",
	}},
}

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
	if err := s.checkMeanings(&routingTable, r.Kind); err != nil {
		return err
	}
	switch r.Kind {
	case routingPopularity:
		if r.Shape = cmp.Or(r.Shape, p.Engine.Serving.ExpertShape); !shapes.holds(r.Shape) {
			right := fmt.Sprintf("use %s; served models have about %g", shapes.words, p.Engine.Serving.ExpertShape)
			return s.source.faultf("routing.shape", right, "%g is out of range", r.Shape)
		}
	case routingPowerLaw:
		if r.Alpha = cmp.Or(r.Alpha, measuredAlpha); !alphas.holds(r.Alpha) {
			right := fmt.Sprintf("use %s; measured routers have 1.01 to 1.2", alphas.words)
			return s.source.faultf("routing.alpha", right, "%g is out of range", r.Alpha)
		}
	case routingSimulated:
		return s.resolveSimulated(p, moe)
	}
	return nil
}

func (s *Scenario) resolveSimulated(p *Parts, moe *arch.MoE) error {
	r := &s.Routing
	for _, b := range p.Model.Stack {
		other := arch.ExpertsOf(b.FFN)
		if other != nil && (other.Experts != moe.Experts || other.TopK != moe.TopK) {
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
	drift := r.drift()
	r.Drift = &drift
	r.Speed = cmp.Or(r.Speed, experts.Balance(r.Balance).DefaultSpeed())
	r.Steps = cmp.Or(r.Steps, experts.DefaultSteps)
	r.Seed = cmp.Or(r.Seed, defaultSeed)
	return nil
}

// drift is what a batch's subjects add, by default where nothing says so.
func (r *Routing) drift() float64 {
	if r.Drift == nil {
		return experts.DefaultDrift
	}
	return *r.Drift
}

// Router is the untrained simulated router of a model's expert layers.
func (r *Routing) Router(moe *arch.MoE) (*experts.Gate, error) {
	return experts.New(experts.Settings{
		Experts: moe.Experts, TopK: moe.TopK, Groups: moe.Groups, GroupsTaken: moe.GroupsTaken,
		Affinity: experts.Affinity(r.Affinity), Balance: experts.Balance(r.Balance),
		Skew: r.Skew, Drift: r.drift(), Speed: r.Speed, Seed: r.Seed,
	})
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
	i := slices.IndexFunc(m.Stack, func(b arch.Block) bool { return arch.ExpertsOf(b.FFN) != nil })
	if i < 0 {
		return nil
	}
	return arch.ExpertsOf(m.Stack[i].FFN)
}
