package sim

import (
	"github.com/roofserve/roofserve/sim/contract"
	"github.com/roofserve/roofserve/sim/metrics"
)

// What a simulation is given and what it gives: see package contract.
type (
	Config       = contract.Config
	Pool         = contract.Pool
	Role         = contract.Role
	Exchange     = contract.Exchange
	Desk         = contract.Desk
	Admission    = contract.Admission
	Watching     = contract.Watching
	Landing      = contract.Landing
	Begun        = contract.Begun
	Move         = contract.Move
	GateStats    = contract.GateStats
	Transfers    = contract.Transfers
	TokenParts   = contract.TokenParts
	PoolResult   = contract.PoolResult
	Finished     = contract.Finished
	Result       = contract.Result
	Distribution = contract.Distribution
	Levels       = contract.Levels
	PrefixStats  = contract.PrefixStats
	SessionStats = contract.SessionStats
	Window       = contract.Window
	MeanStep     = contract.MeanStep
)

// The roles of pools, and the ends of Exchange.Local.
const (
	Aggregated = contract.Aggregated
	Prefill    = contract.Prefill
	Decode     = contract.Decode
	Never      = contract.Never
	Always     = contract.Always
)

// The policies of a gateway.
const (
	AdmitAlways = contract.AdmitAlways
	TokenBucket = contract.TokenBucket
	QueueLimit  = contract.QueueLimit
	TierShed    = contract.TierShed
)

// MostRetries bounds how often a client sends a request anew.
const MostRetries = contract.MostRetries

// AdmissionPolicies lists them.
func AdmissionPolicies() []string { return contract.AdmissionPolicies() }

// DistributionOf joins what a sketch and exact moments know of one latency, in picoseconds.
func DistributionOf(s *metrics.Sketch, m *metrics.Moments) Distribution {
	return contract.DistributionOf(s, m)
}

// PsPerMs converts the picoseconds of sketches to the milliseconds of results.
const PsPerMs = contract.PsPerMs
