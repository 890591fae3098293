package kernels

import "strings"

// Slowed is a copy of the set in which kernels take longer by one factor and exchanges between GPUs by
// another: the kernels of an engine that has other ones than those which were calibrated.
func (s *Set) Slowed(kernels, exchanges float64) *Set {
	return s.Scaled(kernels, func(law string) bool { return !isExchange(law) }).Scaled(exchanges, isExchange)
}

// Scaled is a copy of the set in which the laws of some names take longer by a factor.
func (s *Set) Scaled(factor float64, of func(law string) bool) *Set {
	scaled := *s
	for _, law := range scaled.Laws() {
		if !of(law.Name) {
			continue
		}
		for _, p := range law.Law.Parameters() {
			if p.Name == DiscrepancyName {
				*p.Value *= factor
			}
		}
	}
	return &scaled
}

// isExchange tells whether a law is one of data that passes between GPUs.
func isExchange(law string) bool {
	family, _, _ := strings.Cut(law, ".")
	return family == "allreduce" || family == "collective" || family == "alltoall"
}
