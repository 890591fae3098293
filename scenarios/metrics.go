package scenarios

import (
	"cmp"
	"math"
	"slices"
)

// Metric is one number of a result. A name with a dot is a key of a nested JSON object.
type Metric struct {
	Name  string
	Class string  // of clients, whose metric it is; empty for that of all requests
	Value float64 // NaN where there is none, so that whoever overlooks Missing cannot pass it on as a number
	// Missing says why there is no value: nothing happened of which it would be a statistic. Empty where
	// there is one.
	Missing string
}

// Subject is the metric's name among those of all classes: "p99_ttft_ms of interactive".
func (m *Metric) Subject() string { return Subject(m.Name, m.Class) }

// Subject is the name of a class's metric among those of all; the metric's own where the class is empty.
func Subject(metric, class string) string {
	if class == "" {
		return metric
	}
	return metric + " of " + class
}

// definition is that of the metric, of all requests or of a class.
func (m *Metric) definition() *Definition {
	if m.Class != "" {
		return DefineClass(m.Name)
	}
	return Define(m.Name)
}

// JSON is the metric's value in a JSON object: null where it has none.
func (m *Metric) JSON() any {
	if m.Missing != "" {
		return nil
	}
	return m.Value
}

// Values are the metrics that have a value, by their subjects.
func Values(metrics []Metric) map[string]float64 {
	values := make(map[string]float64, len(metrics))
	for _, m := range metrics {
		if m.Missing == "" {
			values[m.Subject()] = m.Value
		}
	}
	return values
}

// statistic is a metric of what happened; missing, where it is not empty, says why nothing of the kind did.
func statistic(name string, value float64, missing string) Metric {
	if missing != "" {
		value = math.NaN()
	}
	return Metric{Name: name, Value: value, Missing: missing}
}

// Metrics are a run's numbers in the order of Definitions, but for those of tables that its scenario does not
// have, and those of sessions where no request follows an answer.
func (r *Run) Metrics() []Metric {
	none := r.nothings()
	list := make([]Metric, 0, len(Definitions))
	for i := range Definitions {
		d := &Definitions[i]
		if d.in(r.Scenario) && (d.table != ofSessions || r.Result.Sessions != nil) {
			list = append(list, statistic(d.Key, d.value(r), none[d.needs]))
		}
	}
	return list
}

// AllMetrics are the run's numbers, and those of its classes.
func (r *Run) AllMetrics() []Metric {
	list := r.Metrics()
	for i := range r.Classes {
		c := &r.Classes[i]
		if c.Name == "" {
			continue // of requests of none, which nothing is said about by name
		}
		for _, m := range c.Metrics() {
			m.Class = c.Name
			list = append(list, m)
		}
	}
	return list
}

// canonical is the name under which the result has a metric.
func canonical(name string, known []string) (string, bool) {
	if l, statistic := LatencyNamed(name); l != nil {
		name = l.Metric(statistic.Key)
	}
	return name, slices.Contains(known, name)
}

// find is the metric of a name and a class. There is none of a class's where the run did not take place, nor
// of sessions' where no request follows an answer.
func find(metrics []Metric, name, class string) Metric {
	i := slices.IndexFunc(metrics, func(m Metric) bool { return m.Name == name && m.Class == class })
	if i < 0 {
		m := statistic(name, 0, cmp.Or(metrics[0].Missing, "no request follows an answer"))
		m.Class = class
		return m
	}
	return metrics[i]
}
