package arch

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/internal/fault"
)

// Stored is the format of weights that a checkpoint stores apart from the rest of their group: of one
// matrix, in some layers. The zero value says nothing.
type Stored struct {
	Apart  bool
	Format units.Format
}

// Of is the format of a group's weights, or of those that are stored apart, unless formats were given by
// hand.
func (p *Precision) Of(g Group, s Stored) units.Format {
	if s.Apart && !p.ByHand {
		return s.Format
	}
	return p.Weights(g)
}

// ActivationsFor is the format that tensor cores multiply weights of a format with. Where a checkpoint mixes
// 8-bit and 4-bit floats, each is multiplied with its own kind.
func (p *Precision) ActivationsFor(weights units.Format) units.Format {
	switch {
	case weights == units.BF16 || weights == units.FP16 || weights == units.FP32:
		return units.BF16
	case p.Activations == units.NVFP4 && (weights == units.FP8 || weights == units.FP8Block):
		return units.FP8
	default:
		return p.Activations
	}
}

// storedApart takes a component's formats of its own from its table: stored = { o = "fp8" } names tensors.
func storedApart(table map[string]any, part Part, hidden int) (map[string]Stored, error) {
	given, ok := table["stored"].(map[string]any)
	if !ok {
		return nil, nil
	}
	var known []string
	for _, t := range part.Tensors(hidden) {
		known = append(known, t.Name)
	}
	apart := map[string]Stored{}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		text, _ := given[name].(string)
		format, err := units.ParseFormat(text)
		if err != nil {
			return nil, &fault.Error{Key: "stored." + name, Wrong: err.Error(), Err: err}
		}
		if !slices.Contains(known, name) {
			return nil, &fault.Error{Key: "stored." + name, Wrong: "there is no such tensor",
				Right: fmt.Sprintf("one of %s", strings.Join(known, ", "))}
		}
		apart[name] = Stored{Apart: true, Format: format}
	}
	return apart, nil
}

// tensorOf names the tensors that an operator may read, where it is not named after one: fused projections
// count as their first.
var tensorOf = map[string][]string{
	"qkv": {"q", "qkv"}, "qkv_a": {"q_a"}, "q_b": {"q_b", "q"}, "gate_up": {"up"}, "shared_gate_up": {"shared_up"},
	"o": {"o", "out"}, "in": {"in", "in_zx_dt"}, "latent_down": {"latent"}, "latent_up": {"latent"},
}

// storedOps gives operators the formats in which their weights are stored apart.
func storedOps(ops []Op, apart map[string]Stored) []Op {
	if apart == nil {
		return ops
	}
	find := func(name string) Stored {
		for _, tensor := range append(tensorOf[name], name) {
			if s, ok := apart[tensor]; ok {
				return s
			}
		}
		return Stored{}
	}
	for i, op := range ops {
		switch o := op.(type) {
		case GEMM:
			o.Stored = find(o.Name)
			ops[i] = o
		case Experts:
			o.Stored = find(o.Name)
			ops[i] = o
		}
	}
	return ops
}
