package workloads

import (
	"fmt"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/internal/fault"
)

// Service describes the traffic of a service that people use: its rate swings over the day and the week, and
// its requests are of several kinds.
type Service struct {
	Requests int
	Seed     uint64
	Rate     float64   // requests a second, averaged over a week
	Hours    []float64 // how busy each hour of the day is, in any unit; none: all alike
	Days     []float64 // how busy each day of the week is, likewise
	Kinds    []Kind
}

// Kind is one kind of request of a Service.
type Kind struct {
	Share         float64 // of all requests, in any unit
	Input, Output Lengths
}

// noTraces refuses lengths from a trace, which a Service does not have.
func noTraces(key, trace string) (Source, error) {
	return nil, &fault.Error{Key: key, Wrong: fmt.Sprintf("a service draws no lengths from a trace, as from %q", trace), Right: "use a distribution with parameters"}
}

// Hours of a day, and of a week.
const (
	dayHours  = 24
	weekHours = 7 * dayHours
)

// GenerateService draws a service's requests. They arrive as a Poisson process whose rate is constant within
// each hour.
func GenerateService(spec Service) (Source, error) {
	bad := func(key, wrong, right string) (Source, error) {
		return nil, &fault.Error{Key: key, Wrong: wrong, Right: right}
	}
	switch {
	case spec.Requests < 1:
		return bad("requests", fmt.Sprintf("%d is not a number of requests", spec.Requests), "use at least 1")
	case !(spec.Rate > 0):
		return bad("rate", fmt.Sprintf("%v is no rate", spec.Rate), "use a positive number of requests a second")
	case len(spec.Hours) != 0 && len(spec.Hours) != dayHours:
		return bad("hours", fmt.Sprintf("%d hours in a day", len(spec.Hours)), "give 24 numbers, or none")
	case len(spec.Days) != 0 && len(spec.Days) != weekHours/dayHours:
		return bad("days", fmt.Sprintf("%d days in a week", len(spec.Days)), "give 7 numbers, or none")
	case len(spec.Kinds) == 0:
		return bad("kinds", "no kind of request", "give at least one")
	}
	s := &service{
		arrivals: newStream(spec.Seed, "arrival"), choice: newStream(spec.Seed, "kind"), left: spec.Requests,
	}
	var sum float64
	for hour := range weekHours {
		s.rates[hour] = float64(level(spec.Hours, hour%dayHours) * level(spec.Days, hour/dayHours))
		sum += s.rates[hour]
	}
	for hour, rate := range s.rates {
		if !(rate >= 0) {
			return bad("hours", "a negative rate", "use numbers of at least 0")
		}
		s.rates[hour] = rate / sum * weekHours * spec.Rate
	}
	for i, k := range spec.Kinds {
		random := newStream(spec.Seed, fmt.Sprintf("kind %d", i))
		input, err := newLengths("input", k.Input, random, noTraces)
		if err != nil {
			return nil, err
		}
		output, err := newLengths("output", k.Output, random, noTraces)
		if err != nil {
			return nil, err
		}
		s.total += k.Share
		s.kinds = append(s.kinds, kind{upTo: s.total, input: drawn{lengths: input}, output: drawn{lengths: output}})
	}
	if !(sum > 0) || !(s.total > 0) {
		return bad("kinds", "shares or rates that are all 0", "use positive numbers")
	}
	return struct {
		*service
		length
	}{s, length(spec.Requests)}, nil
}

// level is one of a list of numbers, 1 where there is no list.
func level(list []float64, i int) float64 {
	if len(list) == 0 {
		return 1
	}
	return list[i]
}

type service struct {
	arrivals, choice stream
	rates            [weekHours]float64 // requests a second, by hour of the week
	kinds            []kind
	total            float64 // of the kinds' shares
	left             int
	hour             int     // since the start
	at               float64 // within the hour, in s
	err              error
}

type kind struct {
	upTo          float64 // sum of the shares up to this kind's
	input, output drawn
}

// hourSeconds is an hour in s.
const hourSeconds = 3600

// Next implements Source.
func (s *service) Next(r *Request) bool {
	if s.left == 0 || s.err != nil {
		return false
	}
	// A gap of mean 1 in units of requests expected: as much of it passes in an hour as the hour expects.
	for gap := s.arrivals.exponential(); ; s.hour, s.at = s.hour+1, 0 {
		rate := s.rates[s.hour%weekHours]
		if expected := float64((hourSeconds - s.at) * rate); gap > expected {
			gap -= expected
			continue
		}
		s.at += gap / rate
		break
	}
	if s.hour*hourSeconds > MaxSpan {
		s.err = &fault.Error{Key: "rate", Wrong: "the requests arrive over more than 50 days", Right: "use a higher rate or fewer requests"}
		return false
	}
	k := s.draw()
	*r = Request{
		Arrival: units.Picoseconds(s.hour)*units.Seconds(hourSeconds).Picoseconds() +
			units.Seconds(s.at).Picoseconds(),
		Input: k.input.next(), Output: k.output.next(),
	}
	s.left--
	return true
}

// draw chooses a kind by the shares.
func (s *service) draw() *kind {
	at, last := s.choice.uniform()*s.total, len(s.kinds)-1
	for i := range s.kinds[:last] {
		if at < s.kinds[i].upTo {
			return &s.kinds[i]
		}
	}
	return &s.kinds[last]
}

// Err implements Source.
func (s *service) Err() error { return s.err }
