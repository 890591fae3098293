package explain

import (
	"fmt"
	"strings"

	"github.com/roofserve/roofserve/internal/fault"
	"github.com/roofserve/roofserve/scenarios"
)

// Rule says which of the ways to divide a model over its GPUs (scenarios.Divisions) is taken.
type Rule string

// The rules. Ways that hold the whole step's sequences come before those that hold only the weights.
const (
	AsGiven Rule = ""        // as the scenario is run
	Best    Rule = "best"    // the step is fastest
	Memory  Rule = "memory"  // most sequences of the step's context fit
	Latency Rule = "latency" // a step of one sequence is fastest
	Fixed   Rule = "fixed"   // the first that the model can be divided in: the one that deployments start with
)

// Rules lists those that have a name, the default first.
var Rules = []Rule{Best, Memory, Latency, Fixed}

// ParseRule is the rule of a name; flag stands in the message.
func ParseRule(name, flag string) (Rule, error) {
	var names []string
	for _, r := range Rules {
		if string(r) == name {
			return r, nil
		}
		names = append(names, string(r))
	}
	return "", &fault.Error{File: flag + " " + name, Wrong: "is no way to choose a plan",
		Right: "use " + strings.Join(names, ", ")}
}

// Choose opens up a step under the plan that a rule chooses for it, and says what drafts give to it. A
// scenario that says how to divide its model is divided so under every rule.
func Choose(s *scenarios.Scenario, step Step, rule Rule) (*Explanation, error) {
	e, err := chosen(s, step, rule)
	if err != nil {
		return nil, err
	}
	return e.withPayoff()
}

func chosen(s *scenarios.Scenario, step Step, rule Rule) (*Explanation, error) {
	if rule == AsGiven || divided(s) {
		return Explain(s, step)
	}
	ways, err := waysOf(s)
	if err != nil {
		return nil, err
	}
	asked := step
	if rule == Latency {
		asked.Batch = 1
	}
	var best *Explanation
	for _, p := range ways {
		if p.PP > asked.Batch {
			continue // a stage would idle
		}
		changed, err := under(s, p)
		if err != nil {
			return nil, err
		}
		e, err := Explain(changed, asked)
		if err != nil {
			continue // this model cannot be divided so
		}
		if best == nil || better(e, best, rule) {
			best = e
		}
		if rule == Fixed {
			break
		}
	}
	if best == nil {
		return Explain(s, step)
	}
	if asked != step {
		return Explain(best.Scenario, step)
	}
	return best, nil
}

// waysOf are the ways to divide a scenario's model over its GPUs, or over the fewest that hold it.
func waysOf(s *scenarios.Scenario) ([]scenarios.Parallel, error) {
	gpus := s.Hardware.GPUs
	if gpus == 0 {
		r, _, err := s.Resolve()
		if err != nil {
			return nil, err
		}
		gpus = r.Hardware.GPUs
	}
	model, device, err := s.Served()
	if err != nil {
		return nil, err
	}
	return scenarios.Divisions(gpus, device.GPUsPerNode, scenarios.ExpertLayer(model) != nil), nil
}

// under is a scenario whose model is divided in one way.
func under(s *scenarios.Scenario, p scenarios.Parallel) (*scenarios.Scenario, error) {
	label := fmt.Sprintf("tp %d, pp %d, dp %d, ep %d", p.TP, p.PP, p.DP, p.EP)
	return with(s, label, "hardware.gpus", p.TP*p.PP*p.DP,
		"parallel.tp", p.TP, "parallel.pp", p.PP, "parallel.dp", p.DP, "parallel.ep", p.EP)
}

// better tells whether a step is preferable under a rule.
func better(a, b *Explanation, rule Rule) bool {
	switch {
	case a.Fits() != b.Fits():
		return a.Fits()
	case a.WeightsFit() != b.WeightsFit():
		return a.WeightsFit()
	case rule == Memory && a.Capacity() != b.Capacity():
		return a.Capacity() > b.Capacity()
	default:
		return a.Time < b.Time
	}
}
