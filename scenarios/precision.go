package scenarios

import (
	"fmt"
	"slices"
	"strings"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/sim/cost"
	"github.com/roofserve/roofserve/sim/engines"
)

// Precision names number formats. Weights stands for attention, dense and experts, which may each be set
// apart.
type Precision struct {
	Weights     string `toml:"weights" json:"weights,omitempty"`
	Attention   string `toml:"attention" json:"attention"`
	Dense       string `toml:"dense" json:"dense"`
	Experts     string `toml:"experts" json:"experts"`
	Activations string `toml:"activations" json:"activations"`
	KV          string `toml:"kv" json:"kv"`
}

// weightsByHand tells whether the formats of all weights are given.
func (p *Precision) weightsByHand() bool {
	return p.Weights != "" || p.Attention != "" && p.Dense != "" && p.Experts != ""
}

// formats are the names of all number formats.
var formats = &nameSet{kind: "number format", list: units.FormatNames, anyCase: true}

var precisionTable = table{
	path: "precision",
	does: "The number formats of weights, activations and the KV cache. " +
		"What the device has no tensor cores for is multiplied in a wider format, which a warning says.",
	example: `[precision]
weights = "fp8"
kv = "fp8"
`,
	keys: []key{{
		name: "weights", names: formats, unset: "as published",
		does: "Stands for `attention`, `dense` and `experts`, and activations follow. " +
			"`fp8` is the vendor's own fp8 checkpoint where there is one, and `nvfp4` NVIDIA's.",
		example: `"fp8"`,
	}, {
		name: "attention", names: formats, unset: "`weights`, or as published",
		does:    "The weights of attention, and of other mixers.",
		example: `"bf16"`,
	}, {
		name: "dense", names: formats, unset: "`weights`, or as published",
		does:    "The weights of dense layers.",
		example: `"fp8"`,
	}, {
		name: "experts", names: formats, unset: "`weights`, or as published",
		does:    "The weights of routed experts.",
		example: `"mxfp4"`,
	}, {
		name: "activations", names: formats, unset: "what the weights are multiplied in",
		does: "What weights are multiplied with: `bf16`, `fp16`, or a narrow format that some weights are stored for " +
			"(`fp8`, `int8`, `nvfp4`).",
		example: `"bf16"`,
	}, {
		name: "kv", names: formats, unset: "as published; " +
			"TensorRT-LLM keeps fp8 and nvfp4 checkpoints' in fp8, and vLLM as of 0.14 nvfp4 ones'",
		does:    "The KV cache, in one of the formats that the engine keeps one in (see `[engine]`).",
		example: `"fp8"`,
	}},
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
		Weights:   s.Precision.Weights,
		Attention: precision.Attention.String(), Dense: precision.Dense.String(),
		Experts: precision.Experts.String(), Activations: precision.Activations.String(),
		KV: precision.KV.String(),
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
		asked = weightsIn(f, p.Model, p.Engine.FP8KV)
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
		if c.key == "attention" && *c.into != f { // another than the checkpoint's, of all projections
			asked.Output = arch.Stored{}
		}
		*c.into = f
		asked.ByHand = asked.ByHand || c.key == "attention" || c.key == "dense" || c.key == "experts"
	}
	if q.KV == "" && fp8Cache(p.Engine, &asked) {
		asked.KV = units.FP8
	}
	return asked, nil
}

// fp8Cache tells whether an engine with weights so stored keeps an fp8 cache where none is asked for.
func fp8Cache(e *engines.Profile, p *arch.Precision) bool {
	switch {
	case p.Dense == units.FP8, p.Dense == units.FP8Block:
		return e.FP8KV
	case p.Dense == units.NVFP4, p.Experts == units.NVFP4:
		return e.NVFP4KV
	default:
		return false
	}
}

// weightsIn is a model's precision with its weights in format f. A checkpoint that was published in f stays
// as it is, also where only its experts are (gpt-oss, Kimi-K2.5), or all but those (DeepSeek-V4); fp8 means
// the vendor's fp8 checkpoint. Activations follow weights that tensor cores multiply as they are. all tells
// that the checkpoint is one of NVIDIA's ModelOpt, which quantises every linear layer, and not the vendor's.
func weightsIn(f units.Format, m *arch.Model, all bool) arch.Precision {
	next := m.Published
	leaves := f == units.FP8 && !all
	switch {
	case f == units.FP8 && (next.Experts == units.FP8Block || next.Dense == units.FP8Block),
		f == units.MXFP4 && next.Experts == f,
		f == units.INT4 && next.Experts == units.INT4G32:
		return next
	case f == units.FP8:
		f = m.FP8
	}
	next.Attention, next.Dense, next.Experts, next.ByHand = f, f, f, true
	if leaves && m.FP8LeavesMixers {
		next.Attention = units.BF16
	}
	if leaves {
		next.WideFFNs = m.FP8LeavesFFNs
	}
	if f == units.NVFP4 {
		leaveWide(&next, m.NVFP4)
	}
	switch f {
	case units.FP8, units.FP8Block, units.MXFP8:
		next.Activations = units.FP8
	case units.INT8, units.NVFP4:
		next.Activations = f
	default:
		next.Activations = units.BF16
	}
	return next
}

