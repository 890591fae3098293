package report

import (
	"encoding/json"

	"github.com/roofserve/roofserve/internal/study/diff"
)

// Diff is the JSON object of two outcomes held against each other.
func Diff(s *diff.Differences) any {
	pairs := make([]any, len(s.Pairs))
	for i := range s.Pairs {
		pairs[i] = pairObject(&s.Pairs[i])
	}
	return object{{"pairs", pairs}, {"only_old", listed(s.OnlyOld)}, {"only_new", listed(s.OnlyNew)}, {"version", Version}}
}

// listed is a list that JSON writes as [] where it is empty.
func listed(names []string) []string { return append([]string{}, names...) }

func pairObject(p *diff.Pair) any {
	changes := make([]any, len(p.Changes))
	for i, c := range p.Changes {
		o := object{{"metric", c.Metric.Key}}
		if c.Class != "" {
			o.set("class", c.Class)
		}
		changes[i] = append(o, object{{"unit", c.Metric.Unit}, {"old", sideObject(&c, c.Old, diff.Gained)},
			{"new", sideObject(&c, c.New, diff.Lost)}, {"delta", orNull(c.Delta)}, {"verdict", c.Verdict}}...)
	}
	keys := make([]any, len(p.Keys))
	for i, k := range p.Keys {
		keys[i] = object{{"key", k.Key}, {"old", rawOrNull(k.Old)}, {"new", rawOrNull(k.New)}}
	}
	parts := make([]any, len(p.Parts))
	for i, part := range p.Parts {
		parts[i] = object{{"name", part.Name}, {"layer", part.Layer}, {"old_ms", part.OldMS}, {"new_ms", part.NewMS}}
	}
	return object{{"case", p.Name}, {"old", outcomeObject(p.Old)}, {"new", outcomeObject(p.New)}, {"metrics", changes},
		{"scenario", keys}, {"step_breakdown", parts}}
}

func outcomeObject(o *diff.Outcome) any {
	return object{{"scenario", o.Scenario}, {"version", o.Version}, {"error", nullWhereEmpty(o.Error)},
		{"step_ms", o.Step.TotalMS}, {"sequences", o.Step.Sequences}, {"mean_context", o.Step.MeanContext}}
}

// sideObject is one side's value; null where the verdict says that this side has none.
func sideObject(c *diff.Change, v diff.Value, without diff.Verdict) any {
	switch {
	case c.Verdict == without:
		return nil
	case v.Interval:
		return object{{"value", v.Point}, {"low", v.Low}, {"high", v.High}}
	default:
		return object{{"value", v.Point}}
	}
}

func rawOrNull(text string) any {
	if text == "" {
		return nil
	}
	return json.RawMessage(text)
}

func nullWhereEmpty(text string) any {
	if text == "" {
		return nil
	}
	return text
}
