package kernels

import "fmt"

// Origin tells where the parameters of one law come from.
type Origin struct {
	Law    string
	Kind   OriginKind
	Device string // whose measurements; empty for defaults
	Engine string
	Source string // measured file
}

// OriginKind orders origins from the best to the worst.
type OriginKind uint8

// Kinds of origin.
const (
	Measured             OriginKind = iota // this engine's kernels on this device
	Relative                               // this engine's kernels on the device that this one is calibrated as
	OtherEngine                            // another engine's kernels on this device
	RelativeOtherEngine                    // another engine's kernels on the device that this one is calibrated as
	OtherDevice                            // this engine's kernels on any other device
	OtherDeviceAndEngine                   // another engine's kernels on any other device
	Assumed                                // typical efficiencies
)

// discrepancy is the standard error, of a time's logarithm, that an origin adds to the law's own.
func (k OriginKind) discrepancy() float64 {
	return [...]float64{0, 0.08, 0.15, 0.17, 0.20, 0.25, 0.30}[k]
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
	default:
		return fmt.Sprintf("%s: efficiencies of %s's kernels on %s (%s)", o.Law, o.Engine, o.Device, o.Source)
	}
}
