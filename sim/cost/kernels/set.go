package kernels

import (
	"math/rand/v2"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/internal/portable"
)

// Set is the kernels of one engine on one device. It is a plain value: assigning copies it.
type Set struct {
	Launch        Launch
	GEMM          GEMM
	Batched       BatchedGEMM
	Pointwise     Pointwise
	AllReduce     AllReduce
	Collective    Collective
	Prefill       Prefill
	Decode        Decode
	Experts       Experts
	LatentDecode  LatentDecode
	LatentPrefill LatentPrefill
	Recurrence    Recurrence
	AllToAll      AllToAll
	SparsePrefill SparsePrefill
	Indexer       Indexer
	Compressed    Selected       // DeepSeek-V4's attention, whose caches are in 8 bits
	Blocks        SelectedBlocks // MiniMax-M3's
	// by law: standard error of each parameter's logarithm; never written after Load
	errors map[string][]float64
}

// Launch is what starting an operator costs the host when it does not run from a CUDA graph. Inside a graph
// there is no host work, and the laws' own fixed costs, which were measured in graphs, hold the rest.
type Launch struct {
	Eager units.Seconds // host time of one operator, Python and driver together
}

// Parameters implements Law.
func (l *Launch) Parameters() []Parameter {
	return []Parameter{fixedCost("eager", (*float64)(&l.Eager), 10e-6, 200e-6)}
}

// Laws lists every law of the set with its name, in the order of calibration files.
func (s *Set) Laws() []Named {
	laws := []Named{{"launch", &s.Launch}}
	laws = append(laws, s.GEMM.laws()...)
	laws = append(laws, s.Batched.laws()...)
	laws = append(laws, s.Pointwise.laws()...)
	laws = append(laws, s.AllReduce.laws()...)
	laws = append(laws, s.Collective.laws()...)
	laws = append(laws, s.Prefill.laws()...)
	laws = append(laws, s.Decode.laws()...)
	laws = append(laws, s.Experts.laws()...)
	laws = append(laws, s.LatentDecode.laws()...)
	laws = append(laws, s.LatentPrefill.laws()...)
	laws = append(laws, s.SparsePrefill.laws()...)
	laws = append(laws, s.Indexer.laws()...)
	laws = append(laws, s.selectedLaws()...)
	laws = append(laws, s.Recurrence.laws()...)
	laws = append(laws, s.AllToAll.laws()...)
	return laws
}

// Default is a set with typical efficiencies, for a device and an engine that nobody measured.
func Default() *Set { return fill(func(p Parameter) float64 { return p.Default }) }

// Datasheet is the bare roofline: peak rates, no fixed costs, no quantisation into tiles. It is what
// calibration has to beat.
func Datasheet() *Set {
	s := fill(func(p Parameter) float64 { return p.Ideal })
	s.GEMM.Plain, s.Prefill.Plain = true, true
	return s
}

func fill(value func(Parameter) float64) *Set {
	s := new(Set)
	s.GEMM.prepare()
	s.Batched.prepare()
	s.Decode.prepare()
	for _, law := range s.Laws() {
		for _, p := range law.Law.Parameters() {
			*p.Value = value(p)
		}
	}
	return s
}

// Draw returns a copy of the set with every parameter multiplied by exp(standard error · a standard normal
// deviate) and kept within its bounds. The same source state gives the same set.
func (s *Set) Draw(rng *rand.Rand) *Set {
	drawn := *s
	for _, law := range drawn.Laws() {
		for i, p := range law.Law.Parameters() {
			deviate := portable.Deviate(rng)
			if errors := s.errors[law.Name]; errors != nil {
				*p.Value = min(max(*p.Value*portable.Exp(errors[i]*deviate), p.Low), p.High)
			}
		}
	}
	return &drawn
}
