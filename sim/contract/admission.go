package contract

import "github.com/roofserve/roofserve/hw/units"

// Admission is what a gateway before the router decides: who is let in, and who is given up. Nothing is lost:
// every request completes, fails, is rejected or times out.
type Admission struct {
	Policy string // one of the policies
	// MaxQueue is how many requests may wait at all replicas together when another is let in: of any under
	// QueueLimit, of those with a priority beyond ShedAbove under TierShed.
	MaxQueue  int
	ShedAbove int
	// Capacity is how many tokens a TokenBucket holds, and Refill how many come back in a second. A request
	// takes those of its prompt.
	Capacity, Refill float64
	// FirstTokenTimeout and RequestTimeout are how long the gateway waits for a request's first and last token
	// since it let it in; 0 is for ever.
	FirstTokenTimeout, RequestTimeout units.Picoseconds
	// Retries is how often a client sends a request anew that was rejected or timed out: after Backoff, then
	// after twice that, and so on.
	Retries int
	Backoff units.Picoseconds
}

// The admission policies. That of tiers and the bucket are those of inference-sim (BLIS), sim/admission.go.
const (
	AdmitAlways = "always"
	TokenBucket = "token-bucket"
	QueueLimit  = "queue-limit"
	TierShed    = "tier-shed"
)

// AdmissionPolicies lists them.
func AdmissionPolicies() []string { return []string{AdmitAlways, TokenBucket, QueueLimit, TierShed} }

// MostRetries bounds Admission.Retries, so that waits which double can be counted.
const MostRetries = 10

// GivesUp tells whether a request may time out.
func (a *Admission) GivesUp() bool { return a.FirstTokenTimeout > 0 || a.RequestTimeout > 0 }
