package diff

import "github.com/roofserve/roofserve/scenarios"

// Outcome is what one run, or one case of a sweep, gave.
type Outcome struct {
	Scenario string              // its name
	Settings []scenarios.Setting // of a sweep's case; none of a run
	Error    string              // why there is no result; empty where there is one
	Version  string              // of the program
	Classes  []string            // of clients, whose metrics are told apart
	Values   map[string]Value    // by the metric's subject; a statistic of nothing is left out
	Keys     map[string]string   // the resolved scenario: dotted key to value, as JSON writes it
	Step     Step                // the mean decode step
}

// Value is a metric, in its own unit, with the interval that the errors of the cost model leave it.
type Value struct {
	Point     float64
	Low, High float64 // equal to Point where Interval is false
	Interval  bool
}

// Step is a mean decode step.
type Step struct {
	Sequences   float64 // that decode in it
	MeanContext float64 // tokens
	TotalMS     float64
	Operators   []Operator
}

// Operator is the time that one kind of work takes in a step.
type Operator struct {
	Name   string // as "gemm qkv"
	Layer  string // where it stands: attention, experts, head …
	TimeMS float64
}
