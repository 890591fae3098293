package fleet

import (
	"fmt"

	"github.com/roofserve/roofserve/hw/units"
	"github.com/roofserve/roofserve/sim/contract"
	"github.com/roofserve/roofserve/sim/internal/replica"
)

// connect gives the fleet its exchange, if it has one, with an alarm after the bulletin's.
func (f *Fleet) connect(pools []contract.Config) {
	if f.config.Exchange == nil {
		return
	}
	f.exchange = newExchange(f, pools)
	f.exchange.number = f.alarms.add(f.exchange)
}

// Tally is what went between replicas; nil where nothing does.
func (f *Fleet) Tally() *replica.Tally {
	if f.exchange == nil {
		return nil
	}
	return f.exchange.tally
}

// stands tells whether nothing will happen any more, whoever waits.
func (x *exchange) stands() bool {
	f := x.fleet
	_, landing := f.landings.Top()
	return units.Picoseconds(landing) == units.Forever && f.arrivals.due == units.Forever && len(f.idle) == 0 &&
		!f.alarms.isSet(x.number)
}

// left makes sure that nothing is left where nothing happens any more.
func (f *Fleet) left() error {
	if f.exchange == nil || f.exchange.open == 0 {
		return nil
	}
	return fmt.Errorf("deadlock: %d requests wait between prefill and decode replicas, whose blocks hold each other up",
		f.exchange.open)
}

// audit verifies that everything has come that was sent.
func (x *exchange) audit() error {
	if n := x.open; n > 0 {
		return fmt.Errorf("conservation: %d requests are left between prefill and decode replicas", n)
	}
	if x.received != x.tally.Bytes {
		return fmt.Errorf("conservation: %d bytes were sent, %d have come", x.tally.Bytes, x.received)
	}
	return nil
}
