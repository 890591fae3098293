package scenarios

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/internal/fault"
	"github.com/roofserve/roofserve/sim"
	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/sim/cost"
	"github.com/roofserve/roofserve/sim/engines"
	"github.com/roofserve/roofserve/sim/kv"
	"github.com/roofserve/roofserve/sim/sched"
)

// Defaults of keys that no catalogue decides.
const (
	DefaultDevice   = "h100-sxm-80gb"
	DefaultTrace    = "azure-2023-conv"
	defaultPolicy   = "vllm"
	defaultRouter   = sim.LeastOutstanding
	defaultSeed     = 1
	defaultReplicas = 1
)

// Parts are the things that a scenario names, looked up and joined.
type Parts struct {
	Model    *arch.Model
	Device   *hw.Device
	Engine   *engines.Profile
	Plan     arch.Plan
	Limits   sched.Limits
	Memory   kv.Memory
	Borrowed bool // whether kernels of another GPU stand for some of this one's
	Warnings []string
}

// Resolve validates the scenario, looks up what it names, and returns it with every default filled in. A plan that does
// not fit in memory is no error here: Parts.Memory tells.
func (s *Scenario) Resolve() (*Scenario, *Parts, error) {
	if err := s.Validate(); err != nil {
		return nil, nil, err
	}
	r := *s
	p := &Parts{}
	for _, step := range []func(*Parts) error{
		r.resolveModel, r.resolveDevice, r.resolveEngine, r.resolvePrecision, r.resolvePlan, r.resolveRouting, r.resolveMemory, r.resolveWorkload,
	} {
		if err := step(p); err != nil {
			return nil, nil, err
		}
	}
	return &r, p, nil
}

// relocate makes an error of a catalogue one about the scenario's key, unless it is about another file.
func (s *Scenario) relocate(key string, err error) error {
	var wrong *fault.Error
	if !errors.As(err, &wrong) {
		return s.source.fault(key, err.Error(), "")
	}
	if wrong.File != "" {
		return err
	}
	return s.source.fault(key, wrong.Wrong, wrong.Right)
}

func (s *Scenario) resolveModel(p *Parts) error {
	spec, err := s.spec(p)
	if err != nil {
		return err
	}
	for _, field := range overrideOrder(s.Model.Override) {
		if err := spec.Override(field, s.Model.Override[field]); err != nil {
			return s.overrideFault(field, err)
		}
	}
	if p.Model, err = spec.Build(); err != nil {
		if len(s.Model.Override) > 0 {
			return s.overrideFault("", err)
		}
		return err
	}
	if len(p.Model.Inferred) > 0 {
		p.warn("%s is an estimate: %s are inferred, not published", p.Model.Name, strings.Join(p.Model.Inferred, ", "))
	}
	return nil
}

// spec reads the model's document.
func (s *Scenario) spec(p *Parts) (*arch.Spec, error) {
	if s.Model.Config != "" {
		path := s.source.path("model.config", s.Model.Config)
		spec, warnings, err := ImportModel(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, s.source.faultf("model.config", "give a Hugging Face config.json", "%s: no such file", path)
		}
		p.Warnings = append(p.Warnings, warnings...)
		return spec, err
	}
	name := s.Model.Name
	if strings.HasSuffix(name, ".toml") {
		name = s.source.path("model.name", name)
	}
	spec, err := arch.Lookup(name)
	if err != nil {
		return nil, s.relocate("model.name", err)
	}
	return spec, nil
}

// overrideOrder sorts changes so that whole components come before their fields, and kinds before other fields.
func overrideOrder(fields map[string]any) []string {
	rank := func(key string) int {
		switch {
		case !strings.Contains(key, "."):
			return 0
		case strings.HasSuffix(key, ".kind"):
			return 1
		default:
			return 2
		}
	}
	return slices.SortedFunc(maps.Keys(fields), func(a, b string) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a, b))
	})
}

// overrideFault points an error about the architecture at the override that caused it.
func (s *Scenario) overrideFault(field string, err error) error {
	var wrong *fault.Error
	if !errors.As(err, &wrong) {
		return s.source.fault("model.override", err.Error(), "")
	}
	key := "model.override." + cmp.Or(wrong.Key, field)
	if _, ok := s.source.set[key]; !ok && s.source.set["model.override."+field].label != "" {
		key = "model.override." + field
	}
	return s.source.fault(key, wrong.Wrong, wrong.Right)
}

