package planning

import (
	"errors"
	"slices"

	"github.com/roofserve/roofserve/internal/names"
	"github.com/roofserve/roofserve/internal/study/capacity"
	"github.com/roofserve/roofserve/scenarios"
)

// Goal is what the best plan has least or most of.
type Goal string

// The goals.
const (
	FewestGPUs    Goal = "gpus"            // of all replicas
	LeastPrice    Goal = "usd"             // of an hour of all GPUs
	GoodputPerGPU Goal = "goodput_per_gpu" // requests within every limit, a second and GPU
)

// Goals are all goals.
var Goals = []string{string(FewestGPUs), string(LeastPrice), string(GoodputPerGPU)}

// ParseGoal reads a goal; the error says what was most likely meant.
func ParseGoal(text string) (Goal, error) {
	if !slices.Contains(Goals, text) {
		return "", errors.New(names.Suggest(text, Goals))
	}
	return Goal(text), nil
}

// MostGPUs bounds how many GPUs a request may ask for.
const MostGPUs = 4096

// Question says what is to be planned.
type Question struct {
	Scenario   *scenarios.Scenario // its load is served; what the lists below leave out stays as it says
	Objectives []capacity.Objective
	Devices    []string
	Formats    []string // of the weights
	Policies   []string // engines
	Budgets    []int    // tokens of a step; each beside the engine's own default
	MaxGPUs    int      // of all replicas together
	Goal       Goal
	Jobs       int    // groups that are searched at once
	OnTrial    func() // called after each simulation, where set, from several goroutines
}

// Choice is a way to serve the model, apart from the number of replicas.
type Choice struct {
	Device, Weights, Policy string // empty: the scenario's
	Parallel                scenarios.Parallel
	Nodes                   int
	Budget                  int // tokens of a step; 0 for the engine's default
	// GPU, Engine and Format are what these come to; they are found when the choice is examined.
	GPU, Engine, Format string
}

// GPUs of one replica.
func (c *Choice) GPUs() int { return c.Parallel.TP * c.Parallel.PP * c.Parallel.DP }

// on is the scenario served so, by some replicas.
func (c *Choice) on(s *scenarios.Scenario, replicas int) (*scenarios.Scenario, error) {
	varied := *s
	for _, key := range []struct{ path, value string }{
		{"hardware.device", c.Device}, {"precision.weights", c.Weights}, {"engine.policy", c.Policy},
	} {
		if key.value == "" {
			continue
		}
		if err := varied.Set(key.path, key.value, "plan"); err != nil {
			return nil, err
		}
	}
	if c.Budget > 0 {
		if err := varied.Set("engine.max_num_batched_tokens", c.Budget, "plan"); err != nil {
			return nil, err
		}
	}
	varied.Parallel = c.Parallel
	varied.Hardware.GPUs, varied.Hardware.Nodes, varied.Hardware.Replicas = c.GPUs(), c.Nodes, replicas
	return &varied, nil
}
