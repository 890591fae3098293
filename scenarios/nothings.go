package scenarios

import (
	"cmp"

	"github.com/roofserve/roofserve/sim"
)

// need is what must have happened for a metric to have a value.
type need int

const (
	needsNothing          need = iota
	needsCompletion            // a request that completed
	needsMeasured              // one that came after the warm-up
	needsSession               // a session that began after it and ended with an answer
	needsSecondToken           // such a request with a second output token
	needsPrompt                // a prompt that was looked up in the prefix cache
	needsBlock                 // one that fills a block
	needsPrice                 // a price of the GPUs
	needsTransfer              // a cache that went from a prefill to a decode pool
	needsPricedCompletion      // both that and a request that completed
	needsDraft                 // a draft that was verified
	needs                      // number of them
)

// nothings say for each need why it is not met: empty where it is. They are the one place that decides which
// statistics a result has, so that its JSON, its tables, its expectations and a search for capacity agree.
type nothings [needs]string

func (r *Run) nothings() nothings {
	var none nothings
	if r.Result.Completed == 0 {
		none[needsCompletion] = "no request completed"
	}
	none[needsMeasured] = unless(&r.Result.E2E, none[needsCompletion],
		"no request that arrived after the warm-up completed")
	none[needsSession] = none[needsCompletion]
	if s := r.Result.Sessions; s != nil {
		none[needsSession] = unless(&s.E2E, none[needsCompletion], "no session that began after the warm-up ended with an answer")
	}
	none[needsSecondToken] = unless(&r.Result.TPOT, none[needsMeasured], "no request has a second token")
	none[needsPrompt], none[needsBlock] = r.uncached(none[needsCompletion])
	if h := &r.Scenario.Hardware; h.PricePerHour == 0 && !r.Scenario.source.has("hardware.price_per_hour") {
		none[needsPrice] = h.Device + " has no price: set hardware.price_per_hour"
	}
	if none[needsDraft] = none[needsCompletion]; r.verifications() == 0 {
		none[needsDraft] = cmp.Or(none[needsDraft], "no draft was verified")
	}
	if t := r.Result.Transfers; t == nil || t.FirstToken == (sim.TokenParts{}) {
		none[needsTransfer] = "no request was transferred"
	}
	none[needsPricedCompletion] = cmp.Or(none[needsCompletion], none[needsPrice])
	return none
}

// uncached is why nothing was looked up in the prefix cache: no prompt, no block of one. incomplete is why no
// request completed.
func (r *Run) uncached(incomplete string) (prompt, block string) {
	const off = "prefix caching is off"
	const short = "no layer of the model keeps every token, so that no prefix is cached"
	switch prefix, caching := r.Result.Prefix, r.Scenario.Engine.PrefixCaching; {
	case incomplete != "":
		return incomplete, incomplete
	case r.Parts.Uncached: // the engine looks, and has nothing
		return "", ""
	case caching == nil || !*caching:
		return off, off
	case prefix.Tokens == 0:
		return short, short
	case prefix.Blocks == 0:
		return "", "no prompt fills a block"
	default:
		return "", ""
	}
}

// unless is why a latency was never observed: reason where something else explains it, else otherwise. Empty
// where it was.
func unless(observed *sim.Distribution, reason, otherwise string) string {
	switch {
	case observed.Count > 0:
		return ""
	case reason != "":
		return reason
	default:
		return otherwise
	}
}
