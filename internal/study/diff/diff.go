package diff

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/roofserve/roofserve/internal/portable"
	"github.com/roofserve/roofserve/scenarios"
)

// Differences are two outcomes, or two sweeps, side by side.
type Differences struct {
	Pairs            []Pair   // what both have, in the order of the old
	OnlyOld, OnlyNew []string // cases of sweeps that the other lacks, by their settings
}

// Pair is one outcome that both sides have.
type Pair struct {
	Name     string // the settings of a sweep's case; empty for a run
	Old, New *Outcome
	Changes  []Change     // one for each metric that either side has, in the order of the metrics' table
	Keys     []KeyChange  // of the scenario, in alphabetical order
	Parts    []PartChange // of the mean decode step, the largest first
}

// Verdict says what became of a metric.
type Verdict string

// The verdicts. Where the metric has no better direction, a change is Moved.
const (
	Same    Verdict = "same"    // equal to the last digit
	Unclear Verdict = "unclear" // the intervals overlap
	Better  Verdict = "better"
	Worse   Verdict = "worse"
	Moved   Verdict = "moved"
	Gained  Verdict = "gained" // the old outcome has no such value
	Lost    Verdict = "lost"   // the new one has none
)

// Change is one metric on both sides.
type Change struct {
	Metric   *scenarios.Definition
	Class    string  // of clients, whose metric it is; empty for that of all requests
	Old, New Value   // the zero Value where a side has none
	Delta    float64 // as a share of the old; NaN where the old is 0 or either side has none
	Verdict  Verdict
}

// KeyChange is a key of the scenario that the sides set differently.
type KeyChange struct {
	Key      string
	Old, New string // as JSON writes them; empty where a side has no such key
}

// PartChange is what became of one kind of work in the mean decode step.
type PartChange struct {
	Name, Layer  string
	OldMS, NewMS float64 // 0 where a side has no such work
}

// Outcomes pairs the outcomes of two sides. A single run on each side is a pair, whatever both are called;
// cases of sweeps are paired by their settings. Two sides with nothing in common are an error.
func Outcomes(older, newer []Outcome) (*Differences, error) {
	if len(older) == 1 && len(newer) == 1 {
		return &Differences{Pairs: []Pair{pair("", &older[0], &newer[0])}}, nil
	}
	study := &Differences{}
	other := map[string]*Outcome{}
	for i := range newer {
		other[scenarios.SettingsText(newer[i].Settings)] = &newer[i]
	}
	for i := range older {
		name := scenarios.SettingsText(older[i].Settings)
		if match, both := other[name]; both {
			study.Pairs = append(study.Pairs, pair(name, &older[i], match))
			delete(other, name)
		} else {
			study.OnlyOld = append(study.OnlyOld, name)
		}
	}
	for i := range newer {
		if name := scenarios.SettingsText(newer[i].Settings); other[name] != nil {
			study.OnlyNew = append(study.OnlyNew, name)
		}
	}
	if len(study.Pairs) == 0 {
		return nil, fmt.Errorf("no case of the one has the settings of a case of the other: %q and %q",
			study.OnlyOld[0], study.OnlyNew[0])
	}
	return study, nil
}

func pair(name string, older, newer *Outcome) Pair {
	return Pair{Name: name, Old: older, New: newer,
		Changes: changes(older, newer),
		Keys:    keyChanges(older.Keys, newer.Keys),
		Parts:   partChanges(older.Step.Operators, newer.Step.Operators)}
}

func changes(older, newer *Outcome) (list []Change) {
	add := func(d *scenarios.Definition, class string) {
		subject := scenarios.Subject(d.Key, class)
		before, had := older.Values[subject]
		after, has := newer.Values[subject]
		if !had && !has {
			return
		}
		c := Change{Metric: d, Class: class, Old: before, New: after, Delta: math.NaN()}
		if had && has && before.Point != 0 {
			c.Delta = after.Point/before.Point - 1
		}
		c.Verdict = verdict(d.Better, before, after, had, has)
		list = append(list, c)
	}
	for i := range scenarios.Definitions {
		add(&scenarios.Definitions[i], "")
	}
	for _, class := range union(older.Classes, newer.Classes) {
		for _, key := range scenarios.ClassMetricNames() {
			add(scenarios.DefineClass(key), class)
		}
	}
	return list
}

// union is what either list has, each once.
func union(a, b []string) []string {
	list := slices.Clone(a)
	for _, name := range b {
		if !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	return list
}

func verdict(better scenarios.Direction, before, after Value, had, has bool) Verdict {
	switch {
	case !had:
		return Gained
	case !has:
		return Lost
	case before == after:
		return Same
	case (before.Interval || after.Interval) && before.Low <= after.High && after.Low <= before.High:
		return Unclear
	case better == scenarios.Either || before.Point == after.Point:
		return Moved
	case (after.Point > before.Point) == (better == scenarios.Higher):
		return Better
	default:
		return Worse
	}
}

func keyChanges(older, newer map[string]string) []KeyChange {
	all := maps.Clone(older)
	maps.Copy(all, newer)
	var list []KeyChange
	for _, key := range slices.Sorted(maps.Keys(all)) {
		if older[key] != newer[key] {
			list = append(list, KeyChange{key, older[key], newer[key]})
		}
	}
	return list
}

// partChanges adds up the work of one name and layer, which a step may list several times.
func partChanges(older, newer []Operator) []PartChange {
	var list []PartChange
	add := func(o Operator, into func(*PartChange)) {
		i := slices.IndexFunc(list, func(p PartChange) bool { return p.Name == o.Name && p.Layer == o.Layer })
		if i < 0 {
			i = len(list)
			list = append(list, PartChange{Name: o.Name, Layer: o.Layer})
		}
		into(&list[i])
	}
	for _, o := range older {
		add(o, func(p *PartChange) { p.OldMS += o.TimeMS })
	}
	for _, o := range newer {
		add(o, func(p *PartChange) { p.NewMS += o.TimeMS })
	}
	slices.SortStableFunc(list, func(a, b PartChange) int {
		return cmp.Compare(math.Abs(b.NewMS-b.OldMS), math.Abs(a.NewMS-a.OldMS))
	})
	return list
}

// Typical is the geometric mean of a metric's ratios of new to old over all pairs in which both sides have a
// value above 0, and how many these are.
func (s *Differences) Typical(metric string) (ratio float64, pairs int) {
	sum := 0.0
	for i := range s.Pairs {
		for _, c := range s.Pairs[i].Changes {
			if c.Metric.Key == metric && c.Class == "" && c.Old.Point > 0 && c.New.Point > 0 {
				sum += portable.Log(c.New.Point / c.Old.Point)
				pairs++
			}
		}
	}
	return portable.Exp(sum / float64(max(pairs, 1))), pairs
}
