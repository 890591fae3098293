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
	// Pools asks for prefill and decode pools beside replicas of whole requests. Of a scenario that has a pool
	// of each role these alone are searched.
	Pools   bool
	MaxGPUs int // of all replicas together
	Goal    Goal
	Jobs    int    // groups that are searched at once
	OnTrial func() // called after each simulation, where set, from several goroutines
}
