package scenarios

import "github.com/roofserve/roofserve/sim"

// SLO are limits that a request must meet to count for goodput, in ms; 0 for no limit. They are vLLM's --goodput.
type SLO struct {
	TTFT float64 `toml:"ttft_ms" json:"ttft_ms,omitempty"` // time to first token
	TPOT float64 `toml:"tpot_ms" json:"tpot_ms,omitempty"` // time per output token
	E2E  float64 `toml:"e2el_ms" json:"e2el_ms,omitempty"` // end to end
}

// Goodput is the metric that counts the requests a second that met every limit. Only a run with a limit has it.
const Goodput = "request_goodput"

// IsSet tells whether there is any limit.
func (o SLO) IsSet() bool { return o != SLO{} }

// Met tells whether a request met every limit. A single output token has no time per token to exceed.
func (o SLO) Met(f *sim.Finished) bool {
	within := func(got, limit float64) bool { return limit == 0 || got <= limit }
	if f.Failed || !within((f.FirstToken-f.Arrival).Milliseconds(), o.TTFT) || !within((f.LastToken-f.Arrival).Milliseconds(), o.E2E) {
		return false
	}
	return f.Output < 2 || within((f.LastToken-f.FirstToken).Milliseconds()/float64(f.Output-1), o.TPOT)
}

// watch adds a count of the requests that meet the limits to what happens when a request finishes.
func (o SLO) watch(hooks *Hooks) *int {
	good := new(int)
	if !o.IsSet() {
		return good
	}
	next := hooks.OnFinish
	hooks.OnFinish = func(f *sim.Finished) {
		if o.Met(f) {
			*good++
		}
		if next != nil {
			next(f)
		}
	}
	return good
}
