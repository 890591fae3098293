package contract

// Role is which part of requests the replicas of a pool compute.
type Role int

// The roles.
const (
	Aggregated Role = iota // whole requests
)

var roleNames = [...]string{Aggregated: "aggregated"}

// String is the role's name.
func (r Role) String() string { return roleNames[r] }
