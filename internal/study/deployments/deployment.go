package deployments

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/roofserve/roofserve/scenarios"
)

// Deployment is a model on hardware under a plan. Zero fields take a scenario's defaults.
type Deployment struct {
	Model      string // of the catalogue, or a model's .toml
	Device     string
	GPUs       int
	TP, DP, EP int
	PP         int    // pipeline stages
	Weights    string // number format; empty: as published
	KV         string
	// Override changes fields of the architecture, by their address ("attention.kv_heads").
	Override map[string]any
}

// Scenario describes the deployment, without a workload.
func (d Deployment) Scenario() (*scenarios.Scenario, error) {
	s := scenarios.Empty(d.String())
	for _, setting := range []struct {
		key   string
		value any
		unset bool
	}{
		{"model.name", d.Model, d.Model == ""},
		{"hardware.device", d.Device, d.Device == ""},
		{"hardware.gpus", d.GPUs, d.GPUs == 0},
		{"parallel.tp", d.TP, d.TP == 0},
		{"parallel.pp", d.PP, d.PP == 0},
		{"parallel.dp", d.DP, d.DP == 0},
		{"parallel.ep", d.EP, d.EP == 0},
		{"precision.weights", d.Weights, d.Weights == ""},
		{"precision.kv", d.KV, d.KV == ""},
	} {
		if setting.unset {
			continue
		}
		if err := s.Set(setting.key, setting.value, d.String()); err != nil {
			return nil, err
		}
	}
	for _, field := range slices.Sorted(maps.Keys(d.Override)) {
		if err := s.Set("model.override."+field, d.Override[field], d.String()); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// Resolve looks up what the deployment names and divides its memory.
func (d Deployment) Resolve() (*scenarios.Scenario, *scenarios.Parts, error) {
	s, err := d.Scenario()
	if err != nil {
		return nil, nil, err
	}
	return s.Resolve()
}

// String names the deployment in messages and keys.
func (d Deployment) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s on ", d.Model)
	if d.GPUs > 0 {
		fmt.Fprintf(&b, "%d × ", d.GPUs)
	}
	b.WriteString(d.Device)
	for _, part := range []struct {
		name  string
		value int
	}{{"tp", d.TP}, {"pp", d.PP}, {"dp", d.DP}, {"ep", d.EP}} {
		if part.value > 0 {
			fmt.Fprintf(&b, ", %s %d", part.name, part.value)
		}
	}
	for _, format := range []string{d.Weights, d.KV} {
		if format != "" {
			b.WriteString(", " + format)
		}
	}
	for _, field := range slices.Sorted(maps.Keys(d.Override)) {
		fmt.Fprintf(&b, ", %s=%v", field, d.Override[field])
	}
	return b.String()
}
