package kernels

import (
	"fmt"
	"math"
)

// Origin tells where the parameters of one law come from.
type Origin struct {
	Law    string
	Kind   OriginKind
	Device string // whose measurements; empty for defaults
	Engine string
	// Version is the one whose kernels were measured; empty for kernels that engines share.
	Version string
	Source  string // measured file
	// Of held-out measurements: the median and the 90th percentile of |predicted/measured − 1|, and how many
	// rows were used and dropped. Of a Bounded law, P90 is how far its bounds lie.
	Median, P90   float64
	Rows, Dropped int
}

// OriginKind orders origins from the best to the worst.
type OriginKind uint8

// Kinds of origin. A relative is the device that another one is calibrated as, if it is of the same
// generation; of another generation it is an other device, though preferred to the rest.
const (
	Measured             OriginKind = iota // this engine's kernels on this device
	Relative                               // this engine's kernels on its relative
	OtherEngine                            // another engine's kernels on this device
	RelativeOtherEngine                    // another engine's kernels on its relative
	OtherDevice                            // this engine's kernels on another device
	OtherDeviceAndEngine                   // another engine's kernels on another device
	Assumed                                // typical efficiencies
	Bounded                                // those, between measured kernels of the same kind
)

// What origins add to the standard error of a time's logarithm: the spread of mean errors over all laws when
// parameters of one engine, or of A100 on H100 and back, or kernels.Default, predict rows of another
// (results/fidelity/operators, Transfer). With B200 among the devices the latter two are 0.34 and 0.32; the
// wider ones are kept, as most GPUs that borrow are farther from any measured one. Of relatives there are no
// rows; they run the same kernels, and what is left is how memory-bound kernels gain from more bandwidth,
// known to 0.3·f ± 0.05 (silicon/calibration_notes.md, 10).
const (
	acrossEngines = 0.24
	acrossDevices = 0.43
	acrossAll     = 0.37
	toRelative    = 0.05
)

// discrepancy is the standard error, of a time's logarithm, that an origin adds to the law's own.
func (k OriginKind) discrepancy() float64 {
	switch k {
	case Measured:
		return 0
	case Relative:
		return toRelative
	case OtherEngine, RelativeOtherEngine:
		return acrossEngines
	case OtherDevice, OtherDeviceAndEngine:
		return acrossDevices
	default:
		return acrossAll
	}
}

// normal90 is the 95th percentile of the standard normal distribution: nine in ten lie as near to 0.
const normal90 = 1.6449

// Error is what nine in ten times of the law are off by at most, as a share: on held-out shapes, and by what
// the origin adds.
func (o Origin) Error() float64 {
	if o.Kind == Bounded {
		return o.P90
	}
	further := float64(normal90 * o.Kind.discrepancy())
	return math.Sqrt(float64(o.P90*o.P90) + float64(further*further))
}

// Measured tells whether the parameters are this engine's own on this device.
func (o Origin) Measured() bool { return o.Kind == Measured }

// String says it for people.
func (o Origin) String() string {
	switch o.Kind {
	case Measured:
		return fmt.Sprintf("%s: measured (%s)", o.Law, o.Source)
	case Assumed:
		return fmt.Sprintf("%s: typical efficiencies, not measured", o.Law)
	case Bounded:
		return fmt.Sprintf("%s: typical efficiencies, between measured kernels of the kind", o.Law)
	default:
		return fmt.Sprintf("%s: efficiencies of %s's kernels on %s (%s)", o.Law, o.Engine, o.Device, o.Source)
	}
}