func (s *Scenario) resolveDevice(p *Parts) error {
	s.Hardware.Device = cmp.Or(s.Hardware.Device, DefaultDevice)
	name := s.Hardware.Device
	if strings.HasSuffix(name, ".toml") {
		name = s.source.path("hardware.device", name)
	}
	var err error
	if p.Device, err = hw.Lookup(name); err != nil {
		return s.relocate("hardware.device", err)
	}
	s.Hardware.Device = p.Device.Name
	s.Hardware.Replicas = cmp.Or(s.Hardware.Replicas, defaultReplicas)
	if !s.source.has("hardware.price_per_hour") {
		s.Hardware.PricePerHour = float64(p.Device.PricePerHour)
	}
	return nil
}

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

func (s *Scenario) resolvePrecision(p *Parts) error {
	asked, err := s.askedPrecision(p)
	if err != nil {
		return err
	}
	if err := s.checkFormats(p, asked); err != nil {
		return err
	}
	precision, warnings := cost.Resolve(p.Device, asked)
	p.Warnings = append(p.Warnings, warnings...)
	p.Plan.Precision = precision
	s.Precision = Precision{
		Weights: s.Precision.Weights, Attention: precision.Attention.String(), Dense: precision.Dense.String(), Experts: precision.Experts.String(),
		Activations: precision.Activations.String(), KV: precision.KV.String(),
	}
	return nil
}

// askedPrecision is the published precision with what the scenario changes.
func (s *Scenario) askedPrecision(p *Parts) (arch.Precision, error) {
	asked := p.Model.Published
	q := &s.Precision
	if q.Weights != "" {
		f, err := units.ParseFormat(q.Weights)
		if err != nil {
			return asked, s.relocate("precision.weights", err)
		}
		asked = weightsIn(f, p.Model)
	}
	for _, c := range []struct {
		key, name string
		into      *units.Format
	}{
		{"attention", q.Attention, &asked.Attention}, {"dense", q.Dense, &asked.Dense}, {"experts", q.Experts, &asked.Experts},
		{"activations", q.Activations, &asked.Activations}, {"kv", q.KV, &asked.KV},
	} {
		if c.name == "" {
			continue
		}
		f, err := units.ParseFormat(c.name)
		if err != nil {
			return asked, s.relocate("precision."+c.key, err)
		}
		*c.into = f
	}
	if q.KV == "" && p.Engine.FP8KV && (asked.Dense == units.FP8 || asked.Dense == units.FP8Block) {
		asked.KV = units.FP8
	}
	return asked, nil
}

// weightsIn is a model's precision with its weights in format f. A checkpoint that was published in f stays as it is, also
// where only its experts are (gpt-oss, Kimi-K2.5); fp8 means the vendor's fp8 checkpoint. Activations follow weights that tensor cores
// multiply as they are.
func weightsIn(f units.Format, m *arch.Model) arch.Precision {
	next := m.Published
	switch {
	case f == units.FP8 && next.Experts == units.FP8Block, f == units.MXFP4 && next.Experts == f, f == units.INT4 && next.Experts == units.INT4G32:
		return next
	case f == units.FP8:
		f = m.FP8
	}
	next.Attention, next.Dense, next.Experts = f, f, f
	switch f {
	case units.FP8, units.FP8Block:
		next.Activations = units.FP8
	case units.INT8, units.NVFP4:
		next.Activations = f
	default:
		next.Activations = units.BF16
	}
	return next
}

func (s *Scenario) resolveWorkload(p *Parts) error {
	w := &s.Workload
	w.RateScale = cmp.Or(w.RateScale, 1)
	w.Seed = cmp.Or(w.Seed, defaultSeed)
	if s.IsSynthetic() {
		w.Synthetic.Seed = cmp.Or(w.Synthetic.Seed, w.Seed)
		w.Seed = w.Synthetic.Seed
		if err := s.resolveCharacters(p); err != nil {
			return err
		}
	} else {
		w.Trace = cmp.Or(w.Trace, DefaultTrace)
	}
	if err := s.checkWarmup(); err != nil {
		return err
	}
	if w.Trace == "" && w.RateScale != 1 && w.Synthetic.Arrival.Process == "closed" {
		return s.source.fault("workload.rate_scale", "means nothing to a closed loop", "change workload.synthetic.arrival.concurrency")
	}
	return nil
}

func (p *Parts) warn(format string, args ...any) {
	p.Warnings = append(p.Warnings, fmt.Sprintf(format, args...))
}

// WarnOfContext says where sequences are longer than the model was published for.
func (p *Parts) WarnOfContext(tokens int) {
	if tokens > p.Model.MaxContext {
		p.warn("%d tokens of context are more than the %d that %s was published for", tokens, p.Model.MaxContext, p.Model.Name)
	}
}
