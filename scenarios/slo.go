package scenarios

import (
	"slices"

	"github.com/roofserve/roofserve/sim"
)

// SLO are limits that a request must meet to count for goodput, as vLLM's --goodput has them:
// in ms, 0 for none.
type SLO struct {
	TTFT float64 `toml:"ttft_ms" json:"ttft_ms,omitempty"`
	TPOT float64 `toml:"tpot_ms" json:"tpot_ms,omitempty"`
	TBT  float64 `toml:"tbt_ms" json:"tbt_ms,omitempty"`
	E2E  float64 `toml:"e2el_ms" json:"e2el_ms,omitempty"`
	// Classes have limits of their own.
	Classes []SLOClass `toml:"class" json:"class,omitempty"`
}

var sloTable = table{
	path: "slo",
	does: "Limits of goodput (`request_goodput`): the requests a second that meet every one of them.",
	example: `[slo]
ttft_ms = 1000
tpot_ms = 50
`,
	keys: limitKeys("no limit"),
}

// limitKeys are those of limits on a request's latencies, with what stands for one that is left out.
func limitKeys(unset string) []key {
	return []key{{
		name: "ttft_ms", unit: "ms", within: positive(maxTime * 1e3), unset: unset,
		does:    "Time to the first token.",
		example: "1000",
	}, {
		name: "tpot_ms", unit: "ms", within: positive(maxTime * 1e3), unset: unset,
		does:    "Time for each output token after the first.",
		example: "50",
	}, {
		name: "tbt_ms", unit: "ms", within: positive(maxTime * 1e3), unset: unset,
		does: "Mean of the longest tenth of the times between a request's tokens, of one at least: a limit that single long " +
			"waits break, which `tpot_ms` spreads over the answer.",
		example: "200",
	}, {
		name: "e2el_ms", unit: "ms", within: positive(maxTime * 1e3), unset: unset,
		does:    "Time from a request's arrival to its last token.",
		example: "30000",
	}}
}

// Goodput counts the requests a second that met every limit. Only a run with a limit has it.
const Goodput = "request_goodput"

// IsSet tells whether there is any limit.
func (o *SLO) IsSet() bool {
	return o.limits() || slices.ContainsFunc(o.Classes, func(c SLOClass) bool { return c.of(o).limits() })
}

// limits tells whether there is one on requests of every class.
func (o *SLO) limits() bool { return o.TTFT > 0 || o.TPOT > 0 || o.TBT > 0 || o.E2E > 0 }

// asksForGaps tells whether there is a limit on the longest times between tokens, which a run has to follow.
func (o *SLO) asksForGaps() bool {
	return o.TBT > 0 || slices.ContainsFunc(o.Classes, func(c SLOClass) bool { return c.TBT > 0 })
}

// Met tells whether a request met every limit. It cannot exceed one on a latency that it does not have.
func (o *SLO) Met(f *sim.Finished) bool {
	if !f.Answered() {
		return false
	}
	if o.TBT > 0 && float64(f.LongGaps)/sim.PsPerMs > o.TBT {
		return false
	}
	for i := range Latencies {
		l := &Latencies[i]
		if l.Limit == nil || *l.Limit(o) == 0 {
			continue
		}
		if ms, ok := l.Request(f); ok && ms > *l.Limit(o) {
			return false
		}
	}
	return true
}

// watch adds a count of the requests that meet the limits to what happens when a request finishes.
func (o *SLO) watch(hooks *Hooks) *int {
	good := new(int)
	if !o.limits() || len(o.Classes) > 0 { // classes count by limits of their own
		return good
	}
	hooks.finished(func(f *sim.Finished) {
		if o.Met(f) {
			*good++
		}
	})
	return good
}
