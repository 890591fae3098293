package scenarios

import (
	"cmp"
	"math"
	"slices"
)

// Metric is one number of a result. A name with a dot is a key of a nested JSON object.
type Metric struct {
	Name  string
	Value float64 // NaN where there is none, so that whoever overlooks Missing cannot pass it on as a number
	// Missing says why there is no value: nothing happened of which it would be a statistic. Empty where
	// there is one.
	Missing string
}

// JSON is the metric's value in a JSON object: null where it has none.
func (m *Metric) JSON() any {
	if m.Missing != "" {
		return nil
	}
	return m.Value
}

// Values are the metrics that have a value, by name.
func Values(metrics []Metric) map[string]float64 {
	values := make(map[string]float64, len(metrics))
	for _, m := range metrics {
		if m.Missing == "" {
			values[m.Name] = m.Value
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

// judged are the metrics that expectations are held against: the run's, and those of its classes.
func (r *Run) judged() []Metric {
	list := r.Metrics()
	for i := range r.Classes {
		c := &r.Classes[i]
		for _, m := range c.Metrics() {
			m.Name = ofClass(m.Name, c.Name)
			list = append(list, m)
		}
	}
	return list
}

// ofClass is the name of a class's metric among those of a run; the run's own where there is no class.
func ofClass(metric, class string) string {
	if class == "" {
		return metric
	}
	return metric + " of " + class
}

// canonical is the name under which the result has a metric.
func canonical(name string, known []string) (string, bool) {
	if l, statistic := LatencyNamed(name); l != nil {
		name = l.Metric(statistic.Key)
	}
	return name, slices.Contains(known, name)
}

// find is the metric of a name. There is none of a class's where the run did not take place, nor of sessions'
// where no request follows an answer.
func find(metrics []Metric, name string) Metric {
	i := slices.IndexFunc(metrics, func(m Metric) bool { return m.Name == name })
	if i < 0 {
		return statistic(name, 0, cmp.Or(metrics[0].Missing, "no request follows an answer"))
	}
	return metrics[i]
}
