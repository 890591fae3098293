package calibrate

import (
	"github.com/roofserve/roofserve/internal/release"
	"github.com/roofserve/roofserve/sim/cost/kernels"
)

// Transfer is what one problem's parameters give on another's samples: how far efficiencies carry.
type Transfer struct {
	From, To *Fit
	Across   Across
	Errors   Errors
}

// Across is what a transfer's two problems differ in.
type Across string

// Transfers from one engine to another on the same device, from one device to another with the same engine,
// and from one version of an engine to the next on the same device.
const (
	AcrossEngines  Across = "engines"
	AcrossDevices  Across = "devices"
	AcrossVersions Across = "versions"
)

// Named is the engine with its version.
func (p *Problem) Named() string {
	if p.Version == "" {
		return p.Engine
	}
	return p.Engine + "-" + p.Version
}

// Newest are the fits to the newest version of each law's engine on each device, in their order.
func Newest(fits []*Fit) (list []*Fit) {
	for _, f := range fits {
		if next(f, fits) == nil {
			list = append(list, f)
		}
	}
	return list
}

// next is the fit of the same law to the next version of its engine on the same device; nil where there is
// none.
func next(f *Fit, fits []*Fit) (after *Fit) {
	for _, o := range fits {
		if o.Law == f.Law && o.Device == f.Device && o.Engine == f.Engine &&
			release.Compare(o.Version, f.Version) > 0 &&
			(after == nil || release.Compare(o.Version, after.Version) < 0) {
			after = o
		}
	}
	return after
}

// Transfers tries every fit to an engine's newest version on the samples of the same law by another engine on
// the same device, and by the same engine on another device, and every fit on those of the next version, in
// the order of fits.
func Transfers(fits []*Fit) []Transfer {
	shared := make(map[string]*kernels.Set)
	for _, f := range fits {
		if shared[f.Device.Name] == nil {
			shared[f.Device.Name] = kernels.Default()
		}
		if f.Engine == sharedEngine {
			f.copyTo(shared[f.Device.Name])
		}
	}
	var transfers []Transfer
	add := func(from, to *Fit, across Across) {
		set := *shared[to.Device.Name]
		from.copyTo(&set)
		transfers = append(transfers, Transfer{From: from, To: to, Across: across,
			Errors: summarise((&fitter{set: &set, samples: to.Samples}).residuals(nil))})
	}
	newest := Newest(fits)
	for _, to := range newest {
		for _, from := range newest {
			sameDevice, sameEngine := from.Device.Name == to.Device.Name, from.Engine == to.Engine
			switch {
			case from.Law != to.Law || sameDevice == sameEngine:
			case sameDevice:
				add(from, to, AcrossEngines)
			default:
				add(from, to, AcrossDevices)
			}
		}
	}
	for _, from := range fits {
		if to := next(from, fits); to != nil {
			add(from, to, AcrossVersions)
		}
	}
	return transfers
}
