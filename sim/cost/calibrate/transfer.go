package calibrate

import "github.com/roofserve/roofserve/sim/cost/kernels"

// Transfer is what one problem's parameters give on another's samples: how far efficiencies carry from one
// engine to another on the same device, or from one device to another with the same engine.
type Transfer struct {
	From, To   *Fit
	SameDevice bool
	Errors     Errors
}

// Transfers tries every fit on the samples of the same law by another engine on the same device, and by the
// same engine on another device, in the order of fits.
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
	for _, to := range fits {
		for _, from := range fits {
			sameDevice, sameEngine := from.Device.Name == to.Device.Name, from.Engine == to.Engine
			if from.Law != to.Law || sameDevice == sameEngine {
				continue
			}
			set := *shared[to.Device.Name]
			from.copyTo(&set)
			transfers = append(transfers, Transfer{From: from, To: to, SameDevice: sameDevice,
				Errors: summarise((&fitter{set: &set, samples: to.Samples}).residuals(nil))})
		}
	}
	return transfers
}
