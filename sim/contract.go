package sim

import "github.com/roofserve/roofserve/sim/contract"

// What a simulation is given and what it gives: see package contract.
type (
	Config       = contract.Config
	Pool         = contract.Pool
	Role         = contract.Role
	PoolResult   = contract.PoolResult
	Finished     = contract.Finished
	Result       = contract.Result
	Distribution = contract.Distribution
	Levels       = contract.Levels
	PrefixStats  = contract.PrefixStats
	Window       = contract.Window
	MeanStep     = contract.MeanStep
)

// The roles of pools.
const (
	Aggregated = contract.Aggregated
)
