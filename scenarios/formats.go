package scenarios

import (
	"fmt"
	"slices"
	"strings"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/arch"
)

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

// checkKV refuses a cache in a format that the engine does not keep one in. Attention over nvfp4 keys needs tensor cores for it.
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

// multiplied are the formats that tensor cores multiply weights in, with the formats of weights that engines multiply so.
var multiplied = []struct {
	activations units.Format
	weights     []units.Format
}{
	{units.FP8, []units.Format{units.FP8, units.FP8Block, units.INT4, units.INT4G32, units.MXFP4, units.NVFP4}},
	{units.INT8, []units.Format{units.INT8}},
	{units.NVFP4, []units.Format{units.NVFP4}},
}

// checkActivations refuses activations in formats of weights alone, and narrow ones whose weights nothing would multiply so.
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
