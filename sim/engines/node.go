package engines

import (
	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/sim/cost/kernels"
)

// Slower is how many times as long an engine's kernels take as the calibrated ones; 0 counts as 1.
type Slower struct {
	Kernels   float64 `toml:"kernels"`
	Exchanges float64 `toml:"exchanges"` // between GPUs
}

// Apply is the set of the engine's kernels, given the calibrated one.
func (s Slower) Apply(set *kernels.Set) *kernels.Set {
	if s == (Slower{}) {
		return set
	}
	one := func(factor float64) float64 {
		if factor == 0 {
			return 1
		}
		return factor
	}
	return set.Slowed(one(s.Kernels), one(s.Exchanges))
}

// Node is what differs on nodes with GPUs of one generation, whose hosts have other processors.
type Node struct {
	Generation string   `toml:"generation"`
	Slower     Slower   `toml:"slower"`
	Overhead   Overhead `toml:"overhead"`
}

// On is the engine on nodes with a device.
func (p *Profile) On(d *hw.Device) *Profile {
	for _, n := range p.Nodes {
		if n.Generation == d.Generation {
			on := *p
			on.Slower, on.Overhead = n.Slower, n.Overhead
			return &on
		}
	}
	return p
}
