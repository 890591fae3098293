package kernels

import "strings"

// Slowed is a copy of the set in which kernels take longer by one factor and exchanges between GPUs by
// another: the kernels of an engine that has other ones than those which were calibrated.
func (s *Set) Slowed(kernels, exchanges float64) *Set {
	slowed := *s
	for _, law := range slowed.Laws() {
		factor := kernels
		if isExchange(law.Name) {
			factor = exchanges
		}
		for _, p := range law.Law.Parameters() {
			if p.Name == DiscrepancyName {
				*p.Value *= factor
			}
		}
	}
	return &slowed
}

// isExchange tells whether a law is one of data that passes between GPUs.
func isExchange(law string) bool {
	family, _, _ := strings.Cut(law, ".")
	return family == "allreduce" || family == "collective" || family == "alltoall"
}
