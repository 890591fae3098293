package scenarios

import "slices"

// Definition says what a metric is. Definitions is the one table of them: results in JSON, expectations, CSV
// files, the tables of sweeps and docs/reference/metrics.md are all made from it.
type Definition struct {
	Key     string // in the JSON object of a result; a dot leads into an object inside it
	Title   string // as in "output throughput"
	Unit    string // "ms", "tokens/s", "share"; of a count, what is counted
	Scope   Scope
	Better  Direction
	Column  string // heads its column in the tables of sweeps for people, which leave out metrics without one
	Meaning string // one sentence
	table   string // without which a scenario's result does not have it; empty where all have
	needs   need
	value   func(*Run) float64
}

// Scope is the part of a deployment that a metric describes.
type Scope string

// The scopes, from large to small.
const (
	OfSystem  Scope = "system"  // all replicas together
	OfReplica Scope = "replica" // one of them
	OfRank    Scope = "rank"    // one data-parallel rank of a replica
	OfGPU     Scope = "GPU"     // the one that holds most
	OfModel   Scope = "model"   // counted once, however many ranks hold copies
)

// Direction tells which of two values of a metric is better where all else is equal.
type Direction string

// The directions. Levels and what only follows from the workload have none.
const (
	Either Direction = ""
	Higher Direction = "higher"
	Lower  Direction = "lower"
)

// Definitions are all metrics in the order of the JSON object. Names and definitions are those of vllm bench
// serve, with SGLang's concurrency and input_throughput added.
var Definitions = slices.Concat(
	requestMetrics, latencyMetrics(), levelMetrics(), engineMetrics, speculativeMetrics, admissionMetrics,
	routerMetrics, sessionMetrics, memoryMetrics, priceMetrics, partMetrics())

// Optional tells whether files of many cases leave the metric out where none has it.
func (d *Definition) Optional() bool { return d.table == poolTable.path }

// Define is the definition of the metric with a key; nil where there is none.
func Define(key string) *Definition {
	i := slices.IndexFunc(Definitions, func(d Definition) bool { return d.Key == key })
	if i < 0 {
		return nil
	}
	return &Definitions[i]
}

// in tells whether a scenario's result has the metric.
func (d *Definition) in(s *Scenario) bool {
	switch d.table {
	case sloTable.path:
		return s.SLO.IsSet()
	case speculativeTable.path:
		return s.Speculative.Method != ""
	case admissionTable.path:
		return s.Admission.IsSet()
	case routerTable.path:
		return s.Router.IsSet()
	case poolTable.path:
		return s.parted()
	}
	return true
}

// MetricNames lists the keys of all metrics, those included which only the results of scenarios with a
// certain table have.
func MetricNames() []string {
	list := make([]string, len(Definitions))
	for i := range Definitions {
		list[i] = Definitions[i].Key
	}
	return list
}
