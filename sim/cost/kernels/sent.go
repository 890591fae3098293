package kernels

import "github.com/roofserve/roofserve/hw/units"

// Sent is what one rank sends in both directions together, over links and network.
func (s AllToAllShape) Sent() units.Bytes {
	if s.Ranks < 2 {
		return 0
	}
	near, far := s.copies()
	return units.Bytes((near + far) * float64(s.Tokens) *
		(s.dispatchedBytes() + activationBytes*float64(s.Hidden)))
}
