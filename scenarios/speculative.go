package scenarios

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/internal/fault"
	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/sim/cost"
	"github.com/roofserve/roofserve/sim/drafts"
	"github.com/roofserve/roofserve/sim/kv"
	"github.com/roofserve/roofserve/sim/sched"
)

// Speculative is how tokens are drafted and verified. Keys that vLLM's speculative_config has too are named
// as there.
type Speculative struct {
	Method               string         `toml:"method" json:"method,omitempty"`
	NumSpeculativeTokens int            `toml:"num_speculative_tokens" json:"num_speculative_tokens,omitempty"`
	Acceptance           any            `toml:"acceptance" json:"acceptance,omitempty"`
	ByClass              map[string]any `toml:"by_class" json:"by_class,omitempty"`
	AcceptanceLength     float64        `toml:"acceptance_length" json:"acceptance_length,omitempty"`
	DraftModel           string         `toml:"draft_model" json:"draft_model,omitempty"`
	Sampling             string         `toml:"sampling" json:"sampling,omitempty"`
	DisableByBatchSize   int            `toml:"disable_by_batch_size" json:"disable_by_batch_size,omitempty"`
}

// Ways to draft.
const (
	draftsMTP   = "mtp"
	draftsEagle = "eagle3"
	draftsModel = "draft_model"
	draftsNgram = "ngram"
)

// Ways to draw how many drafts are accepted.
const (
	samplingEven   = "even"
	samplingRounds = "rounds"
)

var speculativeTable = table{
	path: "speculative",
	does: "Speculative decoding: each decode step verifies tokens that were drafted for it. " +
		"Without this table a step gives a token.",
	choice: "method",
	example: `[model]
name = "deepseek-v3"
[hardware]
device = "h200-sxm-141gb"
gpus = 8
[speculative]
method = "mtp"
num_speculative_tokens = 1
acceptance = 0.85
`,
	keys: []key{{
		name: "method", unset: "required in this table",
		names: oneOf("way to draft", draftsMTP, draftsEagle, draftsModel, draftsNgram),
		does: "`mtp` drafts with the model's own layer of multi-token prediction, `eagle3` with an EAGLE-3 head as " +
			"they are published, `draft_model` with a small model, `ngram` by looking in the context on the host.",
		example: `"eagle3"`,
	}, {
		name: "num_speculative_tokens", unit: "tokens", within: counted(drafts.Most),
		unset:   "`1` with `mtp`, otherwise required",
		does:    "Tokens drafted for each sequence in a step.",
		example: "3",
	}, {
		name: "acceptance", unset: "required, unless `acceptance_length` is given",
		does: "The probability that a draft is accepted where all before it were: a list of one for each draft, or a " +
			"number for all.",
		example: "[0.88, 0.75]",
	}, {
		name: "by_class", unset: "`acceptance` for all",
		does: "Acceptance of classes of clients, by their names, instead of `acceptance`; see `workload.columns` and " +
			"populations for how requests get a class.",
		example: "{ code = [0.95, 0.9], chat = 0.7 }",
	}, {
		name: "acceptance_length", unit: "tokens", within: between(1, 1+drafts.Most),
		unset:   "what `acceptance` gives",
		does:    "Mean tokens of a step, its own included, instead of `acceptance`; every draft is then as probable.",
		example: "2.4",
	}, {
		name: "draft_model", with: []string{draftsModel}, unset: "required with `draft_model`",
		does:    "The model that drafts, by its name or its file. It is divided as the served one.",
		example: `"llama-3.2-1b"`,
	}, {
		name: "sampling", unset: strconv.Quote(samplingEven), names: oneOf("sampling", samplingEven, samplingRounds),
		does: "`rounds` gives a sequence in each step what its draws say; `even` draws for how many steps it needs for " +
			"all of its output, and gives it even shares, which is many times faster and has the same means.",
		example: `"rounds"`,
	}, {
		name: "disable_by_batch_size", unit: "sequences", within: between(0, maxTokens), unset: "0: never",
		does: "How many running sequences of a replica are so many that a step drafts nothing, costs what it does without " +
			"drafts and gives each sequence a token (vLLM before v1). What a step holds and counts in budgets stays as it is. " +
			"Only with `sampling` = `rounds`, and without data-parallel ranks.",
		example: "8",
	}},
}

