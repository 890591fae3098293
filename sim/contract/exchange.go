package contract

import (
	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/kv"
	"github.com/roofserve/roofserve/sim/router"
)

// Exchange is how sequences get from the prefill pools of a fleet to its decode pools.
type Exchange struct {
	Payload kv.Payload
	// Latency is from the end of a transfer until the decode side knows of it.
	Latency units.Picoseconds
	// Layerwise sends each layer's cache while the prompt is computed; else the whole is fetched when it is.
	Layerwise bool
	// Apart gives every transfer its links for itself; else those that go on at once share them.
	Apart bool
	// Whole sends also what the destination has cached of a prompt.
	Whole bool
	// Again computes the first token anew on the decode side, as behind a proxy that keeps the prefill's to
	// itself; else the prefill's is the client's.
	Again bool
	// PairLate chooses the decode replica when the prompt is computed; else when the request arrives.
	PairLate bool
	// Local is how many tokens of a prompt that its decode replica has not cached are computed there; Never
	// sends every prompt to a prefill pool, and Always none.
	Local int
	// Prefill and Decode choose the replicas that compute prompts and those that decode. One whose Router is
	// unset does so by that of Config, with its options.
	Prefill, Decode Desk
}

// Desk is a router of one side of an exchange.
type Desk struct {
	Router  string // one of package router's
	Options router.Options
}

// DeskOf is the router of the side of an exchange on which the replicas of a role stand.
func (c *Config) DeskOf(r Role) Desk {
	d := c.Exchange.Decode
	if r == Prefill {
		d = c.Exchange.Prefill
	}
	if d.Router == "" {
		return Desk{c.Router, c.Options}
	}
	if d.Options == (router.Options{}) {
		d.Options = router.Defaults()
	}
	return d
}

// Never and Always are the ends of Exchange.Local.
const (
	Never  = -1
	Always = 1<<31 - 1
)

// Transfers sum up what went from prefill to decode pools. Times are means in ms.
type Transfers struct {
	Count int64
	Bytes int64
	// Time is from a transfer's begin to its end.
	Time Distribution
	// LinkUsage is the share of the bytes that the links of the side with the narrower ones could have carried
	// in the run's duration; 0 where links have no bound.
	LinkUsage float64
	// ParkedMean is how long a sequence holds blocks on the decode side before it runs there.
	ParkedMean float64
	FirstToken TokenParts
}

// TokenParts are the parts of the time until the decode side has computed a request's first token there: with
// Exchange.Again its first of all, else its second.
type TokenParts struct {
	QueueMean       float64 // until the prompt's first step begins
	PrefillMean     float64 // until it is computed
	DecodeQueueMean float64 // for blocks, and then for a place in the batch
	TransferMean    float64 // from its begin, or the prompt's end where that is later
	FirstStepMean   float64 // until the token's step ends
}
