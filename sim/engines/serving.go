package engines

import (
	"cmp"
	_ "embed" // what engines share
	"sync"

	"github.com/roofserve/roofserve/hw"
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/internal/strict"
	"github.com/roofserve/roofserve/sim/cost/kernels"
)

//go:embed serving.toml
var servingFile []byte

// Serving is what kernels and routers do in a serving engine, and not where each kernel is measured by
// itself. It is the same for all engines.
type Serving struct {
	Source        string  `toml:"source"`
	SmallKernelUS float64 `toml:"small_kernel_us"` // of an element-wise kernel, beyond its traffic
	// The least and the most that such kernels were measured at, on Hopper and on GPUs of other generations.
	SmallKernelsUS          [2]float64 `toml:"small_kernels_us"`
	SmallKernelsElsewhereUS [2]float64 `toml:"small_kernels_elsewhere_us"`
	// StreamRate is the 1e9 bytes a second that one SM takes in, at least, where multiplications follow each
	// other in a graph (kernels.Traffic).
	StreamRate float64 `toml:"stream_gb_per_s"`
	// Sustained is the share of the tensor cores' measured rate that they keep up in service, where power bounds
	// their clock.
	Sustained float64 `toml:"sustained"`
	// AbroadUS is what a sum or a gathering over several nodes takes longer than by itself (kernels.Set.Abroad).
	AbroadUS    float64 `toml:"abroad_us"`
	ExpertShape float64 `toml:"expert_shape"` // of kernels.Popularity
}

// InService is the catalogue's Serving.
var InService = sync.OnceValue(func() *Serving {
	s := new(Serving)
	if err := strict.Decode("serving.toml", servingFile, s); err != nil {
		panic(err) // the file is embedded and tested
	}
	return s
})

// Apply is a set of kernels as they run in service.
func (s *Serving) Apply(set *kernels.Set) *kernels.Set {
	if s.SmallKernelUS == 0 {
		return set
	}
	served := *set
	served.GEMM.Stream(s.StreamRate * 1e9)
	served.Sustain(s.Sustained)
	served.Abroad(units.Seconds(s.AbroadUS) * units.Microsecond)
	served.Pointwise.Fixed = units.Seconds(s.SmallKernelUS) * units.Microsecond
	return &served
}

// Routing is how served tokens spread over experts.
func (s *Serving) Routing() kernels.Routing { return kernels.Popularity{Shape: s.ExpertShape} }

// eager is what remains of Serving for engines without CUDA graphs: their kernels do not follow each other so
// closely that it could be told apart from their launches.
func (s *Serving) eager() *Serving {
	return &Serving{Source: s.Source, ExpertShape: s.ExpertShape, SmallKernelsUS: s.SmallKernelsUS,
		SmallKernelsElsewhereUS: s.SmallKernelsElsewhereUS}
}

// marlin is the name of the kernels that widen 4-bit weights while they multiply.
const marlin = "marlin"

// choose puts the kernels that the engine prefers on a device in the place of those that a set has for a
// format.
func (p *Profile) choose(d *hw.Device, set *kernels.Set) *kernels.Set {
	if p.MXFP4Kernels != marlin || d.Generation == p.MXFP4Apart {
		return set
	}
	chosen := *set
	chosen.Experts.ByMarlin()
	return &chosen
}

// KernelsOn is the set of the engine's kernels on a device in a version of it, the newest where none is
// named, as they were measured, and where each of their laws comes from. Serving.Apply makes of them what
// they are in service.
func (p *Profile) KernelsOn(d *hw.Device, version string) (*kernels.Set, []kernels.Origin, error) {
	set, origins, err := kernels.Load(d, p.Kernels, version)
	if err != nil {
		return nil, nil, err
	}
	if p.LatentKernels != "" {
		other, _, err := kernels.Load(d, p.LatentKernels, "")
		if err != nil {
			return nil, nil, err
		}
		set.LatentDecode.Wide = other.LatentDecode.Wide
	}
	if p.Fuses.Cast {
		set.GEMM.FuseCast()
	}
	p.boundSmall(d, set, origins)
	return p.Slower.Apply(p.choose(d, set)), origins, nil
}

// hopper is the generation on which most kernels were measured.
const hopper = "hopper"

// boundSmall says of element-wise kernels, which nobody measured by themselves, between which measured
// kernels of their kind they lie.
func (p *Profile) boundSmall(d *hw.Device, set *kernels.Set, origins []kernels.Origin) {
	us := cmp.Or(p.Serving.SmallKernelUS, float64(set.Pointwise.Fixed/units.Microsecond))
	for i := range origins {
		if o := &origins[i]; o.Law == "pointwise" && o.Kind == kernels.Assumed {
			bounds := p.Serving.SmallKernelsElsewhereUS
			if d.Generation == hopper {
				bounds = p.Serving.SmallKernelsUS
			}
			o.Kind, o.P90 = kernels.Bounded, max(bounds[1]/us-1, 1-bounds[0]/us)
		}
	}
}