// leaveWide leaves in bf16 what NVIDIA's nvfp4 checkpoint of a model does.
func leaveWide(p *arch.Precision, left arch.NVFP4) {
	if left.LeavesMixers {
		p.Output = arch.Stored{Apart: left.Outputs, Format: p.Attention}
		p.Attention = units.BF16
	}
	if left.LeavesDense {
		p.Dense = units.BF16
	}
}

// checkFormats refuses number formats that no engine serves in the place where they are asked for.
func (s *Scenario) checkFormats(p *Parts, asked arch.Precision) error {
	if err := s.checkKV(p, asked.KV); err != nil {
		return err
	}
	if s.source.has("precision.activations") {
		if err := s.checkActivations(asked); err != nil {
			return err
		}
	}
	if s.source.has("precision.experts") && !hasExperts(p.Model) {
		p.warn("precision.experts has no effect: %s has no routed experts", p.Model.Name)
	}
	return nil
}

// checkKV refuses a cache in a format that the engine does not keep one in. Attention over nvfp4 keys needs
// tensor cores for it.
func (s *Scenario) checkKV(p *Parts, kv units.Format) error {
	served := slices.Clone(p.Engine.KVFormats)
	if !p.Device.Supports(units.NVFP4) {
		served = slices.DeleteFunc(served, func(f units.Format) bool { return f == units.NVFP4 })
	}
	if slices.Contains(served, kv) {
		return nil
	}
	return s.source.faultf("precision.kv", "use "+formatList(served), "%s keeps no KV cache in %s on %s", p.Engine.Title, kv, p.Device.Name)
}

// multiplied are the formats that tensor cores multiply weights in, with the formats of weights that engines
// multiply so.
var multiplied = []struct {
	activations units.Format
	weights     []units.Format
}{
	{units.FP8, []units.Format{units.FP8, units.FP8Block, units.MXFP8, units.INT4, units.INT4G32, units.INT4G64,
		units.MXFP4, units.NVFP4}},
	{units.INT8, []units.Format{units.INT8}},
	{units.NVFP4, []units.Format{units.NVFP4}},
}

// checkActivations refuses activations in formats of weights alone, and narrow ones whose weights nothing
// would multiply so.
func (s *Scenario) checkActivations(asked arch.Precision) error {
	const key = "precision.activations"
	if f := asked.Activations; f == units.BF16 || f == units.FP16 {
		return nil
	}
	known := []units.Format{units.BF16, units.FP16}
	for _, m := range multiplied {
		known = append(known, m.activations)
		if m.activations != asked.Activations {
			continue
		}
		for _, weights := range []units.Format{asked.Attention, asked.Dense, asked.Experts} {
			if slices.Contains(m.weights, weights) {
				return nil
			}
		}
		return s.source.faultf(key, fmt.Sprintf("set precision.weights to %s too", formatList(m.weights)),
			"%s does nothing: no weights are stored so that they are multiplied in it", asked.Activations)
	}
	return s.source.faultf(key, "use "+formatList(known), "%s is no format that engines multiply activations in", asked.Activations)
}

// formatList is "bf16, fp16 or fp8".
func formatList(formats []units.Format) string {
	names := make([]string, len(formats))
	for i, f := range formats {
		names[i] = f.String()
	}
	if last := len(names) - 1; last > 0 {
		return strings.Join(names[:last], ", ") + " or " + names[last]
	}
	return strings.Join(names, "")
}

// WeightsText names the formats of a resolved scenario's weights, apart only where they differ: "fp8", or
// "bf16/bf16/int4" of attention, dense layers and experts.
func (p *Precision) WeightsText() string {
	if p.Dense == p.Attention && p.Experts == p.Attention {
		return p.Attention
	}
	return p.Attention + "/" + p.Dense + "/" + p.Experts
}
