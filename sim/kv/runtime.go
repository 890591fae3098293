package kv

import (
	"strings"

	"github.com/roofserve/roofserve/hw/units"
)

// runtime is what the engine's libraries hold on one GPU outside torch's allocator, so far as the engine
// counts it: the CUDA context where it does, cuBLAS, and, where GPUs exchange, NCCL's channels and the
// buffers of custom all-reduces. Switches that add up themselves (NVLink SHARP, of NVLink 4 on) take more of
// them.
func (f *Figures) runtime(u *Use) units.Bytes {
	gib := f.RuntimeGiB
	if u.Plan.GPUs() > 1 {
		switch {
		case f.MulticastGiB > 0 && multicasts(u.Device.Link.Kind) && u.Plan.GPUs()/u.Plan.PP > 1:
			gib += f.MulticastGiB
		default:
			gib += f.ExchangeGiB
		}
	}
	return units.Bytes(gib) * units.GiB
}

// multicasts tells whether a node's links pass switches that add up what ranks send them.
func multicasts(link string) bool {
	return strings.HasPrefix(link, "nvlink") && link >= "nvlink4"
}
