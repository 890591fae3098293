package launch

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/roofserve/roofserve/scenarios"
	"github.com/roofserve/roofserve/sim"
	"github.com/roofserve/roofserve/sim/arch"
)

// Args is the command line that starts an engine as a scenario has it: its plan, and the settings that the
// scenario itself gives. Notes name what no flag says.
func Args(s *scenarios.Scenario) (line string, notes []string, err error) {
	if err := s.OnePool("a command line"); err != nil {
		return "", nil, err
	}
	r, parts, err := s.Resolve()
	if err != nil {
		return "", nil, err
	}
	e, err := engineOf(r.Engine.Policy)
	if err != nil {
		return "", nil, err
	}
	tree, err := flatten(r)
	if err != nil {
		return "", nil, err
	}
	words := []string{e.Commands[0]}
	if !e.Positional {
		words = append(words, e.Model[0])
	}
	words = append(words, hubName(s.Model.Name, parts.Model))
	plan := parts.Plan
	if attention := e.dividing(); plan.DP > 1 && (attention != nil || e.AttentionDP != "") {
		tree["parallel.tp"] = float64(plan.TP * plan.DP)
		if attention != nil {
			words = append(words, attention.Names[0])
		} else {
			notes = append(notes, e.AttentionDP)
		}
	}
	for i := range e.Flags {
		f := &e.Flags[i]
		switch {
		case f.SpreadsExperts && plan.EP > 1:
			words = append(words, f.Names[0])
		case f.Key == "engine.max_model_len" && parts.Startable > 0: // without, the engine would not start
			words = append(words, f.Names[0], strconv.Itoa(parts.Startable))
		case strings.HasPrefix(f.Key, "speculative."): // which goes together
		case f.Key == "" || !isPlan(f.Key) && !s.Has(f.Key):
		default:
			words = append(words, f.words(tree[f.Key])...)
		}
	}
	if drafter := parts.Speculation; drafter != nil && drafter.Drafter != nil && r.Speculative.DraftModel != "" {
		tree["speculative.draft_model"] = hubName(r.Speculative.DraftModel, drafter.Drafter)
	}
	drafts, said := e.speculation(tree)
	words, notes = append(words, drafts...), append(notes, said...)
	if n := r.Hardware.Replicas; n > 1 {
		notes = append(notes, fmt.Sprintf("start %d of them behind a router", n))
	}
	return strings.Join(words, " "), notes, nil
}

// PoolArgs is Args for a prefill or decode pool of a scenario, the one of that number.
func PoolArgs(s *scenarios.Scenario, number int) (line string, notes []string, err error) {
	alone := s.PoolAlone(number)
	line, notes, err = Args(alone)
	if err != nil {
		return "", nil, err
	}
	r, _, err := alone.Resolve()
	if err != nil {
		return "", nil, err
	}
	e, err := engineOf(r.Engine.Policy)
	if err != nil {
		return "", nil, err
	}
	if e.Parts != "" {
		return line, append(notes, e.Parts), nil
	}
	words := e.Decode
	if s.Pool[number].Role == sim.Prefill.String() {
		words = e.Prefill
	}
	return strings.Join(append([]string{line}, words...), " "), notes, nil
}

// hubName is a model's name on Hugging Face: the one that the scenario has, or else the catalogue's.
func hubName(named string, m *arch.Model) string {
	if strings.Contains(named, "/") {
		return named
	}
	return cmp.Or(m.ID, m.Name)
}

// isPlan tells whether a key divides the model, which a line says always where it is more than one.
func isPlan(key string) bool { return strings.HasPrefix(key, "parallel.") }

// words are the flag with a value of a resolved scenario; none where the flag would say nothing.
func (f *flag) words(value any) []string {
	switch v := value.(type) {
	case bool:
		if f.Switch != nil && *f.Switch == v {
			return []string{f.Names[0]}
		}
	case float64:
		if f.Switch == nil && !(isPlan(f.Key) && v <= 1) {
			return []string{f.Names[0], strconv.FormatFloat(v, 'f', -1, 64)}
		}
	case []any:
		words := []string{f.Names[0]}
		for _, number := range v {
			words = append(words, fmt.Sprint(number))
		}
		return words
	case string:
		if f.Values == nil {
			return []string{f.Names[0], v}
		}
		best := ""
		for flagged, meant := range f.Values { // the shortest word for it, and of two the first by letter
			if meant == v && (best == "" || len(flagged) < len(best) || len(flagged) == len(best) && flagged < best) {
				best = flagged
			}
		}
		if best != "" {
			return []string{f.Names[0], best}
		}
	}
	return nil
}

// flatten is a resolved scenario as its JSON tells it, under dotted keys.
func flatten(s *scenarios.Scenario) (map[string]any, error) {
	data, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	var tree map[string]any
	if err := json.Unmarshal(data, &tree); err != nil {
		return nil, err
	}
	flat := map[string]any{}
	for name, value := range tree {
		table, _ := value.(map[string]any)
		for key, value := range table {
			flat[name+"."+key] = value
		}
	}
	return flat, nil
}
