package planning

import (
	"github.com/roofserve/roofserve/scenarios"
	"github.com/roofserve/roofserve/sim"
)

// Choice is a way to serve the model, or one pool of it, apart from the number of replicas.
type Choice struct {
	Device, Weights, Policy string // empty: the scenario's
	Parallel                scenarios.Parallel
	Nodes                   int
	Budget                  int // tokens of a step; 0 for the engine's default
	// GPU, Engine and Format are what these come to; they are found when the choice is examined.
	GPU, Engine, Format string
}

// PerReplica is the number of GPUs of one replica.
func (c *Choice) PerReplica() int { return c.Parallel.TP * c.Parallel.PP * c.Parallel.DP }

// Arrangement is a choice with a number of replicas: of whole requests or, where another computes the
// prompts, of answers.
type Arrangement struct {
	Choice
	Replicas int
	Prefill  *Arrangement // computes the prompts; nil where these replicas do
}

// GPUs of all replicas.
func (a *Arrangement) GPUs() int {
	n := a.PerReplica() * a.Replicas
	if a.Prefill != nil {
		n += a.Prefill.GPUs()
	}
	return n
}

// on is the scenario served so.
func (a *Arrangement) on(s *scenarios.Scenario) (*scenarios.Scenario, error) {
	varied := *s
	if a.Prefill == nil {
		if err := a.set(&varied, [4]string{"hardware.device", "precision.weights", "engine.policy", maxTokens}); err != nil {
			return nil, err
		}
		varied.Parallel = a.Parallel
		varied.Hardware.GPUs, varied.Hardware.Nodes, varied.Hardware.Replicas = a.PerReplica(), a.Nodes, a.Replicas
		return &varied, nil
	}
	if len(s.Pool) == 0 {
		roles := []map[string]any{{"role": sim.Prefill.String()}, {"role": sim.Decode.String()}}
		if err := varied.Set("pool", roles, setter); err != nil {
			return nil, err
		}
	}
	prefill, decode, err := varied.PrefillAndDecode(planSearch)
	if err != nil {
		return nil, err
	}
	if err := a.Prefill.inPool(&varied, prefill); err != nil {
		return nil, err
	}
	return &varied, a.inPool(&varied, decode)
}

// setter stands in messages for what set a key, planSearch for what is about the plans of a scenario, and
// maxTokens is where a step's budget stands.
const (
	setter     = "plan"
	planSearch = "a search over plans"
	maxTokens  = "engine.max_num_batched_tokens"
)

// set sets the choice's names and budget at the paths where a scenario or a pool has them.
func (c *Choice) set(s *scenarios.Scenario, paths [4]string) error {
	for i, name := range []string{c.Device, c.Weights, c.Policy} {
		if name == "" {
			continue
		}
		if err := s.Set(paths[i], name, setter); err != nil {
			return err
		}
	}
	if c.Budget == 0 {
		return nil
	}
	return s.Set(paths[3], c.Budget, setter)
}

// inPool makes the scenario's pool of that number what is arranged.
func (a *Arrangement) inPool(s *scenarios.Scenario, number int) error {
	pool := scenarios.PoolPath(number) + "."
	err := a.set(s, [4]string{pool + "device", pool + "precision.weights", pool + "engine.policy", pool + maxTokens})
	if err != nil {
		return err
	}
	p := &a.Parallel
	for _, key := range []struct {
		name  string
		value any
	}{
		{"parallel", map[string]any{"tp": p.TP, "pp": p.PP, "dp": p.DP, "ep": p.EP}},
		{"gpus", a.PerReplica()}, {"nodes", a.Nodes}, {"replicas", a.Replicas},
	} {
		if err := s.Set(pool+key.name, key.value, setter); err != nil {
			return err
		}
	}
	return nil
}
