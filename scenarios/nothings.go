package scenarios

import "github.com/roofserve/roofserve/sim"

// nothings say why a run's statistics are of nothing: each is empty where there is something. They are the one place that decides
// which statistics a result has, so that its JSON, its tables, its expectations and a search for capacity agree.
type nothings struct {
	run      string // what needs a request that completed
	measured string // what needs one that came after the warm-up
	second   string // what needs such a request with a second output token
	prompt   string // what needs a prompt that was looked up in the prefix cache
	block    string // what needs one that fills a block
	price    string // what needs a price of the GPUs
}

func (r *Run) nothings() nothings {
	var none nothings
	if r.Result.Completed == 0 {
		none.run = "no request completed"
	}
	none.measured = unless(&r.Result.E2E, none.run, "no request that arrived after the warm-up completed")
	none.second = unless(&r.Result.TPOT, none.measured, "no request has a second token")
	none.prompt, none.block = none.run, none.run
	switch prefix, caching := r.Result.Prefix, r.Scenario.Engine.PrefixCaching; {
	case none.run != "":
	case caching == nil || !*caching:
		none.prompt, none.block = "prefix caching is off", "prefix caching is off"
	case prefix.Tokens == 0:
		none.prompt = "no layer of the model keeps every token, so that no prefix is cached"
		none.block = none.prompt
	case prefix.Blocks == 0:
		none.block = "no prompt fills a block"
	}
	if h := &r.Scenario.Hardware; h.PricePerHour == 0 && !r.Scenario.source.has("hardware.price_per_hour") {
		none.price = h.Device + " has no price: set hardware.price_per_hour"
	}
	return none
}

// unless is why a latency was never observed: reason where something else explains it, else otherwise. Empty where it was.
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
