package scenarios

import "github.com/roofserve/roofserve/workloads"

// Limits on plain numbers, wide enough for any machine on Earth and narrow enough that products of them stay
// numbers.
const (
	maxGPUs   = 100_000
	maxTokens = 100_000_000
	maxCount  = 10_000_000_000
	maxRate   = 1e6
	maxTime   = workloads.MaxSpan // seconds; half of what the clock holds
)

// Validate reports the first mistake that can be seen without looking up a model, a device or a trace.
func (s *Scenario) Validate() error {
	for _, check := range []func() error{
		s.checkRanges, s.checkModel, s.checkNames, s.checkPools, s.checkWorkload, s.checkSynthetic,
		s.checkClasses, s.checkExpectations,
	} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

// checkRanges checks every number that the user gave; a key that is left out is in no range.
func (s *Scenario) checkRanges() error {
	for path, k := range s.given() {
		if k.within == nil || k.within.late {
			continue
		}
		if v := number(s.value(path)); !k.within.holds(v) {
			return s.source.faultf(path, "use "+k.within.words, "%v is out of range", v)
		}
	}
	return nil
}

// checkNames checks every key whose value is one of a fixed set of names.
func (s *Scenario) checkNames() error {
	for path, k := range s.given() {
		if k.names == nil {
			continue
		}
		if name := s.value(path).String(); !k.names.has(name) {
			return s.source.unknown(path, k.names.kind, name, k.names.list())
		}
	}
	return nil
}
