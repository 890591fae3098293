package scenarios

import (
	"cmp"
	"strconv"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim"
)

// AdmissionTable is a gateway before the router: which requests it lets in, and how long it waits for them.
// Times are in s, capacities in tokens, the refill in tokens a second.
type AdmissionTable struct {
	Policy         string  `toml:"policy" json:"policy,omitempty"`
	MaxQueue       *int    `toml:"max_queue" json:"max_queue,omitempty"`
	ShedAbove      int     `toml:"shed_above" json:"shed_above,omitempty"`
	Capacity       float64 `toml:"capacity_tokens" json:"capacity_tokens,omitempty"`
	Refill         float64 `toml:"refill_tokens_per_s" json:"refill_tokens_per_s,omitempty"`
	TTFTTimeout    float64 `toml:"ttft_timeout_s" json:"ttft_timeout_s,omitempty"`
	RequestTimeout float64 `toml:"request_timeout_s" json:"request_timeout_s,omitempty"`
	Retries        int     `toml:"client_retries" json:"client_retries,omitempty"`
	Backoff        float64 `toml:"backoff_s" json:"backoff_s,omitempty"`
}

// defaultBackoff is what OpenAI's client for Python waits before it tries again, in s (INITIAL_RETRY_DELAY).
const defaultBackoff = 0.5

// instant is the shortest time that a key in seconds may be above 0: a microsecond.
const instant = 1e-6

var pauses = &span{min: instant, max: maxTime, words: "a number from 1e-06 to 4.32e+06"}

var admissionTable = table{
	path: "admission",
	does: "A gateway before the router: which requests it lets in, and how long it waits for them. With it the result has an " +
		"`admission` object, and every request completes, fails, is rejected or times out. See [routing.md](../explanation/routing.md).",
	choice: "policy",
	example: `[admission]
policy = "queue-limit"
max_queue = 200
request_timeout_s = 60
client_retries = 2
`,
	keys: []key{{
		name: "policy", names: oneOf("admission policy", sim.AdmissionPolicies()...), unset: strconv.Quote(sim.AdmitAlways),
		does: "`queue-limit` lets a request in while fewer than `max_queue` wait at all replicas together, `tier-shed` those " +
			"of a priority up to `shed_above` in any case, `token-bucket` while a bucket has tokens for its prompt.",
		example: strconv.Quote(sim.QueueLimit),
	}, {
		name: "max_queue", unit: "requests", with: []string{sim.QueueLimit, sim.TierShed}, within: between(0, maxCount),
		unset:   "required",
		does:    "How many requests may wait.",
		example: "200",
	}, {
		name: "shed_above", with: []string{sim.TierShed}, within: between(-1<<31, 1<<31-1), unset: "0",
		does:    "The priority up to which requests are always let in: as in vLLM the smaller one is the more urgent.",
		example: "1",
	}, {
		name: "capacity_tokens", unit: "tokens", with: []string{sim.TokenBucket}, within: positive(maxCount), unset: "required",
		does:    "What the bucket holds, which is full at first. A longer prompt is never let in.",
		example: "200000",
	}, {
		name: "refill_tokens_per_s", unit: "tokens/s", with: []string{sim.TokenBucket}, within: positive(maxCount), unset: "required",
		does:    "What comes back into the bucket.",
		example: "50000",
	}, {
		name: "ttft_timeout_s", unit: "s", within: pauses, unset: "none",
		does:    "A request without a first token is given up so long after it was let in, and frees its blocks.",
		example: "10",
	}, {
		name: "request_timeout_s", unit: "s", within: pauses, unset: "none",
		does:    "A request that is not answered is given up so long after it was let in, and frees its blocks.",
		example: "60",
	}, {
		name: "client_retries", unit: "times", within: between(0, sim.MostRetries), unset: "0",
		does:    "How often a client sends a request anew that was rejected or given up.",
		example: "2",
	}, {
		name: "backoff_s", unit: "s", within: pauses, unset: strconv.FormatFloat(defaultBackoff, 'g', -1, 64),
		does:    "How long it waits before the first time; before each further one twice as long.",
		example: "1",
	}},
}

// IsSet tells whether the scenario has such a table.
func (a *AdmissionTable) IsSet() bool { return *a != AdmissionTable{} }

// resolveAdmission decides the policy and refuses what it does not look at, or lacks.
func (s *Scenario) resolveAdmission() error {
	a := &s.Admission
	if !a.IsSet() {
		return nil
	}
	a.Policy = cmp.Or(a.Policy, sim.AdmitAlways)
	if err := s.checkMeanings(&admissionTable, a.Policy); err != nil {
		return err
	}
	for i := range admissionTable.keys {
		k := &admissionTable.keys[i]
		path := admissionTable.path + "." + k.name
		if k.unset == "required" && k.means(a.Policy) && !s.source.has(path) {
			return s.source.faultf(path, "set it, as in "+k.name+" = "+k.example, "is missing, which %s goes by", a.Policy)
		}
	}
	waits := a.TTFTTimeout > 0 || a.RequestTimeout > 0
	switch {
	case a.Retries == 0 && s.source.has("admission.backoff_s"):
		return s.source.fault("admission.backoff_s", "means nothing where no client tries again", "set client_retries")
	case a.Retries > 0 && !waits && a.Policy == sim.AdmitAlways:
		return s.source.fault("admission.client_retries", "means nothing where no request is rejected or given up",
			"set a policy or a timeout")
	case a.Retries > 0:
		a.Backoff = cmp.Or(a.Backoff, defaultBackoff)
	}
	return nil
}

// admission is the gateway of a simulation; nil without.
func (s *Scenario) admission() *sim.Admission {
	t := &s.Admission
	if !t.IsSet() {
		return nil
	}
	ps := func(seconds float64) units.Picoseconds { return units.Seconds(seconds).Picoseconds() }
	a := &sim.Admission{Policy: t.Policy, ShedAbove: t.ShedAbove, Capacity: t.Capacity, Refill: t.Refill,
		FirstTokenTimeout: ps(t.TTFTTimeout), RequestTimeout: ps(t.RequestTimeout), Retries: t.Retries,
		Backoff: ps(t.Backoff)}
	if t.MaxQueue != nil {
		a.MaxQueue = *t.MaxQueue
	}
	return a
}

// admissionMetrics say what a gateway did.
var admissionMetrics = []Definition{
	{
		Key: "admission.rejected", Title: "rejected requests", Unit: "requests", Scope: OfSystem, Better: Lower, table: "admission",
		Meaning: "Requests that the gateway did not let in, the last time that their client sent them.",
		value:   func(r *Run) float64 { return float64(r.Result.Gate.Rejected) },
	}, {
		Key: "admission.timed_out", Title: "requests given up", Unit: "requests", Scope: OfSystem, Better: Lower, table: "admission",
		Meaning: "Requests that were given up because their first or last token did not come in time, the last time that their " +
			"client sent them.",
		value: func(r *Run) float64 { return float64(r.Result.Gate.TimedOut) },
	}, {
		Key: "admission.retried", Title: "sendings after the first", Unit: "sendings", Scope: OfSystem, Better: Lower, table: "admission",
		Meaning: "How often clients sent a request anew.",
		value:   func(r *Run) float64 { return float64(r.Result.Gate.Retried) },
	},
}