// Drafting is the speculative decoding of a resolved scenario.
type Drafting struct {
	Method        string
	Drafts        int
	Probabilities []float64            // that each is accepted where all before it were
	ByClass       map[string][]float64 // the same of classes that have their own
	Drawn         bool
	DisableAt     int         // see drafts.Verification
	Drafter       *arch.Model // nil where the host drafts
	precision     arch.Precision
	weights       func(arch.Split) units.Bytes // of the drafter, on a rank
}

// Length is the mean number of tokens that a step gives a sequence.
func (s *Drafting) Length() float64 {
	if s == nil {
		return 1
	}
	sum, share := 1.0, 1.0
	for _, p := range s.Probabilities {
		share = float64(share * p)
		sum += share
	}
	return sum
}

// queries is how many rows a sequence has in a decode step.
func (s *Drafting) queries() int {
	if s == nil {
		return 1
	}
	return 1 + s.Drafts
}

// ngramSearch is what a host takes for each token of context among which it looks for the last ones: a pass
// of Knuth, Morris and Pratt (vllm/v1/spec_decode/ngram_proposer.py), which over 4,096 random tokens took
// 2.3 ns each in Go on one core.
const ngramSearch = units.Seconds(2.3e-9)

// cost is what a step's drafts and their verification are made of.
func (s *Drafting) cost() *cost.Speculation {
	if s == nil {
		return nil
	}
	c := &cost.Speculation{Drafts: s.Drafts, Model: s.Drafter, Precision: s.precision}
	if s.Drafter == nil {
		c.Search = ngramSearch
	}
	return c
}

// verify is how the engine's steps verify drafts. Whoever drafts with layers of its own writes their cache
// ahead.
func (s *Drafting) verify(seed uint64) (*drafts.Verification, error) {
	if s == nil {
		return nil, nil
	}
	law, err := drafts.New(s.Probabilities, seed)
	if err != nil {
		return nil, err
	}
	v := &drafts.Verification{Law: law, Drawn: s.Drawn, DisableAt: s.DisableAt}
	if s.Drafter != nil {
		v.Lookahead = s.Drafts
	}
	return v, nil
}

// memory is what a drafter keeps.
func (s *Drafting) memory() *kv.Drafter {
	if s == nil {
		return nil
	}
	return &kv.Drafter{Model: s.Drafter, Weights: s.weights, Drafts: s.Drafts}
}

// resolveSpeculation completes the table and finds what drafts.
func (s *Scenario) resolveSpeculation(p *Parts) error {
	v := &s.Speculative
	if v.Method == "" {
		for i := range speculativeTable.keys {
			if path := "speculative." + speculativeTable.keys[i].name; s.source.has(path) {
				return s.source.fault(path, "stands in a table without method", `say how tokens are drafted: speculative.method = "mtp"`)
			}
		}
		return nil
	}
	if err := s.checkMeanings(&speculativeTable, v.Method); err != nil {
		return err
	}
	if v.NumSpeculativeTokens == 0 && v.Method == draftsMTP {
		v.NumSpeculativeTokens = 1
	}
	if v.NumSpeculativeTokens == 0 {
		return s.source.fault("speculative.method", fmt.Sprintf("%q drafts an unknown number of tokens", v.Method), "set num_speculative_tokens")
	}
	if v.Sampling == "" {
		v.Sampling = samplingEven
	}
	if !sched.Verifies(p.Engine.Policy, &p.Limits) {
		return s.source.faultf("speculative.method", "use policy = \"vllm\", or leave [speculative] out",
			"is not modelled with the scheduler %q, or with its capacity_scheduler_policy", p.Engine.Policy)
	}
	y := &Drafting{Method: v.Method, Drafts: v.NumSpeculativeTokens, Drawn: v.Sampling == samplingRounds,
		DisableAt: v.DisableByBatchSize}
	steps := []func(*Parts, *Drafting) error{s.acceptance, s.drafter, s.checkVerified, s.checkDisabled}
	for _, step := range steps {
		if err := step(p, y); err != nil {
			return err
		}
	}
	p.Speculation = y
	p.warn("what drafts cost, and that a step of %d rows a sequence costs what its operators do, is computed: no deployment "+
		"with speculative decoding was measured for it", 1+y.Drafts)
	return nil
}

