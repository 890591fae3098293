package article

import (
	"slices"

	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/internal/study/deployments"
	"github.com/roofserve/roofserve/sim/arch"
	"github.com/roofserve/roofserve/workloads"
)

// Quantity is one function that claims' formulas may call.
type Quantity struct {
	Name, Parameters string // parameters' names, separated by spaces
	Meaning          string // with its unit and where it comes from
	compute          computation
}

// computation is a quantity of some arguments.
type computation func(*Lab, *arguments) (float64, error)

// Quantities is the table of everything that formulas may call, in the order of their documentation.
func Quantities() []Quantity {
	return slices.Concat(countQuantities(), deviceQuantities(), servingQuantities(), batchQuantities(),
		trialQuantities())
}

// countQuantities follow from the architecture alone.
func countQuantities() []Quantity {
	ofModel := func(count func(*arch.Model, *arguments) (float64, error)) computation {
		return func(l *Lab, a *arguments) (float64, error) {
			m, err := l.Model(a.text(0))
			if err != nil {
				return 0, err
			}
			return count(m, a)
		}
	}
	return []Quantity{
		{"params", "model", "parameters, counted tensor by tensor", ofModel(func(m *arch.Model, _ *arguments) (float64, error) {
			total, _, _ := m.Params()
			return total, nil
		})},
		{"active", "model", "parameters that one token touches, embedding and head included", ofModel(func(m *arch.Model, _ *arguments) (float64, error) {
			_, active, _ := m.Params()
			return active, nil
		})},
		{"gemm_active", "model", "of these, what matrices multiply: all but the look-up in the embedding table", ofModel(func(m *arch.Model, _ *arguments) (float64, error) {
			_, _, gemm := m.Params()
			return gemm, nil
		})},
		{"layers", "model", "layers of the stack", ofModel(func(m *arch.Model, _ *arguments) (float64, error) { return float64(m.Layers()), nil })},
		{"field", "model key", "a number of the model's document in the catalogue", func(l *Lab, a *arguments) (float64, error) {
			return l.field(a.text(0), a.text(1))
		}},
		{"weights", "model format", "bytes of all parameters, every layer's matrices in the format, scales included; embedding and head in bf16", ofModel(func(m *arch.Model, a *arguments) (float64, error) {
			p, err := precision(a.text(1))
			return float64(m.WeightBytes(&p)), err
		})},
		{"kv_layer", "model", "bytes that a token within reach adds to the cache of one layer, in bf16", ofModel(func(m *arch.Model, _ *arguments) (float64, error) {
			return float64(m.Caches(&arch.Precision{})[0].BytesPerToken), nil
		})},
		{"kv_token", "model", "the same over all layers", ofModel(func(m *arch.Model, _ *arguments) (float64, error) {
			return float64(m.KVBytesPerToken(&arch.Precision{})), nil
		})},
		{"kv_at", "model tokens", "bytes that a sequence of so many tokens keeps, in bf16", ofModel(func(m *arch.Model, a *arguments) (float64, error) {
			return float64(m.StateBytesAt(a.count(1), &arch.Precision{})), nil
		})},
		{"tokens_per_1000", "vocabulary language", "tokens that 1,000 characters of a language take (workloads/vocabulary.toml)", func(_ *Lab, a *arguments) (float64, error) {
			v, err := workloads.LookupVocabulary(a.text(0))
			if err != nil {
				return 0, err
			}
			per, err := v.PerCharacter(a.text(1))
			return per * 1000, err
		}},
	}
}

// precision stores all layers' matrices in one format.
func precision(format string) (arch.Precision, error) {
	f, err := units.ParseFormat(format)
	return arch.Precision{Attention: f, Dense: f, Experts: f}, err
}

// deviceQuantities follow from data sheets.
func deviceQuantities() []Quantity {
	ofDevice := func(read func(*hw.Device, *arguments) (float64, error)) computation {
		return func(_ *Lab, a *arguments) (float64, error) {
			d, err := hw.Lookup(a.text(0))
			if err != nil {
				return 0, err
			}
			return read(d, a)
		}
	}
	return []Quantity{
		{"memory", "device", "bytes of one GPU, as the driver reports them", ofDevice(func(d *hw.Device, _ *arguments) (float64, error) { return float64(d.Memory), nil })},
		{"bandwidth", "device", "bytes a second of one GPU's memory, data sheet", ofDevice(func(d *hw.Device, _ *arguments) (float64, error) { return float64(d.Bandwidth), nil })},
		{"peak", "device format", "dense FLOP/s of the tensor cores, data sheet; 0 where they lack the format", ofDevice(func(d *hw.Device, a *arguments) (float64, error) {
			f, err := units.ParseFormat(a.text(1))
			return float64(d.Peak[f]), err
		})},
		{"supports", "device format", "1 where the tensor cores multiply the format, else 0", ofDevice(func(d *hw.Device, a *arguments) (float64, error) {
			f, err := units.ParseFormat(a.text(1))
			return oneIf(d.Supports(f)), err
		})},
		{"step_bound", "system format", "least seconds of a decode step of one sequence: the active matrices, read once from all GPUs' memories together", stepBound},
		{"rate_bound", "system format context", "most tokens a second at a mean context, any batch: 1 ÷ (2 · active matrices ÷ all peaks + cache of the context ÷ all bandwidths); weight-only formats are multiplied in bf16", rateBound},
		{"min_gpus", "model device format", "fewest GPUs of powers of two on which weights, workspace and at least one block of cache fit", minGPUs},
	}
}

func oneIf(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func (l *Lab) modelAndDevice(system string) (s *System, m *arch.Model, d *hw.Device, err error) {
	if s, err = l.system(system); err != nil {
		return nil, nil, nil, err
	}
	if m, err = l.Model(s.Model); err != nil {
		return nil, nil, nil, err
	}
	d, err = hw.Lookup(s.Device)
	return s, m, d, err
}

func stepBound(l *Lab, a *arguments) (float64, error) {
	s, m, d, err := l.modelAndDevice(a.text(0))
	if err != nil {
		return 0, err
	}
	f, err := units.ParseFormat(a.text(1))
	_, _, gemm := m.Params()
	return float64(f.Bytes(gemm)) / (float64(s.GPUs) * float64(d.Bandwidth)), err
}

func rateBound(l *Lab, a *arguments) (float64, error) {
	s, m, d, err := l.modelAndDevice(a.text(0))
	if err != nil {
		return 0, err
	}
	f, err := units.ParseFormat(a.text(1))
	peak := d.Peak[f]
	if peak == 0 {
		peak = d.Peak[units.BF16]
	}
	_, _, gemm := m.Params()
	gpus := float64(s.GPUs)
	seconds := 2*gemm/(gpus*float64(peak)) +
		float64(m.StateBytesAt(a.count(2), &arch.Precision{}))/(gpus*float64(d.Bandwidth))
	return 1 / seconds, err
}

func minGPUs(l *Lab, a *arguments) (float64, error) {
	d := deployments.Deployment{Model: l.path(a.text(0)), Device: a.text(1), GPUs: 1, Weights: a.text(2)}
	s, parts, err := d.Resolve()
	if err != nil {
		return 0, err
	}
	plan, _ := s.SmallestPlan(parts, 0)
	return float64(plan.GPUs()), nil
}
