package workloads

import (
	"fmt"
	"math"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/internal/fault"
)

// Scale makes requests arrive factor times as fast: every time of arrival is divided by it. A closed loop
// stays as it is.
func Scale(from Source, factor float64) (Source, error) {
	if !(factor > 0) || math.IsInf(factor, 1) {
		return nil, &fault.Error{Key: "rate_scale", Wrong: fmt.Sprintf("%v is not a positive number", factor), Right: "use 2 for twice the load"}
	}
	if _, closed := from.(Closed); closed || factor == 1 {
		return from, nil
	}
	return preserve(&scaled{derived{from: from}, factor}, from, count(from)), nil
}

type scaled struct {
	derived
	factor float64
}

// Next implements Source.
func (s *scaled) Next(r *Request) bool {
	if s.err != nil || !s.from.Next(r) {
		return false
	}
	at := float64(r.Arrival) / s.factor
	if at >= float64(units.Forever)/2 {
		s.err = &fault.Error{Key: "rate_scale", Wrong: "stretches the trace beyond 50 days", Right: "use a larger one, or fewer requests"}
		return false
	}
	r.Arrival = units.Picoseconds(math.RoundToEven(at))
	return true
}