// checkDisabled refuses steps that draft nothing among those that share evenly what is accepted.
func (s *Scenario) checkDisabled(_ *Parts, y *Drafting) error {
	if y.DisableAt == 0 || y.Drawn {
		return nil
	}
	return s.source.faultf("speculative.disable_by_batch_size", fmt.Sprintf("set sampling = %q", samplingRounds),
		"asks step by step whether drafts are made, and with sampling = %q they are in all", samplingEven)
}

// acceptance reads with which probability each draft is accepted.
func (s *Scenario) acceptance(_ *Parts, y *Drafting) error {
	v := &s.Speculative
	const key = "speculative.acceptance"
	for name, value := range v.ByClass {
		list, err := s.probabilities("speculative.by_class", value, y.Drafts)
		if err != nil {
			return err
		}
		if y.ByClass == nil {
			y.ByClass = map[string][]float64{}
		}
		y.ByClass[name] = list
	}
	switch {
	case v.Acceptance != nil && v.AcceptanceLength > 0:
		return s.source.fault("speculative.acceptance_length", "stands beside acceptance, which gives it", "give one of them")
	case v.AcceptanceLength > 0:
		even, ok := drafts.Even(y.Drafts, v.AcceptanceLength)
		if !ok {
			return s.source.faultf("speculative.acceptance_length", fmt.Sprintf("use a number from 1 to %d, or more drafts", 1+y.Drafts),
				"%g tokens are more than a step with %d drafts can give", v.AcceptanceLength, y.Drafts)
		}
		y.Probabilities = even
		return nil
	case v.Acceptance == nil:
		return s.source.fault("speculative.method", "does not say how many drafts are accepted", "set acceptance or acceptance_length")
	}
	list, err := s.probabilities(key, v.Acceptance, y.Drafts)
	y.Probabilities = list
	return err
}

// probabilities reads a number for all drafts, or one for each.
func (s *Scenario) probabilities(key string, given any, drafts int) (all []float64, err error) {
	const right = "give a number from 0 to 1, or a list of one for each draft"
	list, isList := given.([]any)
	if !isList {
		list = slices.Repeat([]any{given}, drafts)
	}
	if len(list) != drafts {
		return nil, s.source.faultf(key, right, "has %d probabilities for %d drafts", len(list), drafts)
	}
	for _, value := range list {
		probability, ok := value.(float64)
		if whole, isWhole := value.(int64); isWhole {
			probability, ok = float64(whole), true
		}
		if !ok || !(probability >= 0 && probability <= 1) {
			return nil, s.source.faultf(key, right, "%v is no probability", value)
		}
		all = append(all, probability)
	}
	return all, nil
}

// drafter finds what drafts, and what it takes of the memory.
func (s *Scenario) drafter(p *Parts, y *Drafting) (err error) {
	y.precision = p.Plan.Precision
	switch y.Method {
	case draftsMTP:
		if y.Drafter, err = p.Model.NextDrafter(); err != nil {
			return s.source.fault("speculative.method", err.Error(), "use eagle3, draft_model or ngram, or a model that has them, such as deepseek-v3")
		}
		y.weights = func(split arch.Split) units.Bytes { return p.Model.MTPBytesPerRank(split, &y.precision) }
	case draftsEagle:
		if y.Drafter, err = p.Model.EagleDrafter(); err != nil {
			return s.source.fault("speculative.method", err.Error(), "use another method")
		}
		y.precision = wide(p.Plan.Precision.KV)
		y.weights = func(split arch.Split) units.Bytes { return y.Drafter.EagleBytesPerRank(split, &y.precision) }
	case draftsModel:
		return s.draftModel(p, y)
	}
	return nil
}

