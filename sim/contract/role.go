package contract

// Role is which part of requests the replicas of a pool compute.
type Role int

// The roles.
const (
	Aggregated Role = iota // whole requests
	Prefill                // prompts, for decode pools
	Decode                 // what comes after prompts that prefill pools have computed
)

var roleNames = [...]string{Aggregated: "aggregated", Prefill: "prefill", Decode: "decode"}

// String is the role's name.
func (r Role) String() string { return roleNames[r] }
