package kernels

import "github.com/roofserve/roofserve/hw/units"

// Abroad lets NCCL's rings through several nodes take further longer than by themselves. Within a model each
// waits for a thread of the host that feeds the network, and for the last of its ranks, which have come from
// kernels of their own.
func (s *Set) Abroad(further units.Seconds) {
	for _, l := range []*RingLaw{&s.AllReduce.NCCL, &s.Collective.Gather, &s.Collective.Scatter} {
		l.Abroad = further
	}
}