// wide is weights in bf16, beside a cache in the served model's format.
func wide(kv units.Format) arch.Precision { return arch.Precision{KV: kv} }

// draftModel looks up the model that drafts.
func (s *Scenario) draftModel(p *Parts, y *Drafting) error {
	const key = "speculative.draft_model"
	if s.Speculative.DraftModel == "" {
		return s.source.fault("speculative.method", "names no model that drafts", `set draft_model = "llama-3.2-1b"`)
	}
	named := Scenario{Model: Model{Name: s.Speculative.DraftModel}, source: s.source}
	other := &Parts{}
	if err := named.resolveModel(other); err != nil {
		if wrong := (*fault.Error)(nil); errors.As(err, &wrong) && wrong.Key == "model.name" {
			return s.source.fault(key, wrong.Wrong, wrong.Right)
		}
		return err
	}
	m := other.Model
	if m.Vocab != p.Model.Vocab {
		return s.source.faultf(key, "use a model of the same family", "%s has a vocabulary of %d tokens, and %s one of %d",
			m.Name, m.Vocab, p.Model.Name, p.Model.Vocab)
	}
	y.Drafter, y.precision = m, m.Published
	y.precision.KV = p.Plan.Precision.KV
	y.precision.Activations = p.Plan.Precision.ActivationsFor(y.precision.Dense)
	y.weights = func(split arch.Split) units.Bytes {
		layers, ends := m.WeightBytesPerRank(split, &y.precision)
		return layers + ends
	}
	return nil
}

// checkDrafter refuses a drafter that the plan does not divide, and ranks that would disagree about drafts.
func (s *Scenario) checkDrafter(p *Parts) error {
	if p.Speculation == nil {
		return nil
	}
	if p.Speculation.DisableAt > 0 && p.Plan.DP > 1 {
		return s.source.fault("speculative.disable_by_batch_size", "is modelled without data-parallel ranks, of which each runs as many as it has",
			"leave it out, or set parallel.dp = 1")
	}
	if p.Speculation.Drafter == nil {
		return nil
	}
	m := p.Speculation.Drafter
	if err := m.CheckSplit(p.Plan.Split()); err != nil {
		return s.source.faultf(s.blamed("speculative.draft_model", "speculative.method"), "use fewer ranks, or another drafter",
			"%s cannot be divided as the served model: %v", m.Name, err)
	}
	return nil
}

// checkVerified refuses what steps that verify drafts cannot do.
func (s *Scenario) checkVerified(p *Parts, y *Drafting) error {
	chunked := func(r arch.Reach) bool { return r.Kind == arch.Chunk }
	if slices.ContainsFunc(p.Model.Reaches(), chunked) && !y.Drawn {
		return s.source.faultf(s.blamed("speculative.sampling", "speculative.method"), `set sampling = "rounds"`,
			"layers of %s see chunks, which even shares of tokens do not fill step by step", p.Model.Name)
	}
	if rows := p.Limits.MaxNumSeqs * (1 + y.Drafts); rows > p.Limits.MaxNumBatchedTokens && p.Engine.Policy == "trtllm" {
		return s.source.faultf(s.blamed("engine.max_num_seqs", "engine.max_num_batched_tokens", "speculative.num_speculative_tokens"),
			fmt.Sprintf("use at most %d for max_num_seqs, or a larger budget", p.Limits.MaxNumBatchedTokens/(1+y.Drafts)),
			"%d sequences of %d rows each are more than the %d tokens of a step, and which of them TensorRT-LLM lets wait is not modelled",
			p.Limits.MaxNumSeqs, 1+y.Drafts, p.Limits.MaxNumBatchedTokens)
	}
	return nil
}
